#include "app/host/ticket_teller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>
#include <vector>

namespace pixelpass::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class TellerEvents final : public EventSink {
 public:
  void on(const Event& event) override {
    if (const auto* ticket = std::get_if<TicketReady>(&event)) tickets.push_back(*ticket);
    if (const auto* notice = std::get_if<Notice>(&event)) notices.push_back(notice->what);
  }
  std::vector<TicketReady> tickets;
  std::vector<std::string> notices;
};

class TicketTellerTest : public testing::Test {
 protected:
  void find(const std::vector<const char*>& hosts) {
    traversal::Gathered found;
    for (const auto* host : hosts)
      found.candidates.push_back({CandidateKind::kHost, SocketAddress::parse(host).value()});
    teller_.set_found(found);
    teller_.tell();
  }
  void share() {
    teller_.open();
    teller_.tell();
  }
  void set_relay(const char* relayed) {
    teller_.set_relay(Relay{.server = SocketAddress::parse("203.0.113.1:3478").value(),
                            .relayed = SocketAddress::parse(relayed).value(),
                            .permitted = {},
                            .username = "u",
                            .password = "p"});
    teller_.tell();
  }
  [[nodiscard]] Ticket last() const {
    return decode_ticket(events_.tickets.back().ticket, system_wall_time()).value();
  }

  TicketTerms terms_{HostOptions{}};
  TellerEvents events_;
  std::vector<std::string> told_;
  TicketTeller teller_{terms_, SocketAddress::parse("[::]:9").value(), events_,
                       [this](const auto& ticket, const auto&) { told_.push_back(ticket); }};
};

TEST_F(TicketTellerTest, TellsNobodyBeforeTheHostSharesWhateverIsNewMeanwhile) {
  find({"192.168.2.10:5000"});
  terms_.renew(terms_.identity().with_new_secret(seeded_random(7)));
  teller_.tell();
  set_relay("203.0.113.1:50000");
  EXPECT_THAT(events_.tickets, IsEmpty());
  EXPECT_THAT(told_, IsEmpty());
  share();
  ASSERT_THAT(events_.tickets, SizeIs(1));
  EXPECT_THAT(told_, testing::ElementsAre(events_.tickets[0].ticket));
  EXPECT_EQ(last().secret, terms_.identity().secret());
}

TEST_F(TicketTellerTest, WaitsForTheWaysWhereTheHostSharesSooner) {
  share();
  EXPECT_THAT(events_.tickets, IsEmpty());
  find({"192.168.2.10:5000"});
  EXPECT_THAT(events_.tickets, SizeIs(1));
}

TEST_F(TicketTellerTest, TellsOnlyAnotherTicketAgain) {
  share();
  find({"192.168.2.10:5000"});
  find({"192.168.2.10:5000"});
  EXPECT_THAT(events_.tickets, SizeIs(1));
  find({"192.168.2.11:5000"});
  EXPECT_THAT(events_.tickets, SizeIs(2));
  set_relay("203.0.113.1:50000");
  EXPECT_THAT(events_.tickets, SizeIs(3));
  EXPECT_TRUE(last().relay);
  terms_.renew(terms_.identity().with_new_secret(seeded_random(7)));
  teller_.tell();
  EXPECT_THAT(events_.tickets, SizeIs(4));
  EXPECT_THAT(told_, SizeIs(4));
}

TEST_F(TicketTellerTest, SaysOnceThatNobodyElseCanComeIn) {
  share();
  find({"127.0.0.1:5000"});
  find({"127.0.0.1:6000"});
  EXPECT_THAT(events_.notices, testing::ElementsAre(HasSubstr("no network address")));
}

TEST_F(TicketTellerTest, HasNothingToSayOfAMachineThatARelayIsThereFor) {
  share();
  set_relay("203.0.113.1:50000");
  find({"127.0.0.1:5000"});
  EXPECT_THAT(events_.notices, IsEmpty());
}

TEST_F(TicketTellerTest, NamesAddressesThatAreLeftOutOnceAsLongAsTheyAreTheSame) {
  const std::vector<const char*> many{"[fd00:1:2:3::1]:5000", "[fd00:1:2:4::1]:5000", "[fd00:1:2:5::1]:5000",
                                      "[fd00:1:2:6::1]:5000", "[fd00:1:2:7::1]:5000", "[fd00:1:2:8::1]:5000",
                                      "[fd00:1:2:9::1]:5000", "[fd00:1:2:a::1]:5000"};
  share();
  find(many);
  EXPECT_THAT(events_.notices, testing::ElementsAre(HasSubstr("left out")));
  terms_.renew(terms_.identity().with_new_secret(seeded_random(7)));
  teller_.tell();
  EXPECT_THAT(events_.tickets, SizeIs(2));
  EXPECT_THAT(events_.notices, SizeIs(1));
}

}  // namespace
}  // namespace pixelpass::app
