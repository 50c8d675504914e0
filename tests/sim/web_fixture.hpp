#pragma once

#include "pixelpass/web/web_host.hpp"

#include "sim_browser.hpp"
#include "sim_network.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace pixelpass::sim {

/// Lets in as many as there is room for, until it is locked; never whom it has kicked.
class Door final : public tunnel::Admission {
 public:
  Result<std::uint32_t, wire::RefusedReason> admit(const wire::SessionId& session) override {
    const auto known = numbers.find(session);
    if (known != numbers.end() && kicked.contains(known->second)) return wire::RefusedReason::kKicked;
    if (refuses) return *refuses;
    const auto number =
        numbers.try_emplace(session, static_cast<std::uint32_t>(numbers.size()) + 1).first->second;
    inside.insert(number);
    return number;
  }
  void release(std::uint32_t viewer) override { inside.erase(viewer); }

  std::map<wire::SessionId, std::uint32_t> numbers;
  std::set<std::uint32_t> inside;
  std::set<std::uint32_t> kicked;
  std::optional<wire::RefusedReason> refuses;
};

/// A host that shows 30 pictures a second and makes sound, and browsers. `seed`: of the network; `random`:
/// the host's.
class WebTest : public testing::Test {
 protected:
  static constexpr Duration kPictureInterval = 33ms;
  static inline const SocketAddress kHost = *SocketAddress::parse("192.0.2.1:4433");

  explicit WebTest(std::uint64_t seed = 1, Random random = seeded_random(6))
      : network(seed), host_random_(std::move(random)) {
    host_node = network.add(host, kHost);
    network.on_step = [this] { drain(); };
  }

  struct Tab {
    std::unique_ptr<SimBrowser> browser;
    Network::NodeId node = 0;
    SocketAddress address;

    SimBrowser* operator->() const { return browser.get(); }
  };

  BrowserSettings settings_of(const BrowserIdentity& certificate) {
    BrowserSettings settings;
    settings.host = kHost;
    settings.secret = secret;
    settings.identity = &certificate;
    settings.hello.certificate = certificate.hash();
    settings.hello.seconds = static_cast<std::uint32_t>(wall(network.now()).time_since_epoch().count());
    settings.hello.random = static_cast<std::uint8_t>(++tabs_);
    return settings;
  }
  Tab open(BrowserSettings settings, const Link& link = {}) {
    auto browser = std::make_unique<SimBrowser>(std::move(settings));
    const auto address = address_of(tabs_);
    const auto node = network.add(*browser, address);
    network.set_both(node, link);
    return {std::move(browser), node, address};
  }
  Tab open(const Link& link = {}) { return open(settings_of(identity), link); }
  static SocketAddress address_of(std::size_t number) {
    return *SocketAddress::parse("198.51.100." + std::to_string(number) + ":5000");
  }
  /// Counts what comes to an address where nobody speaks.
  class Bystander final : public net::DatagramCore {
   public:
    void on_datagram(const net::Path&, ByteView bytes, net::Ecn, Instant) override { heard += bytes.size(); }
    void on_timeout(Instant) override {}
    [[nodiscard]] std::optional<Instant> next_timeout() const override { return std::nullopt; }
    bool flush(net::DatagramSink&, Instant) override { return true; }

    std::size_t heard = 0;
  };

  /// It is gone, as when a computer is switched off.
  void remove(const Tab& tab) { network.remove(tab.node); }

  /// Pictures and sound from now on, for so long.
  void show_for(Duration duration) {
    const auto end = network.now() + duration;
    for (; network.now() < end; network.run_for(kPictureInterval)) show();
  }
  bool show_until(const std::function<bool()>& done, Duration at_most) {
    const auto end = network.now() + at_most;
    while (network.now() < end) {
      show();
      if (network.run_until(done, kPictureInterval)) return true;
    }
    return false;
  }
  void show() {
    AccessUnit unit;
    unit.keyframe = std::exchange(keyframe_wanted_, false);
    unit.bytes = SharedBytes::adopt(make_picture(unit.keyframe));
    unit.pts = network.now() - Instant(1h);
    unit.captured_at = network.now();
    if (keeps_pictures) sent.emplace_back(unit.bytes.view().begin(), unit.bytes.view().end());
    host.on_unit(unit, network.now());
    unit.kind = AccessUnit::Kind::kOpus;
    unit.bytes = SharedBytes::adopt(Bytes(120, 7));
    host.on_unit(unit, network.now());
    network.touch(host_node);
  }

  bool join(const Tab& tab, Duration at_most = 3s) {
    return show_until([&] { return !tab->pictures().empty(); }, at_most);
  }
  template <class Event>
  [[nodiscard]] std::vector<Event> all() const {
    std::vector<Event> some;
    for (const auto& event : events)
      if (const auto* one = std::get_if<Event>(&event)) some.push_back(*one);
    return some;
  }
  [[nodiscard]] bool has_left() const { return !all<tunnel::SessionClosed>().empty(); }

  Network network;

 private:
  Random host_random_;  // before the host

 protected:
  Secret secret{7, 7, 7};
  tunnel::Identity host_identity = tunnel::Identity::generate(seeded_random(5));
  Door door;
  web::WebHost host{with_secret(), door, host_random_, network.now(), network.wall_clock()};
  Network::NodeId host_node = 0;
  BrowserIdentity identity;
  std::vector<tunnel::TransportEvent> events;
  std::vector<Bytes> sent;
  bool keeps_pictures = true;
  std::size_t picture_bytes = 12'000;

 private:
  tunnel::Identity with_secret() {
    const auto made = host_identity.with_new_secret(seeded_random(8));
    secret = made.secret();
    return made;
  }
  void drain() {
    while (auto event = host.poll_event()) {
      if (std::holds_alternative<tunnel::KeyframeWanted>(*event)) keyframe_wanted_ = true;
      events.push_back(std::move(*event));
    }
  }
  /// Annex B, without anything that looks like a start code.
  Bytes make_picture(bool keyframe) {
    Bytes bytes;
    if (keyframe) bytes = {0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 0, 1, 0x68, 4, 5};
    const auto size = bytes.size() + picture_bytes * (keyframe ? 4 : 1);
    for (const auto byte : {0, 0, 0, 1, keyframe ? 0x65 : 0x41})
      bytes.push_back(static_cast<std::uint8_t>(byte));
    while (bytes.size() < size)
      bytes.push_back(static_cast<std::uint8_t>(bytes.size() * 7 % 200 + drawn_ % 50 + 5));
    ++drawn_;
    return bytes;
  }

  std::size_t tabs_ = 0;
  std::size_t drawn_ = 0;
  bool keyframe_wanted_ = false;
};

}  // namespace pixelpass::sim
