#pragma once

#include "relayed_host.hpp"
#include "sim_call.hpp"
#include <gtest/gtest.h>

#include <optional>

namespace pixelpass::sim {

inline constexpr std::uint64_t kMovingSeed = 43;
inline constexpr int kFramesPerGroup = 60;

/// A host that is reached directly, with little delay, and through a relay, with more; each way can be cut.
class Moving : public ::testing::Test {
 protected:
  explicit Moving(std::uint64_t seed = kMovingSeed) : call_(seed) {
    call_.network.add_address(call_.host.node(), relay_);
    call_.network.add_address(call_.host.node(), second_);
    call_.network.replace(call_.host.node(), relayed_);
    call_.network.on_way = [this](const SocketAddress& from,
                                  const SocketAddress& to) -> std::optional<Duration> {
      if (from == relay_ || to == relay_) return relay_delay_;
      if (from == second_ || to == second_) return second_delay_;
      return direct_delay_;
    };
    call_.host.show({.frames_per_group = kFramesPerGroup});
  }

  SimViewer& join(bool knows_direct, bool knows_relay) {
    auto ticket = call_.host.ticket();
    if (!knows_direct) ticket.candidates.clear();
    auto& viewer = call_.join(ticket, {}, true);
    if (knows_relay) viewer.tunnel().add_path(relayed_path(viewer));
    return viewer;
  }
  SimViewer& join_over_relay() {
    auto& viewer = join(false, true);
    EXPECT_TRUE(call_.until_all_see());
    return viewer;
  }

  [[nodiscard]] net::Path relayed_path(const SimViewer& viewer) const {
    return {viewer.address(), relay_, net::Via::kPeerRelay};
  }
  [[nodiscard]] net::Path direct_path(const SimViewer& viewer) const {
    return {viewer.address(), call_.host.address()};
  }
  void add(SimViewer& viewer, const net::Path& path) {
    viewer.tunnel().add_path(path);
    call_.network.touch(viewer.node());
  }
  bool until_moved(const SimViewer& viewer, std::size_t times, Duration within) {
    return call_.network.run_until([&] { return viewer.count<tunnel::PathChanged>() == times; }, within);
  }

  /// Each frame from the first on, once, in order, undamaged; nothing left out.
  static void expect_every_frame(const SimViewer& viewer) {
    EXPECT_EQ(viewer.order_error(), "");
    EXPECT_EQ(viewer.damaged, 0u);
    EXPECT_EQ(viewer.skipped_groups(), 0u);
    for (std::size_t i = 1; i < viewer.frames.size(); ++i) {
      const auto& before = viewer.frames[i - 1];
      const bool is_last = before.index + 1 == std::size_t{kFramesPerGroup};
      ASSERT_EQ(viewer.frames[i].group, before.group + (is_last ? 1 : 0)) << i;
      ASSERT_EQ(viewer.frames[i].index, is_last ? 0 : before.index + 1) << i;
      ASSERT_FALSE(viewer.frames[i].after_gap) << i;
    }
  }
  void expect_one_visit(const SimViewer& viewer) {
    EXPECT_EQ(viewer.count<tunnel::Connected>(), 1u);
    EXPECT_EQ(viewer.count<tunnel::Reconnecting>(), 0u);
    EXPECT_EQ(call_.host.count<tunnel::SessionOpened>(), 1u);
    EXPECT_EQ(call_.host.count<tunnel::SessionClosed>(), 0u);
    EXPECT_EQ(call_.host.tunnel().viewers().size(), 1u);
  }

  Call call_;
  SocketAddress relay_ = *SocketAddress::parse("198.51.100.200:3478");
  SocketAddress second_ = *SocketAddress::parse("198.51.100.2:4433");
  RelayedHost relayed_{call_.host.tunnel(), relay_};
  std::optional<Duration> direct_delay_ = 4ms;
  std::optional<Duration> second_delay_ = 4ms;
  std::optional<Duration> relay_delay_ = 20ms;
};

}  // namespace pixelpass::sim
