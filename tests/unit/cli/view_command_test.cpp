#include "pixelpass/ticket/ticket.hpp"

#include "parsed_line.hpp"
#include "some_ticket.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::cli {
namespace {

using ::testing::HasSubstr;

TEST(ViewCommandTest, asks_the_stun_servers_that_are_named_or_none) {
  EXPECT_EQ(view({"view", some_ticket()}).stun_servers, traversal::default_stun_servers());
  EXPECT_TRUE(view({"view", "--stun", "none", some_ticket()}).stun_servers.empty());
}

TEST(ViewCommandTest, refuses_what_would_have_no_effect) {
  EXPECT_EQ(bad({"view", "--overwrite", "ppx"}).what, "--overwrite goes with --record");
  EXPECT_TRUE(view({"view", "--record", "a.ts", "--overwrite", "ppx"}).overwrites);
  for (const char* option : {"--listen=127.0.0.1:0", "--latency=1s", "--no-catch-up", "--name=a"})
    EXPECT_THAT(bad({"view", "--player", "browser", option, "ppx"}).what, HasSubstr("no effect in a browser"))
        << option;
}

TEST(ViewCommandTest, has_the_promised_defaults) {
  const auto options = view({"view", some_ticket()});
  EXPECT_EQ(options.ticket, some_ticket());
  EXPECT_EQ(options.player, app::PlayerChoice::kAuto);
  EXPECT_EQ(options.listen.to_string(), "127.0.0.1:0");
  EXPECT_EQ(options.latency, 200ms);
  EXPECT_FALSE(options.record);
  EXPECT_FALSE(options.overwrites);
  EXPECT_FALSE(options.to_stdout);
  EXPECT_TRUE(options.catch_up);
}

TEST(ViewCommandTest, opens_a_browser_where_it_is_told_to) {
  EXPECT_EQ(view({"view", "--player", "browser", some_ticket()}).player, app::PlayerChoice::kBrowser);
}

TEST(ViewCommandTest, takes_every_option) {
  const auto options = view({"view", "--player", "vlc", "--listen", "127.0.0.1:8080", "--record", "a.ts",
                             "--overwrite", "--stdout", "--latency", "1s", "--name", "Ben", "--seconds",
                             "2.5", "--no-catch-up", some_ticket()});
  EXPECT_FALSE(options.catch_up);
  EXPECT_EQ(options.player, app::PlayerChoice::kVlc);
  EXPECT_EQ(options.listen.to_string(), "127.0.0.1:8080");
  EXPECT_EQ(options.record, "a.ts");
  EXPECT_TRUE(options.overwrites);
  EXPECT_TRUE(options.to_stdout);
  EXPECT_EQ(options.latency, 1s);
  EXPECT_EQ(options.name, "Ben");
  EXPECT_EQ(options.duration, Duration(2500ms));
}

TEST(ViewCommandTest, takes_the_ticket_from_the_argument_then_the_environment_or_standard_input) {
  Environment environment;
  environment.ticket = "pp1fromenvironment";
  EXPECT_EQ(view({"view"}, environment).ticket, "pp1fromenvironment");
  EXPECT_EQ(view({"view", some_ticket()}, environment).ticket, some_ticket());
  const auto line = good({"view", "-"}, environment);
  EXPECT_TRUE(line.ticket_from_input);
  EXPECT_TRUE(std::get<app::ViewOptions>(line.command).ticket.empty());
  EXPECT_THAT(bad({"view"}).hint, HasSubstr("PIXELPASS_TICKET"));
}

TEST(ViewCommandTest, puts_a_ticket_together_that_a_chat_broke_in_pieces) {
  const std::string ticket = some_ticket();
  EXPECT_EQ(view({"view", ticket.substr(0, 20), ticket.substr(20)}).ticket, ticket);
  EXPECT_EQ(view({ticket.substr(0, 20), ticket.substr(20)}).ticket, ticket);
}

TEST(ViewCommandTest, bad_values_are_told_with_what_is_accepted) {
  EXPECT_THAT(bad({"view", "x", "--player", "totem"}).what, HasSubstr("mpv"));
  EXPECT_THAT(bad({"view", "x", "--latency", "1h"}).what, HasSubstr("200ms"));
  for (const char* address : {"here", "0.0.0.0:0", "192.168.1.2:80", "[::]:0"})
    EXPECT_THAT(bad({"view", "x", "--listen", address}).what, HasSubstr("loopback address")) << address;
  EXPECT_EQ(view({"view", "x", "--listen", "[::1]:0"}).listen.to_string(), "[::1]:0");
  EXPECT_THAT(shown({"view", "--help"}), HasSubstr("loopback address"));
}

TEST(ViewCommandTest, a_recording_has_a_name) {
  EXPECT_THAT(bad({"view", "--record", "-", "pp1"}).what, HasSubstr("--stdout"));
  EXPECT_THAT(bad({"view", "--record", "", "pp1"}).what, HasSubstr("wants a file"));
}

TEST(ViewCommandTest, standard_output_carries_one_thing_only) {
  EXPECT_THAT(bad({"view", "x", "--stdout", "--json"}).what, HasSubstr("--json"));
  Environment terminal;
  terminal.output_is_terminal = true;
  EXPECT_THAT(bad({"view", "x", "--stdout"}, terminal).what, HasSubstr("terminal"));
  EXPECT_EQ(view({"view", "x", "--stdout"}).player, app::PlayerChoice::kNone);
}

TEST(BareTicketTest, is_a_view_without_a_player_that_takes_the_options_of_view) {
  const auto options = view({some_ticket()});
  EXPECT_EQ(options.ticket, some_ticket());
  EXPECT_EQ(options.player, app::PlayerChoice::kNone);
  EXPECT_EQ(view({"--record", "a.ts", some_ticket()}).record, "a.ts");
  EXPECT_EQ(view({some_ticket(), "--player", "mpv"}).player, app::PlayerChoice::kMpv);
  EXPECT_EQ(view({"pixelpass://" + some_ticket()}).player, app::PlayerChoice::kNone);
}

TEST(ViewCommandTest, a_link_is_a_ticket_with_the_slash_that_browsers_add_or_without) {
  for (const auto& link : {"pixelpass://" + some_ticket(), "pixelpass://" + some_ticket() + "/"}) {
    for (const auto& options : {view({"view", link}), view({link})}) {
      const auto ticket = decode_ticket(options.ticket, UnixTime{});
      ASSERT_TRUE(ticket) << options.ticket;
      EXPECT_EQ(encode_ticket(*ticket), some_ticket());
    }
    EXPECT_EQ(view({"view", link}).player, app::PlayerChoice::kAuto);
    EXPECT_EQ(view({link}).player, app::PlayerChoice::kNone);
  }
}

TEST(ViewCommandTest, nothing_in_a_link_is_an_option) {
  const auto options = view({"view", "pixelpass://--record=x --stdout"});
  EXPECT_FALSE(options.record);
  EXPECT_FALSE(options.overwrites);
  EXPECT_FALSE(options.to_stdout);
}

}  // namespace
}  // namespace pixelpass::cli
