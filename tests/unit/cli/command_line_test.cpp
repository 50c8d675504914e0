#include "pixelpass/cli/command_line.hpp"

#include "pixelpass/ticket/reply_code.hpp"

#include "parsed_line.hpp"
#include "some_ticket.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(CommandLineTest, takes_a_quality_whose_figures_give_way_to_those_that_are_named) {
  const auto low = host({"host", "--quality", "low"}).picture;
  EXPECT_EQ(low.bitrate_bps, 1'500'000);
  EXPECT_EQ(low.fps, 30);
  EXPECT_EQ(low.size, (Size{1280, 720}));
  const auto ultra = host({"host", "--quality", "ultra"}).picture;
  EXPECT_EQ(ultra.bitrate_bps, 30'000'000);
  EXPECT_EQ(ultra.fps, 60);
  EXPECT_EQ(ultra.size, std::nullopt);
  const auto medium = host({"host", "--quality", "medium"}).picture;
  const auto none = host({"host"}).picture;
  EXPECT_EQ(medium.bitrate_bps, none.bitrate_bps);
  EXPECT_EQ(medium.fps, none.fps);
  EXPECT_EQ(medium.size, none.size);
  const auto mixed =
      host({"host", "--fps", "15", "--bitrate", "fixed:2M", "--quality", "high", "--size", "640x360"})
          .picture;
  EXPECT_EQ(mixed.bitrate_bps, 2'000'000);
  EXPECT_TRUE(mixed.is_bitrate_fixed);
  EXPECT_EQ(mixed.fps, 15);
  EXPECT_EQ(mixed.size, (Size{640, 360}));
  EXPECT_THAT(bad({"host", "--quality", "hihg"}).what, HasSubstr("did you mean high?"));
}

TEST(CommandLineTest, takes_a_bitrate_that_follows_nothing) {
  const auto options = host({"host", "--bitrate", "fixed:2M"});
  EXPECT_EQ(options.picture.bitrate_bps, 2'000'000);
  EXPECT_TRUE(options.picture.is_bitrate_fixed);
  EXPECT_THAT(bad({"host", "--bitrate", "fixed:"}).what, HasSubstr("fixed:6M"));
}

TEST(CommandLineTest, a_reply_code_is_not_taken_for_a_ticket) {
  const auto code = encode_reply_code(make_reply_code({SocketAddress::loopback(4433)}, Secret{}));
  for (const auto& arguments : {std::vector{code}, {"view", code}, {"view", "--player", "none", code}}) {
    const auto error = bad(arguments);
    EXPECT_THAT(error.what, HasSubstr("reply code"));
    EXPECT_THAT(error.hint, HasSubstr("pixelpass reply"));
    EXPECT_EQ(error.exit_code, ExitCode::kUsage);
  }
}

TEST(CommandLineTest, a_misplaced_ticket_is_not_repeated_in_the_error) {
  EXPECT_THAT(bad({"host", some_ticket()}).what, Not(HasSubstr(some_ticket())));
}

TEST(CommandLineTest, without_a_command_it_hosts_but_opens_the_menu_on_a_terminal) {
  EXPECT_TRUE(std::holds_alternative<app::HostOptions>(good({}).command));
  Environment terminal;
  terminal.on_terminal = true;
  const auto line = good({"--log-level", "info"}, terminal);
  const auto& menu = std::get<OpenMenu>(line.command);
  EXPECT_THAT(menu.help, HasSubstr("pixelpass host"));
  EXPECT_THAT(menu.options, ElementsAre("--log-level", "info"));
  EXPECT_TRUE(std::holds_alternative<app::HostOptions>(good({"--json"}, terminal).command));
}

TEST(CommandLineTest, lines_alone_can_be_had_of_every_command_and_of_the_menu) {
  Environment terminal;
  terminal.on_terminal = true;
  const auto menu = good({"--plain"}, terminal);
  EXPECT_TRUE(menu.plain);
  EXPECT_THAT(std::get<OpenMenu>(menu.command).options, ElementsAre("--plain"));
  EXPECT_FALSE(good({}, terminal).plain);
  for (const auto* command : {"host", "demo", "doctor"}) {
    EXPECT_TRUE(good({command, "--plain"}).plain) << command;
    EXPECT_FALSE(good({command}).plain) << command;
  }
  EXPECT_TRUE(good({"view", "--plain", some_ticket()}).plain);
  EXPECT_TRUE(good({"view", "--stdout", some_ticket()}).plain);
}

TEST(CommandLineTest, without_a_command_it_takes_the_options_of_host) {
  EXPECT_EQ(host({"--source", "test"}).source, app::SourceKind::kTest);
  EXPECT_EQ(host({"--json", "--fps", "15"}).picture.fps, 15);
  EXPECT_THAT(bad({"--fps", "many"}).hint, HasSubstr("pixelpass host --help"));
}

TEST(CommandLineTest, global_options_go_before_or_after_the_command) {
  for (const Arguments& arguments : {Arguments{"--json", "--log-level", "debug", "host"},
                                     Arguments{"host", "--json", "--log-level", "debug"}}) {
    const auto line = good(arguments);
    EXPECT_TRUE(line.json);
    EXPECT_EQ(line.log_level, "debug");
  }
  EXPECT_FALSE(good({"host"}).json);
  EXPECT_TRUE(asks_for_json({"host", "--nonsense", "--json"}));
  EXPECT_FALSE(asks_for_json({"host"}));
}

TEST(CommandLineTest, version_is_told_anywhere) {
  EXPECT_THAT(shown({"--version"}), ::testing::MatchesRegex("pixelpass [0-9.]+\n"));
  EXPECT_EQ(shown({"host", "--version"}), shown({"--version"}));
}

TEST(DemoCommandTest, takes_seconds_and_the_picture) {
  EXPECT_EQ(demo({"demo"}).duration, 10s);
  const auto options = demo({"demo", "--seconds", "3", "--size", "320x240", "--bitrate", "1M"});
  EXPECT_EQ(options.duration, 3s);
  EXPECT_EQ(options.picture.size.value().width, 320);
  EXPECT_EQ(options.picture.bitrate_bps, 1'000'000);
  EXPECT_THAT(bad({"demo", "--seconds", "-1"}).what, HasSubstr("--seconds"));
}

TEST(DoctorCommandTest, takes_no_more_than_every_command_does) {
  EXPECT_TRUE(std::holds_alternative<app::DoctorOptions>(good({"doctor"}).command));
  EXPECT_TRUE(good({"doctor", "--json"}).json);
  EXPECT_THAT(bad({"doctor", "--fix"}).hint, HasSubstr("pixelpass doctor --help"));
}

TEST(RepairCommandTest, is_written_as_a_command_or_as_an_option) {
  const auto dry_run = [](const Arguments& arguments) {
    return std::get<app::RepairOptions>(good(arguments).command).dry_run;
  };
  EXPECT_FALSE(dry_run({"repair"}));
  EXPECT_TRUE(dry_run({"repair", "--dry-run"}));
  EXPECT_FALSE(dry_run({"--repair"}));
  EXPECT_TRUE(dry_run({"--json", "--repair", "--dry-run"}));
  EXPECT_EQ(host({"host", "--name", "--repair"}).name, "--repair") << "another option's value";
  EXPECT_THAT(bad({"repair", "everything"}).what, HasSubstr("\"everything\""));
}

}  // namespace
}  // namespace pixelpass::cli
