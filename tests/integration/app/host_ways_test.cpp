#include "app/host/host_ways.hpp"

#include "event_reader.hpp"
#include "run_until.hpp"
#include "sharing_session.hpp"
#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

/// A host on this machine alone, that knows where it may be reached.
class HostWaysTest : public testing::Test {
 protected:
  void gather() {
    ways_.start();
    // Nothing else wakes the driver here: no server is asked, and no viewer comes.
    ASSERT_TRUE(test::run_until(io_, [&] { return wakes_ > 0; }));
  }

  boost::asio::io_context io_;
  HostOptions options_ = local_options();
  SharingSession sharing_{options_};
  EventReader events_;
  int wakes_ = 0;
  HostWays ways_{io_,
                 sharing_.session,
                 events_,
                 {options_, sharing_.terms, *SocketAddress::parse("127.0.0.1:4433"), [this] { ++wakes_; }}};
};

TEST_F(HostWaysTest, TellATicketNoSoonerThanTheHostSharesAndAtOnceThen) {
  gather();
  EXPECT_EQ(events_.count<TicketReady>(), 0U);
  ways_.tell_tickets();
  EXPECT_EQ(events_.count<TicketReady>(), 1U);
}

TEST_F(HostWaysTest, TellNoTicketForNewTermsBeforeTheHostShares) {
  gather();
  sharing_.terms.renew(sharing_.terms.identity().with_new_secret(system_random));
  ways_.on_new_terms();
  EXPECT_EQ(events_.count<TicketReady>(), 0U);
  ways_.tell_tickets();
  ASSERT_EQ(events_.count<TicketReady>(), 1U);
  EXPECT_EQ(decode_ticket(events_.last<TicketReady>()->ticket, system_wall_time())->secret,
            sharing_.terms.identity().secret());
}

}  // namespace
}  // namespace pixelpass::app
