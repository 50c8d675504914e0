#include "app/view/failures.hpp"

#include "app/view/player_choice.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace pixelpass::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using wire::RefusedReason;

TEST(FailuresTest, every_refusal_has_a_sentence_of_its_own_a_hint_and_exit_code_4) {
  std::vector<std::string> sentences;
  for (const auto reason :
       {RefusedReason::kFull, RefusedReason::kLocked, RefusedReason::kExpired, RefusedReason::kKicked,
        RefusedReason::kVersion, RefusedReason::kProof, RefusedReason::kUnknown}) {
    const Error error = describe(tunnel::RefusedByHost{reason});
    EXPECT_EQ(error.exit_code, ExitCode::kRefused);
    if (needs_new_ticket({reason})) {
      EXPECT_THAT(error.hint, HasSubstr("new ticket"));
    }
    EXPECT_FALSE(error.hint.empty());
    EXPECT_THAT(sentences, ::testing::Not(::testing::Contains(error.what)));
    sentences.push_back(error.what);
  }
}

TEST(FailuresTest, an_expired_ticket_is_only_a_warning_that_names_this_machines_clock) {
  Ticket ticket;
  EXPECT_FALSE(expiry_notice(ticket, UnixTime::max()));
  ticket.expires_at = UnixTime(1'000'000s);
  EXPECT_FALSE(expiry_notice(ticket, UnixTime(999'999s)));
  const auto notice = expiry_notice(ticket, *ticket.expires_at + 9h);
  ASSERT_TRUE(notice);
  EXPECT_THAT(notice->what, HasSubstr("by this machine's clock the ticket expired 9 h ago"));
  EXPECT_THAT(notice->hint, HasSubstr("clock"));
}

TEST(FailuresTest, a_refusal_as_expired_says_by_whose_clock) {
  const Error error = describe(tunnel::RefusedByHost{RefusedReason::kExpired});
  EXPECT_THAT(error.what, HasSubstr("host's clock"));
  EXPECT_THAT(error.hint, HasSubstr("new ticket"));
  EXPECT_THAT(error.hint, HasSubstr("clock"));
}

Error other_version(std::optional<wire::VersionRange> host) {
  return describe(tunnel::RefusedByHost{.reason = RefusedReason::kVersion, .versions = host});
}

TEST(FailuresTest, a_version_refusal_says_which_side_is_too_old_and_who_updates) {
  const Error we =
      other_version(wire::VersionRange{wire::kVersions.highest + 1, wire::kVersions.highest + 2});
  EXPECT_THAT(we.what, HasSubstr("this pixelpass is too old"));
  EXPECT_THAT(we.what, HasSubstr("the host speaks versions 2 to 3 of the protocol, this side version 1"));
  EXPECT_THAT(we.hint, HasSubstr("update pixelpass on this machine"));
  const Error they = other_version(wire::VersionRange{0, wire::kVersions.lowest - 1});
  EXPECT_THAT(they.what, HasSubstr("the host's pixelpass is too old"));
  EXPECT_THAT(they.what, HasSubstr("the host speaks version 0 of the protocol"));
  EXPECT_THAT(they.hint, HasSubstr("ask the person who shares to update"));
}

TEST(FailuresTest, a_version_refusal_without_a_version_names_neither_side) {
  for (const auto& host : {std::optional<wire::VersionRange>{}, std::optional(wire::kVersions)})
    EXPECT_THAT(other_version(host).hint, HasSubstr("on both sides"));
}

TEST(FailuresTest, clocks_that_are_apart_are_named_by_how_much_and_which_way) {
  EXPECT_FALSE(clock_notice(std::nullopt));
  EXPECT_FALSE(clock_notice(5min));
  EXPECT_FALSE(clock_notice(-5min));
  EXPECT_THAT(clock_notice(9h - 1s)->what, HasSubstr("your clock is 9 h ahead of the host's"));
  EXPECT_THAT(clock_notice(-301s)->what, HasSubstr("your clock is 5 min behind the host's"));
  EXPECT_THAT(clock_notice(-24h * 365 * 50)->what, HasSubstr("your clock is 18250 days behind the host's"));
  const Error error = describe(tunnel::RefusedByHost{RefusedReason::kExpired, 9h});
  EXPECT_THAT(error.what, HasSubstr("expired by the host's clock; your clock is 9 h ahead of the host's"));
}

TEST(FailuresTest, who_is_left_behind_is_told_what_the_line_carries_and_what_the_picture_has) {
  const auto notice = left_behind_notice({.line_bps = 430'000, .picture_bps = 3'000'000});
  EXPECT_EQ(notice.what, "your line carries 0.4 Mbit/s, the picture has 3.0: pictures are left out");
  EXPECT_THAT(notice.hint, HasSubstr("--bitrate"));
  EXPECT_THAT(left_behind_notice({.is_left_behind = false}).what, HasSubstr("whole picture again"));
}

TEST(FailuresTest, a_slow_player_is_told_of_with_what_would_help) {
  EXPECT_THAT(slow_player_notice().what, HasSubstr("does not show all pictures in time"));
  EXPECT_THAT(slow_player_notice().hint, HasSubstr("graphics card"));
}

TEST(FailuresTest, an_unreachable_host_names_every_address_that_was_tried) {
  const Error error = describe(tunnel::Unreachable{
      {{SocketAddress(), SocketAddress::loopback(1)},
       {SocketAddress(), SocketAddress::parse("[2001:db8::1]:9").value(), net::Via::kOwnRelay}}});
  EXPECT_THAT(error.what, HasSubstr("127.0.0.1:1, [2001:db8::1]:9 through a relay"));
  EXPECT_EQ(error.exit_code, ExitCode::kNotReachable);
  EXPECT_FALSE(error.hint.empty());
}

TEST(FailuresTest, an_unreachable_host_is_told_with_the_code_that_was_shown_and_what_would_help) {
  const tunnel::Unreachable nobody{{{SocketAddress(), SocketAddress::loopback(1)}}};
  const Error error = describe(nobody, {.code = true, .nat = traversal::NatKind::kEndpointIndependent});
  EXPECT_EQ(error.what, "the host did not answer (tried 127.0.0.1:1, and a reply code)");
  EXPECT_THAT(error.hint, HasSubstr("host --relay"));
  EXPECT_THAT(error.hint, HasSubstr("new code"));
  EXPECT_THAT(error.hint, Not(HasSubstr("each destination")));
  EXPECT_EQ(error.exit_code, ExitCode::kNotReachable);
  EXPECT_THAT(describe(nobody, {.code = true, .nat = traversal::NatKind::kSymmetric}).hint,
              HasSubstr("each destination another port"));
}

TEST(FailuresTest, where_udp_is_blocked_an_unreachable_host_is_no_wonder) {
  const Error error = describe(tunnel::Unreachable{{{SocketAddress(), SocketAddress::loopback(1)}}},
                               {.nat = traversal::NatKind::kUdpBlocked});
  EXPECT_THAT(error.what, HasSubstr("tried 127.0.0.1:1); UDP is blocked here"));
  EXPECT_THAT(error.hint, HasSubstr("host --relay"));
  EXPECT_EQ(error.exit_code, ExitCode::kNotReachable);
}

TEST(FailuresTest, a_host_that_nothing_can_be_sent_to_has_not_failed_to_answer) {
  const tunnel::Unreachable nobody{{{SocketAddress(), SocketAddress::parse("192.0.2.1:9").value()}}};
  const auto told = [&nobody](int error) { return describe(nobody, {.send_error = error}); };
  EXPECT_EQ(told(ENETUNREACH).what,
            "this machine cannot send to the host's addresses (tried 192.0.2.1:9): no network leads there");
  EXPECT_THAT(told(EPERM).what, HasSubstr("a firewall or a sandbox here forbids it"));
  EXPECT_THAT(told(EMSGSIZE).hint, HasSubstr("1280 bytes are needed"));
  EXPECT_THAT(told(ENOBUFS).what, HasSubstr("No buffer space"));
  for (const int error : {ENETUNREACH, EPERM, EMSGSIZE, ENOBUFS}) {
    EXPECT_EQ(told(error).exit_code, ExitCode::kNotReachable);
    EXPECT_THAT(told(error).hint, Not(HasSubstr("still sharing")));
  }
}

TEST(FailuresTest, what_cannot_be_sent_is_no_fault_of_the_routers_or_the_relay) {
  const tunnel::Unreachable nobody{{{SocketAddress(), SocketAddress::parse("192.0.2.1:9").value()}}};
  EXPECT_THAT(describe(nobody, {.code = true, .send_error = EMSGSIZE}).what,
              HasSubstr("takes no packets that large"));
  const Error error =
      describe(nobody, {.relay = Error{"the relay did not answer", ""}, .send_error = ENETUNREACH});
  EXPECT_THAT(error.what,
              HasSubstr("(tried 192.0.2.1:9), and the relay did not answer: no network leads there"));
  EXPECT_THAT(error.hint, Not(HasSubstr("new ticket")));
}

TEST(FailuresTest, a_line_for_smaller_packets_than_are_needed_is_named_with_both_sizes) {
  const auto host = SocketAddress::parse("192.0.2.1:9").value();
  const tunnel::Unreachable nobody{{{SocketAddress(), host}}};
  const net::NarrowLine narrow{host, 1100, 1228};
  constexpr auto kWords = "the line to 192.0.2.1:9 takes packets of at most 1100 bytes, and 1228 are needed";
  for (const Error& error :
       {describe(nobody, {.narrow = narrow}), describe(nobody, {.code = true, .narrow = narrow}),
        describe(nobody, {.send_error = EMSGSIZE, .narrow = narrow}),
        describe(tunnel::Lost{"the host could not be reached again"}, narrow)}) {
    EXPECT_THAT(error.what, HasSubstr(kWords));
    EXPECT_THAT(error.hint, HasSubstr("MTU"));
  }
  EXPECT_EQ(describe(nobody, {.narrow = narrow}).exit_code, ExitCode::kNotReachable);
  EXPECT_EQ(describe(tunnel::Lost{}, narrow).exit_code, ExitCode::kConnectionLost);
}

TEST(FailuresTest, a_relay_that_did_not_let_us_in_is_named) {
  WaysTried ways{.nat = traversal::NatKind::kUdpBlocked};
  ways.relay = Error{"the relay refused the user name or the password (401)", "for who runs it"};
  const tunnel::Unreachable nobody{{{SocketAddress(), SocketAddress::loopback(1)}}};
  const Error error = describe(nobody, ways);
  EXPECT_THAT(error.what,
              HasSubstr("tried 127.0.0.1:1), and the relay refused the user name or the password (401)"));
  EXPECT_THAT(error.hint, HasSubstr("ask for a new ticket"));
  EXPECT_THAT(error.hint, Not(HasSubstr("host --relay"))) << "there is one";
  ways.code = true;
  EXPECT_THAT(describe(nobody, ways).what, HasSubstr("reply code), and the relay refused"));
}

TEST(FailuresTest, another_host_is_not_reachable_and_a_loss_is_a_lost_connection) {
  EXPECT_EQ(describe(tunnel::WrongHost{}).exit_code, ExitCode::kNotReachable);
  const Error lost = describe(tunnel::Lost{"silent for 60 s"});
  EXPECT_EQ(lost.exit_code, ExitCode::kConnectionLost);
  EXPECT_THAT(lost.what, HasSubstr("silent for 60 s"));
}

TEST(FailuresTest, what_was_broken_off_is_not_blamed_on_the_network) {
  const Error error = describe(tunnel::Lost{.reason = "too much", .broken_off = true});
  EXPECT_EQ(error.exit_code, ExitCode::kConnectionLost);
  EXPECT_THAT(error.what, HasSubstr("broken off: too much"));
  EXPECT_THAT(error.hint, Not(HasSubstr("network")));
}

PlayerSurroundings surroundings(bool display, std::optional<playback::PlayerKind> installed) {
  return {display, [installed](std::optional<playback::PlayerKind> wanted) {
            return !wanted || wanted == installed ? installed : std::nullopt;
          }};
}

using playback::PlayerKind;

TEST(PlayerChoiceTest, auto_takes_what_is_installed_where_there_is_a_display) {
  const auto chosen = choose_player(PlayerChoice::kAuto, surroundings(true, PlayerKind::kVlc));
  EXPECT_EQ(chosen.kind, PlayerKind::kVlc);
  EXPECT_FALSE(chosen.notice);
}

TEST(PlayerChoiceTest, auto_goes_on_with_a_notice_without_a_display_or_a_player) {
  for (const auto& where : {surroundings(false, PlayerKind::kMpv), surroundings(true, std::nullopt)}) {
    const auto chosen = choose_player(PlayerChoice::kAuto, where);
    EXPECT_FALSE(chosen.kind);
    ASSERT_TRUE(chosen.notice);
    EXPECT_FALSE(chosen.notice->hint.empty());
  }
}

TEST(PlayerChoiceTest, where_no_player_is_installed_the_hint_is_this_machines_command) {
  const auto chosen = choose_player(PlayerChoice::kAuto, surroundings(true, std::nullopt));
  ASSERT_TRUE(chosen.notice);
  EXPECT_THAT(chosen.notice->hint, HasSubstr(playback::install_command(PlayerKind::kMpv)));
}

TEST(PlayerChoiceTest, a_player_that_was_asked_for_and_is_not_installed_ends_the_start) {
  EXPECT_EQ(choose_player(PlayerChoice::kMpv, surroundings(false, PlayerKind::kMpv)).kind, PlayerKind::kMpv);
  try {
    choose_player(PlayerChoice::kMpv, surroundings(true, PlayerKind::kVlc));
    FAIL();
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().hint, HasSubstr(playback::install_command(PlayerKind::kMpv)));
    EXPECT_EQ(error.error().exit_code, ExitCode::kCouldNotStart);
  }
}

TEST(PlayerChoiceTest, none_is_none_without_a_word) {
  const auto chosen = choose_player(PlayerChoice::kNone, surroundings(true, PlayerKind::kMpv));
  EXPECT_FALSE(chosen.kind);
  EXPECT_FALSE(chosen.notice);
}

}  // namespace
}  // namespace pixelpass::app
