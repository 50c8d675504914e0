#include "pixelpass/ticket/ticket.hpp"

#include "some_tickets.hpp"
#include <gtest/gtest.h>

namespace pixelpass {
namespace {

using Candidates = std::vector<Candidate>;

Candidate of(CandidateKind kind, std::string_view text) {
  return {kind, address(text)};
}
Candidate host(std::string_view text) {
  return of(CandidateKind::kHost, text);
}
Ticket with(Candidates candidates) {
  Ticket ticket = small_ticket();
  ticket.relay.reset();
  ticket.candidates = std::move(candidates);
  return ticket;
}

/// As a gatherer ranks them.
Candidates many(std::size_t v6) {
  Candidates all{host("192.168.1.5:5000"), of(CandidateKind::kMapped, "203.0.113.9:5000"),
                 of(CandidateKind::kReflexive, "203.0.113.9:7000"), host("10.0.0.5:5000")};
  for (std::size_t i = 1; i <= v6; ++i) all.push_back(host("[2001:db8::" + std::to_string(i) + "]:5000"));
  all.push_back(host("172.17.0.1:5000"));
  all.push_back(host("127.0.0.1:5000"));
  return all;
}

TEST(ShortenedTicket, WhatIsShortStaysAsItIs) {
  const Ticket ticket = with(many(1));
  ASSERT_LE(encode_ticket(ticket).size(), kShortTicketChars);
  EXPECT_EQ(shortened(ticket), ticket);
}

TEST(ShortenedTicket, InterfacesGoFromTheEndAndNoMoreOfThemThanHaveTo) {
  const Ticket ticket = with(many(5));
  ASSERT_GT(encode_ticket(ticket).size(), kShortTicketChars);
  const Ticket less = shortened(ticket);
  EXPECT_LE(encode_ticket(less).size(), kShortTicketChars);
  const std::size_t gone = ticket.candidates.size() - less.candidates.size();
  EXPECT_EQ(less.candidates, Candidates(ticket.candidates.begin(),
                                        ticket.candidates.end() - static_cast<std::ptrdiff_t>(gone)));
  Ticket more = less;
  more.candidates.push_back(ticket.candidates[less.candidates.size()]);
  EXPECT_GT(encode_ticket(more).size(), kShortTicketChars);
}

TEST(ShortenedTicket, TheFirstInterfaceOfEachFamilyAndWhatTheInternetSeesStay) {
  Ticket ticket = with(many(12));
  ticket.relay = full_ticket().relay;
  ticket.relay->username.assign(kMaxCredentialBytes, 'u');
  const Ticket less = shortened(ticket);
  EXPECT_EQ(less.candidates,
            (Candidates{host("192.168.1.5:5000"), of(CandidateKind::kMapped, "203.0.113.9:5000"),
                        host("[2001:db8::1]:5000")}))
      << "and a mapping outdoes the reflexive address";
  EXPECT_EQ(less.relay, ticket.relay);
}

TEST(ShortenedTicket, AReflexiveAddressStaysWhereNoMappingOutdoesIt) {
  Ticket ticket = with({host("192.168.1.5:5000"), of(CandidateKind::kReflexive, "203.0.113.9:7000"),
                        of(CandidateKind::kMapped, "[2001:db8::1]:5000"), host("127.0.0.1:5000")});
  ticket.relay = full_ticket().relay;
  ticket.relay->username.assign(kMaxCredentialBytes, 'u');
  ticket.candidates.pop_back();
  EXPECT_EQ(shortened(ticket), ticket);
}

TEST(ShortenedTicket, AMachineWithLoopbackAloneKeepsIt) {
  Ticket ticket = with({host("127.0.0.1:5000")});
  ticket.relay = full_ticket().relay;
  ticket.relay->username.assign(kMaxCredentialBytes, 'u');
  EXPECT_EQ(shortened(ticket), ticket);
}

}  // namespace
}  // namespace pixelpass
