#include "sim_call.hpp"
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

using Id = Bytes;  ///< a connection id

/// Watches a viewer's dials on the wire, told apart by the connection ids that long headers carry in clear
/// (RFC 9000, 17.2), and cuts those that it is told to.
class Dials {
 public:
  explicit Dials(Call& call) : call_(call) {
    call.network.on_transmit = [this](Network::NodeId from, Bytes& datagram) {
      if (from == call_.host.node())
        on_host(datagram);
      else if (!on_viewer(datagram))
        datagram.assign(1, 0);
    };
  }
  ~Dials() { call_.network.on_transmit = {}; }
  Dials(const Dials&) = delete;
  Dials& operator=(const Dials&) = delete;

  /// Dials that have begun are lost. Of the next one nothing more gets to the host once that has answered:
  /// its handshake is completed and its hello said, to no avail.
  void cut_next() {
    for (const auto& [dial, knock] : knocks_) lost_.insert(dial);
    is_to_cut_ = true;
  }
  [[nodiscard]] bool has_cut() const { return cut_.has_value(); }
  /// What each dial knocked with.
  [[nodiscard]] const std::map<Id, Id>& knocks() const { return knocks_; }

 private:
  static bool is_long(const Bytes& datagram) { return datagram.size() > 40 && (datagram[0] & 0x80) != 0; }
  static Id take(const Bytes& datagram, std::size_t at) {
    const auto begin = datagram.begin() + static_cast<std::ptrdiff_t>(at);
    return {begin + 1, begin + 1 + *begin};
  }
  static Id destination(const Bytes& datagram) { return take(datagram, 5); }
  static Id source(const Bytes& datagram) { return take(datagram, 6 + destination(datagram).size()); }

  void on_host(const Bytes& datagram) {
    if (is_long(datagram)) dial_of_.try_emplace(source(datagram), destination(datagram));
  }

  /// Whether it may pass.
  bool on_viewer(const Bytes& datagram) {
    if (is_long(datagram)) {
      knocks_.try_emplace(source(datagram), destination(datagram));
      if (lost_.contains(source(datagram))) return false;
    }
    const auto found = std::ranges::find_if(
        dial_of_, [&](const auto& host_and_dial) { return is_to(datagram, host_and_dial.first); });
    if (found == dial_of_.end()) return true;
    if (std::exchange(is_to_cut_, false)) cut_ = found->second;
    return cut_ != found->second;
  }

  static bool is_to(const Bytes& datagram, const Id& id) {
    if (is_long(datagram)) return destination(datagram) == id;
    return datagram.size() > id.size() && std::equal(id.begin(), id.end(), datagram.begin() + 1);
  }

  Call& call_;
  std::map<Id, Id> knocks_;   // by the viewer's own id: the first destination
  std::map<Id, Id> dial_of_;  // by the host's id: the viewer's
  std::set<Id> lost_;
  bool is_to_cut_ = false;
  std::optional<Id> cut_;
};

class Dialing : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  Dialing() : trace_(__FILE__, __LINE__, "seed " + std::to_string(GetParam())), call_(GetParam()) {}

  /// Watches, and loses the host.
  void lose(SimViewer& viewer) {
    call_.host.show({});
    ASSERT_TRUE(call_.until_all_see());
    call_.network.run_for(3s);
    call_.network.set_both(viewer.node(), {.delay = 20ms, .cut = true});
  }

  ::testing::ScopedTrace trace_;
  Call call_;
};

TEST_P(Dialing, GoesOnWithAnotherConnectionWhenTheGreetedOneDies) {
  auto& viewer = call_.join();
  Dials dials(call_);
  ASSERT_NO_FATAL_FAILURE(lose(viewer));
  // The connection of before is gone: it is not what comes back.
  call_.network.run_for(30s);
  call_.network.set_both(viewer.node(), {.delay = 20ms});
  dials.cut_next();
  const auto frames = viewer.frames.size();
  EXPECT_TRUE(call_.network.run_until([&] { return viewer.frames.size() > frames; }, 2500ms));
  EXPECT_TRUE(dials.has_cut());
  EXPECT_EQ(viewer.count<Connected>(), 2u);
  call_.network.run_for(5s);
  EXPECT_GE(viewer.frames.size(), frames + 120);
  EXPECT_EQ(viewer.order_error(), "");
}

/// In a first search, too: nobody is kept waiting to its end, eight seconds, while a good path is open.
TEST_P(Dialing, GoesOnWithAnotherConnectionWhenTheFirstGreetedOneDies) {
  call_.host.show({});
  Dials dials(call_);
  dials.cut_next();
  auto ticket = call_.host.ticket();
  ticket.candidates.push_back(ticket.candidates.front());  // stands for another way
  auto& viewer = call_.join(ticket);
  EXPECT_TRUE(call_.network.run_until([&] { return !viewer.frames.empty(); }, 2500ms));
  EXPECT_TRUE(dials.has_cut());
  EXPECT_EQ(viewer.count<Connected>(), 1u);
  EXPECT_EQ(viewer.count<Reconnecting>(), 0u);
  const auto frames = viewer.frames.size();
  call_.network.run_for(5s);
  EXPECT_GE(viewer.frames.size(), frames + 120);
  EXPECT_EQ(viewer.order_error(), "");
}

TEST_P(Dialing, KnocksAnewWithEachDial) {
  auto& viewer = call_.join();
  const Dials dials(call_);
  ASSERT_NO_FATAL_FAILURE(lose(viewer));
  call_.network.run_for(13s);
  std::set<Id> different;
  for (const auto& [dial, knock] : dials.knocks()) different.insert(knock);
  EXPECT_GE(dials.knocks().size(), 10u);
  EXPECT_EQ(different.size(), dials.knocks().size());
}

INSTANTIATE_TEST_SUITE_P(Seeds, Dialing, ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace pixelpass::sim
