#include "app/view/reply_plan.hpp"

#include "pixelpass/ticket/reply_code.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pixelpass::app {
namespace {

using traversal::NatKind;

SocketAddress at(const char* text) {
  return *SocketAddress::parse(text);
}

/// What a viewer behind a NAT at home has gathered.
traversal::Gathered at_home() {
  traversal::Gathered found;
  found.candidates = {{CandidateKind::kHost, at("192.168.2.10:41000")},
                      {CandidateKind::kReflexive, at("198.51.100.7:41001")},
                      {CandidateKind::kHost, at("172.17.0.1:41000")},
                      {CandidateKind::kHost, at("127.0.0.1:41000")}};
  found.surroundings.reflexive = {at("198.51.100.7:41001"), at("198.51.100.7:41002")};
  return found;
}

Ticket ticket_of(const char* host) {
  Ticket ticket;
  ticket.candidates = {{CandidateKind::kHost, at(host)},
                       {CandidateKind::kReflexive, at("198.51.100.9:4433")},
                       {CandidateKind::kHost, at("127.0.0.1:4433")}};
  return ticket;
}

std::vector<std::string> texts(const std::vector<SocketAddress>& addresses) {
  std::vector<std::string> all;
  for (const auto& address : addresses) all.push_back(address.to_string());
  return all;
}

std::size_t code_length(const std::vector<SocketAddress>& addresses) {
  return encode_reply_code(make_reply_code(addresses, Secret{1})).size();
}

using Texts = std::vector<std::string>;

TEST(ReplyAddresses, AreWhereTheInternetSeesUs) {
  const auto addresses = reply_addresses(at_home(), ticket_of("192.168.1.10:4433"));
  EXPECT_EQ(texts(addresses), Texts{"198.51.100.7:41001"});
  EXPECT_EQ(code_length(addresses), 30u);
}

TEST(ReplyAddresses, HaveTheOneAtHomeWhereTheHostMayBeThereToo) {
  const auto addresses = reply_addresses(at_home(), ticket_of("192.168.2.77:4433"));
  EXPECT_EQ(texts(addresses), (Texts{"198.51.100.7:41001", "192.168.2.10:41000"}));
  EXPECT_LT(code_length(addresses), 60u);
}

TEST(ReplyAddresses, OfAMachineThatTheInternetSeesAsItIsAreOne) {
  traversal::Gathered found;
  found.candidates = {{CandidateKind::kHost, at("198.51.100.7:41000")}};
  found.surroundings.reflexive = {at("198.51.100.7:41000")};
  EXPECT_EQ(texts(reply_addresses(found, ticket_of("198.51.100.8:4433"))), Texts{"198.51.100.7:41000"});
}

TEST(ReplyAddresses, HaveIpv6InsteadOfTheOneAtHome) {
  auto found = at_home();
  found.candidates.push_back({CandidateKind::kHost, at("[fe80::7]:41000")});
  found.candidates.push_back({CandidateKind::kHost, at("[fd00::7]:41000")});
  found.candidates.push_back({CandidateKind::kHost, at("[2001:db8::7]:41000")});
  const auto ticket = ticket_of("192.168.2.77:4433");
  EXPECT_EQ(texts(reply_addresses(found, ticket)), (Texts{"198.51.100.7:41001", "[2001:db8::7]:41000"}));
  EXPECT_LT(code_length(reply_addresses(found, ticket)), 60u);
  found.surroundings.reflexive.push_back(at("[2001:db8::8]:41000"));
  EXPECT_EQ(texts(reply_addresses(found, ticket)), (Texts{"198.51.100.7:41001", "[2001:db8::8]:41000"}));
}

TEST(ReplyAddresses, AreNoneWhereNobodyOutsideCouldMeetUs) {
  auto found = at_home();
  found.surroundings.reflexive.clear();
  EXPECT_TRUE(reply_addresses(found, ticket_of("192.168.2.77:4433")).empty());
  EXPECT_TRUE(reply_addresses({}, {}).empty());
}

TEST(ReplyAttempt, GoesToAllAddressesOfTheTicketForTwoMinutes) {
  Ticket ticket;
  ticket.candidates = at_home().candidates;
  const auto attempt = reply_attempt(ticket, NatKind::kEndpointIndependent, 2);
  EXPECT_EQ(texts(attempt.remotes),
            (Texts{"192.168.2.10:41000", "198.51.100.7:41001", "172.17.0.1:41000", "127.0.0.1:41000"}));
  EXPECT_EQ(attempt.duration, 2min);
  EXPECT_EQ(attempt.per_second, 50);
  EXPECT_FALSE(attempt.with_pauses);
}

/// It would else be let in by nobody, or keep the host's checks out.
TEST(ReplyAttempt, WaitsNearbyWhereThatPassesOurNatsAndOpensThemForTheHost) {
  const auto waits = [](NatKind nat, std::optional<int> hops) {
    return reply_attempt({}, nat, hops).low_ttl_until_asked;
  };
  EXPECT_TRUE(waits(NatKind::kEndpointIndependent, 2));
  EXPECT_TRUE(waits(NatKind::kNone, 1));
  EXPECT_FALSE(waits(NatKind::kEndpointIndependent, std::nullopt));
  EXPECT_FALSE(waits(NatKind::kSymmetric, 2));
  EXPECT_FALSE(waits(NatKind::kUnknown, 2));
  EXPECT_FALSE(waits(NatKind::kUdpBlocked, 2));
}

TEST(ReplyAttempt, GoesAsFarAsOurNatsAndPastTheRouterAtLeast) {
  const auto hops = [](std::optional<int> past) {
    return reply_attempt({}, NatKind::kEndpointIndependent, past).near_hops;
  };
  EXPECT_EQ(hops(std::nullopt), 2);
  EXPECT_EQ(hops(1), 2);
  EXPECT_EQ(hops(2), 2);
  EXPECT_EQ(hops(3), 3);
}

}  // namespace
}  // namespace pixelpass::app
