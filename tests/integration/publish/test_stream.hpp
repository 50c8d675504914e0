#pragma once

#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"
#include "pixelpass/publish/publisher.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>
#include <string.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::publish {

/// A stream of pictures that goes on while the test waits, and what publishers say of it.
class TestStream {
 public:
  static constexpr int kPicturesAGroup = 15;

  explicit TestStream(boost::asio::io_context& io, std::size_t keyframe_bytes = 30'000)
      : io_(io), keyframe_bytes_(keyframe_bytes), timer_(io) {
    tick();
  }

  std::unique_ptr<Publisher> publish(const std::string& url, const Lookup& lookup = {}) {
    auto publisher = std::make_unique<Publisher>(
        io_, parse_target(url).value(), broadcast_,
        Publisher::Handlers{
            .on_publishing = [this] { ++published; },
            .on_failed = [this](const Error& error, Duration) { failures.push_back(error.what); },
            .on_notice = [this](const Error& error) { notices.push_back(error.what); }},
        false, lookup);
    publishers_.push_back(publisher.get());
    publisher->start();
    return publisher;
  }
  /// Before it goes.
  void forget(const Publisher& publisher) { std::erase(publishers_, &publisher); }

  /// The first frame is a group's first, and what follows is what was made, to the end of `bytes`.
  [[nodiscard]] testing::AssertionResult begins_with_a_keyframe_and_misses_nothing(ByteView bytes) const {
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      if (!std::ranges::equal(bytes.first(std::min(bytes.size(), kTsPacketBytes)),
                              ByteView(groups_[group]).first(kTsPacketBytes)))
        continue;
      Bytes made;
      for (auto i = group; i < groups_.size(); ++i)
        made.insert(made.end(), groups_[i].begin(), groups_[i].end());
      const auto differ = std::ranges::mismatch(bytes, made);
      if (differ.in1 == bytes.end()) return testing::AssertionSuccess();
      if (const auto at = differ.in1 - bytes.begin(); at > 2 * std::ptrdiff_t(kTsPacketBytes))
        return testing::AssertionFailure() << "byte " << at << " of " << bytes.size() << " is another";
    }
    return testing::AssertionFailure() << "it does not begin with a keyframe";
  }

  /// So many groups have begun.
  [[nodiscard]] std::size_t groups() const { return groups_.size(); }
  /// One that was made from that one on is there, whole and in one piece.
  [[nodiscard]] bool brings_a_whole_group(ByteView bytes, std::size_t from) const {
    for (auto group = from; group + 1 < groups_.size(); ++group)
      if (memmem(bytes.data(), bytes.size(), groups_[group].data(), groups_[group].size()) != nullptr)
        return true;
    return false;
  }
  /// What this itself keeps.
  [[nodiscard]] std::ptrdiff_t kept_bytes() const {
    std::ptrdiff_t bytes = 0;
    for (const auto& group : groups_) bytes += static_cast<std::ptrdiff_t>(group.capacity());
    return bytes;
  }

  int published = 0;
  std::vector<std::string> failures;
  std::vector<std::string> notices;

 private:
  void tick() {
    timer_.expires_after(std::chrono::milliseconds(10));
    timer_.async_wait([this](const auto& error) {
      if (error) return;
      push();
      tick();
    });
  }
  void push() {
    const bool keyframe = pictures_ % kPicturesAGroup == 0;
    Bytes picture{0, 0, 0, 1, static_cast<std::uint8_t>(keyframe ? 0x65 : 0x41)};
    picture.resize(keyframe ? keyframe_bytes_ : 3'000, static_cast<std::uint8_t>(1 + pictures_ % 200));
    AccessUnit unit{.bytes = SharedBytes::adopt(std::move(picture)),
                    .kind = AccessUnit::Kind::kVideo,
                    .pts = std::chrono::milliseconds(10 * pictures_++),
                    .captured_at = Clock::now(),
                    .keyframe = keyframe};
    auto frame = writer_.write(unit);
    if (keyframe) groups_.emplace_back();
    const auto bytes = frame.bytes.view();
    groups_.back().insert(groups_.back().end(), bytes.begin(), bytes.end());
    broadcast_.push(std::move(frame));
    for (auto* publisher : publishers_) publisher->on_broadcast();
  }

  boost::asio::io_context& io_;
  std::size_t keyframe_bytes_;
  boost::asio::steady_timer timer_;
  mpegts::TsWriter writer_{{.video = true, .audio = false}};
  Broadcast broadcast_;
  std::vector<Publisher*> publishers_;
  std::vector<Bytes> groups_;
  int pictures_ = 0;
};

/// Runs `io` until it is so.
template <class Condition>
void run_until(boost::asio::io_context& io, Condition condition,
               Duration at_most = std::chrono::seconds(30)) {
  const auto deadline = Clock::now() + at_most;
  while (!condition()) {
    ASSERT_LT(Clock::now(), deadline) << "it did not come to that";
    io.run_one_for(std::chrono::milliseconds(50));
  }
}

}  // namespace pixelpass::publish
