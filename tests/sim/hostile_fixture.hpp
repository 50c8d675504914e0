#pragma once

#include "raw_peer.hpp"
#include "sim_call.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

namespace pixelpass::sim {

inline constexpr std::uint64_t kHostileSeed = 17;
inline const SocketAddress kStranger = *SocketAddress::parse("192.0.2.66:666");

constexpr auto code_of(tunnel::CloseCode code) {
  return static_cast<std::uint64_t>(code);
}

/// A peer who has a ticket and means harm, beside a viewer who watches.
class Hostile : public ::testing::Test {
 protected:
  Hostile() : peer_(call_.network, *SocketAddress::parse("203.0.113.9:5000"), kHostileSeed) {}

  void watch() {
    viewer_ = &call_.join();
    call_.host.show({});
    ASSERT_TRUE(call_.until_all_see());
  }

  void at_the_host(ByteView bytes) {
    call_.host.tunnel().on_datagram({call_.host.address(), kStranger}, bytes, 0, call_.network.now());
    call_.network.touch(call_.host.node());
  }

  [[nodiscard]] tunnel::Knock knock() {
    return tunnel::KnockKey(call_.host.identity().secret())
        .make(wall(call_.network.now()), [this](std::span<std::uint8_t> out) {
          std::ranges::generate(out, [this] { return static_cast<std::uint8_t>(random_()); });
        });
  }

  /// A line with its handshake done, before any message.
  std::shared_ptr<RawLine> handshake() {
    auto line = peer_.dial(call_.host.ticket(), wall(call_.network.now()));
    EXPECT_TRUE(call_.network.run_until([&] { return line->ready; }, 2s));
    return line;
  }

  std::shared_ptr<RawLine> join() {
    auto line = handshake();
    line->say_hello(call_.host.identity().secret(), {});
    peer_.flush_soon();
    EXPECT_TRUE(call_.network.run_until([&] { return line->last<wire::Welcome>() != nullptr; }, 2s));
    return line;
  }

  /// The line is closed by the host with this code, and a viewer who watches notices nothing of it.
  void expect_closed(const std::shared_ptr<RawLine>& line, std::uint64_t code, Duration within = 1s) {
    peer_.flush_soon();
    ASSERT_TRUE(call_.network.run_until([&] { return line->closed.has_value(); }, within));
    EXPECT_EQ(line->closed->by, tunnel::CloseInfo::By::kPeer) << line->closed->reason;
    EXPECT_EQ(line->closed->code, code) << line->closed->reason;
    expect_undisturbed();
  }

  void expect_undisturbed() {
    if (!viewer_) return;
    call_.network.run_for(500ms);
    EXPECT_EQ(viewer_->order_error(), "");
    EXPECT_EQ(viewer_->damaged, 0u);
    EXPECT_EQ(viewer_->skipped_groups(), 0u);
    EXPECT_EQ(viewer_->count<tunnel::Reconnecting>(), 0u);
    EXPECT_LE(viewer_->lag_at(1, 10), 10ms);
  }

  Call call_{kHostileSeed};
  RawPeer peer_;
  std::mt19937_64 random_{kHostileSeed};
  SimViewer* viewer_ = nullptr;
};

}  // namespace pixelpass::sim
