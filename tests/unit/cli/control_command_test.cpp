#include "parsed_line.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

app::ControlOptions control(const Arguments& arguments) {
  return std::get<app::ControlOptions>(good(arguments).command);
}

TEST(ControlCommandTest, each_is_a_request_to_the_running_host) {
  for (const auto& known : app::kControlNames) {
    Arguments arguments{std::string(known.name), "--host", "desk"};
    if (known.command == app::ControlCommand::kKick) arguments.emplace_back("3");
    if (known.command == app::ControlCommand::kBitrate) arguments.emplace_back("800k");
    if (known.command == app::ControlCommand::kShow) arguments.emplace_back("2");
    if (known.command == app::ControlCommand::kReply) arguments.emplace_back("ppr1abc");
    const auto options = control(arguments);
    EXPECT_EQ(options.request.command, known.command) << known.name;
    EXPECT_EQ(options.host, "desk") << known.name;
  }
  EXPECT_FALSE(control({"status"}).host) << "the only one";
  EXPECT_TRUE(good({"status", "--json"}).json);
}

TEST(ControlCommandTest, kick_wants_a_viewers_number_and_reply_a_code) {
  EXPECT_EQ(control({"kick", "3"}).request.viewer, 3U);
  EXPECT_THAT(bad({"kick"}).hint, HasSubstr("pixelpass kick --help"));
  EXPECT_EQ(bad({"kick"}).what, "kick wants N (The viewer's number; `status` lists them)");
  EXPECT_THAT(bad({"reply"}).what, HasSubstr("reply wants CODE (The code that your friend was shown"));
  for (const char* number : {"Ben", "-1", "0", "99999999999"})
    EXPECT_THAT(
        bad({"kick", number}).what,
        AllOf(HasSubstr("the number of a viewer, as `pixelpass status` shows it"), HasSubstr(number)));
  EXPECT_THAT(bad({"reply"}).hint, HasSubstr("pixelpass reply --help"));
  EXPECT_EQ(control({"reply", "ppr1abc", "def"}).request.code, "ppr1abcdef") << "a chat broke it in pieces";
}

TEST(ControlCommandTest, ticket_makes_a_new_one_only_when_asked) {
  EXPECT_FALSE(control({"ticket"}).request.renew);
  EXPECT_TRUE(control({"ticket", "--new"}).request.renew);
  EXPECT_FALSE(control({"ticket", "--new"}).request.kick);
  EXPECT_TRUE(control({"ticket", "--kick", "--new"}).request.kick);
  const auto clash = bad({"ticket", "--kick"});
  EXPECT_THAT(clash.what, HasSubstr("--kick goes with --new"));
  EXPECT_THAT(clash.hint, HasSubstr("type pixelpass ticket --new --kick"));
}

TEST(ControlCommandTest, bitrate_wants_a_rate) {
  EXPECT_EQ(control({"bitrate", "2.5M"}).request.bitrate_bps, 2'500'000);
  EXPECT_FALSE(control({"bitrate", "2.5M"}).request.fixed);
  EXPECT_EQ(control({"bitrate", "fixed:800k"}).request.bitrate_bps, 800'000);
  EXPECT_TRUE(control({"bitrate", "fixed:800k"}).request.fixed);
  EXPECT_EQ(control({"bitrate", "2.5m"}).request.bitrate_bps, 2'500'000);
  EXPECT_TRUE(control({"bitrate", "FIXED:800Kbit/s"}).request.fixed);
  EXPECT_THAT(bad({"bitrate"}).hint, HasSubstr("pixelpass bitrate --help"));
  EXPECT_THAT(bad({"bitrate", "fast"}).what,
              HasSubstr("bits a second from 50k to 1000M, such as 6M, 800k or fixed:6M"));
}

TEST(ControlCommandTest, show_wants_a_number_or_all) {
  EXPECT_EQ(control({"show", "2"}).request.source, 2);
  EXPECT_EQ(control({"show", "all"}).request.source, 0);
  EXPECT_THAT(bad({"show"}).hint, HasSubstr("pixelpass show --help"));
  EXPECT_THAT(bad({"show", "0"}).what, HasSubstr("a number from 1 on, or all"));
}

TEST(ControlCommandTest, help_names_what_each_wants) {
  EXPECT_THAT(shown({"reply", "--help"}), HasSubstr("pixelpass reply [OPTIONS] CODE\n"));
  EXPECT_THAT(shown({"kick", "--help"}), HasSubstr("pixelpass kick [OPTIONS] N\n"));
  EXPECT_THAT(shown({"bitrate", "--help"}), HasSubstr("pixelpass bitrate [OPTIONS] RATE\n"));
  EXPECT_THAT(shown({"stop", "--help"}), HasSubstr("pixelpass stop [OPTIONS]\n"));
  EXPECT_THAT(shown({"view", "--help"}), HasSubstr("pixelpass view [OPTIONS] TICKET|-\n"));
  for (const auto& known : app::kControlNames)
    EXPECT_THAT(shown({"--help"}), HasSubstr(std::string(known.name)));
}

TEST(ControlCommandTest, screen_may_name_a_monitor) {
  EXPECT_EQ(control({"screen", "--monitor", "HDMI-1"}).request.monitor, "HDMI-1");
  EXPECT_FALSE(control({"screen"}).request.monitor);
  EXPECT_FALSE(control({"screen"}).request.cancel);
}

TEST(ControlCommandTest, screen_may_be_taken_back_and_then_names_no_monitor) {
  EXPECT_TRUE(control({"screen", "--cancel"}).request.cancel);
  const auto clash = bad({"screen", "--cancel", "--monitor", "2"});
  EXPECT_THAT(clash.what, HasSubstr("keeps the present screen"));
  EXPECT_THAT(clash.hint, HasSubstr("type pixelpass screen --cancel"));
}

TEST(ControlCommandTest, a_slip_of_the_hand_is_told) {
  EXPECT_THAT(bad({"stauts"}).what, HasSubstr("did you mean status?"));
}

}  // namespace
}  // namespace pixelpass::cli
