#include "traversal/network_watch.hpp"

#include "own_network.hpp"

namespace pixelpass::traversal {
namespace {

namespace asio = boost::asio;

/// Only ever waited for in full when something is broken.
constexpr auto kWatchDeadline = 20s;
/// Long enough for one command's notices to come in one crowd; what matters is their number, not the time.
constexpr NetworkWatch::Settings kFast{.quiet = 50ms, .longest = 60s};

/// A watch in a network of its own, with one cable whose two ends are in it.
class Watched {
 public:
  explicit Watched(NetworkWatch::Settings settings = kFast)
      : watch_(
            io_, [this] { ++told_; }, settings) {
    ip("link add here type veth peer name there");
    run_until([&] { return watch_.is_ready(); });
    // What of the cable's making had not been in the lists.
    settle();
  }

  template <class Condition>
  bool run_until(Condition condition) {
    const auto deadline = Clock::now() + kWatchDeadline;
    while (!condition() && Clock::now() < deadline) io_.run_one_for(10ms);
    return condition();
  }
  /// Whether `command` is told, as one.
  bool tells(const std::string& command) {
    told_ = 0;
    ip(command);
    const bool once = run_until([&] { return told_ > 0; });
    settle();
    return once && told_ == 1;
  }
  bool keeps_quiet_about(const std::string& command) {
    told_ = 0;
    ip(command);
    settle();
    return told_ == 0;
  }

 private:
  /// Nothing is on its way any more: the notices of what has been done are there before a command returns,
  /// and a crowd is told after its quiet time.
  void settle() { io_.run_for(kFast.quiet * 3); }

  asio::io_context io_;
  int told_ = 0;
  NetworkWatch watch_;
};

TEST(NetworkWatchTest, tells_of_addresses_carriers_and_default_routes_once_each) {
  SKIP_WITHOUT_OWN_NETWORK([] {
    Watched network;
    EXPECT_TRUE(network.tells("address add 192.0.2.5/24 dev here"));
    ip("link set there up");
    EXPECT_TRUE(network.tells("link set here up"));
    EXPECT_TRUE(network.tells("route add default via 192.0.2.1"));
    EXPECT_TRUE(network.tells("route replace default via 192.0.2.2"));
    EXPECT_TRUE(network.tells("link set there down"));
    EXPECT_TRUE(network.tells("link set there up"));
    EXPECT_TRUE(network.tells("address del 192.0.2.5/24 dev here"));
  });
}

TEST(NetworkWatchTest, says_nothing_of_what_changes_nothing) {
  SKIP_WITHOUT_OWN_NETWORK([] {
    Watched network;
    ip("address add 192.0.2.5/24 dev here");
    ip("link set there up");
    EXPECT_TRUE(network.tells("link set here up"));
    EXPECT_TRUE(
        network.keeps_quiet_about("address change 192.0.2.5/24 dev here valid_lft 1000 preferred_lft 900"));
    EXPECT_TRUE(network.keeps_quiet_about("link set here mtu 1400"));
    EXPECT_TRUE(network.keeps_quiet_about("route add 198.51.100.0/24 via 192.0.2.1"));
    EXPECT_TRUE(network.keeps_quiet_about("link add spare type veth peer name other"));
    EXPECT_TRUE(network.keeps_quiet_about("link set spare up"));
  });
}

TEST(NetworkWatchTest, a_crowd_that_never_rests_is_told_all_the_same) {
  SKIP_WITHOUT_OWN_NETWORK([] {
    asio::io_context io;
    int told = 0;
    NetworkWatch watch(io, [&] { ++told; }, {.quiet = 10min, .longest = 1ms});
    ip("link add here type veth peer name there");
    const auto deadline = Clock::now() + kWatchDeadline;
    while (!watch.is_ready() && Clock::now() < deadline) io.run_one_for(10ms);
    ip("address add 192.0.2.5/24 dev here");
    while (told == 0 && Clock::now() < deadline) io.run_one_for(10ms);
    EXPECT_EQ(told, 1);
  });
}

}  // namespace
}  // namespace pixelpass::traversal
