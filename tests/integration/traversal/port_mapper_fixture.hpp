#pragma once

#include "pixelpass/traversal/port_mapper.hpp"

#include "home_network.hpp"
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::traversal {

inline SocketAddress address_of(std::string_view host, std::uint16_t port = 0) {
  auto address =
      *SocketAddress::parse(host.find(':') == host.npos ? std::string(host) : "[" + std::string(host) + "]");
  address.set_port(port);
  return address;
}

class PortMapperTest : public testing::Test {
 protected:
  static constexpr Duration kPatience = 20s;  // of the test: all of it comes much earlier

  void SetUp() override {
    if (const auto why = HomeNetwork::objection(); !why.empty()) GTEST_SKIP() << why;
    home_ = std::make_unique<HomeNetwork>();
    socket_.emplace(udp_socket_in(home_->host(), address_of("::")));
  }

  void make_mapper(std::chrono::seconds lifetime = 20min, Duration pause = 10min) {
    const Inside inside(home_->host());
    PortMapper::Settings settings;
    settings.transport = transport_;
    settings.lifetime = lifetime;
    settings.pause = pause;
    mapper_ = std::make_unique<PortMapper>(
        io_, local_address(*socket_),
        PortMapper::Handlers{.on_mapped = [this](const PortMapping& m) { mapped_.push_back(m); },
                             .on_lost = [this](const PortMapping& m) { lost_.push_back(m); },
                             .on_failed = [this](const PortMapper::Failure& f) { failed_.push_back(f); }},
        settings);
  }

  /// In the host's namespace, as the program's one thread is.
  bool run_until(const std::function<bool()>& holds) {
    const Inside inside(home_->host());
    const Instant deadline = Clock::now() + kPatience;
    while (!holds() && Clock::now() < deadline) io_.run_for(20ms), io_.restart();
    return holds();
  }
  void run_for(Duration duration) {
    const Instant end = Clock::now() + duration;
    run_until([end] { return Clock::now() >= end; });
  }

  [[nodiscard]] std::optional<PortMapping> mapping(bool v6) const {
    std::optional<PortMapping> newest;
    for (const auto& m : mapped_)
      if (m.inner.is_v6() == v6) newest = m;
    return newest;
  }
  bool wait_mapped(bool v6) {
    return run_until([this, v6] { return mapping(v6).has_value(); });
  }
  bool wait_failed(bool v6) {
    return run_until([this, v6] {
      return std::ranges::any_of(failed_, [v6](const auto& failure) { return failure.is_v6 == v6; });
    });
  }
  [[nodiscard]] std::string why_failed(bool v6) const {
    for (const auto& failure : failed_)
      if (failure.is_v6 == v6) return failure.why;
    return {};
  }

  /// Whether what somebody on the Internet sends there comes to our socket.
  bool comes_through(const SocketAddress& outer) {
    return run_until([this, &outer] {
      // A port of its own for each: the router goes on with a flow as it began it, before there was a
      // mapping.
      const auto from = udp_socket_in(home_->internet(), address_of(outer.is_v6() ? "::" : "0.0.0.0"));
      sendto(from.get(), "hello", 5, 0, outer.get(), outer.size());
      io_.run_for(10ms);
      io_.restart();
      std::array<char, 16> bytes{};
      return recv(socket_->get(), bytes.data(), bytes.size(), MSG_DONTWAIT) == 5;
    });
  }
  [[nodiscard]] std::uint16_t port() const { return local_address(*socket_).port(); }
  [[nodiscard]] std::string port_text() const { return std::to_string(port()); }

  /// For what was told of: a mapping whose answer is under way is given back without waiting.
  void expect_given_back_at_the_end() {
    ASSERT_THAT(home_->rules(), testing::HasSubstr(port_text()));
    mapper_.reset();
    // On a busy machine the router's answer may outlast the mapper's patience.
    EXPECT_TRUE(run_until([this] { return home_->rules().find(port_text()) == std::string::npos; }))
        << home_->rules();
  }

  MappedTransport transport_ = MappedTransport::kUdp;
  std::unique_ptr<HomeNetwork> home_;
  std::optional<Descriptor> socket_;
  boost::asio::io_context io_;
  std::vector<PortMapping> mapped_, lost_;
  std::vector<PortMapper::Failure> failed_;
  std::unique_ptr<PortMapper> mapper_;
};

}  // namespace pixelpass::traversal
