#include "cli/tui/live_screen.hpp"

#include "cli/tui/viewer_table.hpp"
#include <ftxui/screen/string.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

namespace pixelpass::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr ScreenSize kUsual{80, 24};
constexpr ScreenSize kSmall{40, 12};

std::string without_attributes(const std::string& text) {
  static const std::regex kAttributes("\x1b\\[[0-9;]*m");
  return std::regex_replace(text, kAttributes, "");
}

/// What a person sees, line by line, without blanks at the ends.
std::vector<std::string> lines_of(const LiveState& state, ScreenSize size) {
  std::vector<std::string> lines(1);
  for (const char c : without_attributes(painted(live_screen(state, size, true), size))) {
    if (c == '\n')
      lines.emplace_back();
    else if (c != '\r')
      lines.back() += c;
  }
  for (auto& line : lines) {
    EXPECT_EQ(ftxui::string_width(line), size.width) << line;
    line.erase(line.find_last_not_of(' ') + 1);
  }
  return lines;
}

std::string whole(const LiveState& state, ScreenSize size) {
  std::string text;
  for (const auto& line : lines_of(state, size)) text += line + "\n";
  return text;
}

net::Path path_from(const char* address, net::Via via = net::Via::kDirect) {
  return {{}, SocketAddress::parse(address).value(), via};
}

StreamDescription screen() {
  return {"portal", 1920, 1080, 30, "x264enc", "applications", 6'000'000};
}

/// A host that shares to two, for three seconds.
LiveState busy() {
  LiveState state;
  state.max_viewers = 2;
  const Instant start{};
  take(state,
       app::TicketReady{"pp1" + std::string(160, 'a'),
                        {},
                        app::Reachability::kMapped,
                        "friends reach you from anywhere: your router keeps a port open",
                        ""},
       start);
  take(state, app::Sharing{screen()}, start);
  take(state, app::ViewerJoined{1, "Ben", path_from("192.0.2.17:41234")}, start);
  take(state, app::ViewerJoined{12, "Zoë", path_from("[2001:db8::1]:443", net::Via::kOwnRelay)}, start + 61s);
  app::HostStats stats;
  stats.encode_fps = 29.7;
  stats.bitrate_bps = 5'400'000;
  stats.picture_bps = 5'100'000;
  stats.audio_bps = 130'000;
  stats.cpu_percent = 31.4;
  stats.target_bps = 6'000'000;
  stats.limited_by = "cap";
  stats.viewers = {{1, path_from("192.0.2.17:41234"), 5'000'000, 24ms, 40ms, 3, 0},
                   {12, path_from("[2001:db8::1]:443", net::Via::kOwnRelay), 4'000'000, 90ms, 200ms, 0, 0}};
  for (const auto at : {62s, 63s, 64s}) take(state, stats, start + at);
  return state;
}

TEST(LiveScreen, ShowsWhatIsSharedTheTicketWhoWatchesAndTheKeys) {
  const auto lines = lines_of(busy(), kUsual);
  ASSERT_THAT(lines, SizeIs(24));
  EXPECT_EQ(lines[0], "pixelpass shares portal 1920x1080");
  EXPECT_EQ(lines[1], "x264enc  30 pictures/s  5.1 Mbit/s of 6.0 Mbit/s  CPU 31 %");
  EXPECT_EQ(lines[2], "sound: applications");
  EXPECT_EQ(lines[3], "friends reach you from anywhere: your router keeps a port open");
  EXPECT_EQ(lines[5] + lines[6] + lines[7], "pp1" + std::string(160, 'a'));  // whole
  EXPECT_THAT(lines, Contains("viewers: 2 of 2"));
  EXPECT_THAT(lines, Contains(" >1 Ben        192.0.2.17      direct   5.0M   24ms   40ms    3    1:04 ▂▂▂"));
  EXPECT_THAT(
      lines,
      Contains(StartsWith(" 12 Zoë        [2001:db8::1]   relay    4.0M   90ms  200ms    0    0:03 ███")));
  EXPECT_THAT(lines[22] + lines[23], HasSubstr("k kick"));
  EXPECT_THAT(lines[22] + lines[23], HasSubstr("q quit"));
}

TEST(LiveScreen, SaysHowToKeepTheScreenWhileAnotherOneIsChosen) {
  auto state = busy();
  const auto keys = [&] {
    const auto lines = lines_of(state, kUsual);
    return lines[21] + lines[22] + lines[23];
  };
  EXPECT_THAT(keys(), HasSubstr("s screen"));
  state.choosing_screen = true;
  EXPECT_THAT(keys(), HasSubstr("s keep this screen"));
}

/// Who is to be thrown out is told by the number.
TEST(LiveScreen, CutsNoFigureAndSaysWhereANameOrAnAddressIsCut) {
  auto state = busy();
  const char* const address = "[2001:db8:1234:5678:9abc:def0:1234:5678]:50000";
  take(state, app::ViewerJoined{1234, "Ben of the long name", path_from(address)}, state.now);
  state.selected = 1234;
  app::HostStats stats;
  stats.viewers = {{1234, path_from(address), 123'400'000, 10'000ms, 12'345ms, 12'345, 0}};
  take(state, stats, state.now + 10h);
  EXPECT_THAT(
      lines_of(state, {140, 24}),
      Contains(StartsWith(">1234 Ben of the long name [2001:db8:1234:5678:9abc:def0:1234:5678] direct "
                          "123.4M 10000ms 12345ms 12345 10:00:00 ")));
  EXPECT_THAT(lines_of(state, {100, 24}),
              Contains(StartsWith(">1234 Ben of the long name [2001:db8:1234:5678:… direct")));
  EXPECT_THAT(lines_of(state, kUsual),
              Contains(">1234 Ben of th… [2001:db8:1234… direct 123.4M 10000ms 12345ms 12345 10:00:00"));
}

TEST(LiveScreen, ShowsTheLinkOfBrowsersBelowTheTicket) {
  auto state = busy();
  take(state, app::LinkReady{{{"http://192.0.2.1:9/#pp1aaa", false}, {"http://10.0.0.1:9/#pp1aaa", true}}},
       state.now);
  const auto lines = lines_of(state, kUsual);
  EXPECT_EQ(lines[8], "for a browser (w copies it): http://192.0.2.1:9/#pp1aaa");
  EXPECT_THAT(lines[22] + lines[23], HasSubstr("w link"));
  EXPECT_THAT(lines_of(busy(), kUsual), testing::Not(Contains(HasSubstr("w link"))));
  EXPECT_THAT(lines_of(busy(), kUsual), testing::Not(Contains(HasSubstr("·  ·")))) << "of no key";
}

TEST(LiveScreen, SaysWhoDoesNotGetThePictureAsItIsMade) {
  auto state = busy();
  state.viewers[0].stats->is_left_behind = true;
  state.viewers[0].stats->line_bps = 400'000;
  state.viewers[1].stats->is_left_behind = true;
  state.viewers[1].stats->is_player_slow = true;
  EXPECT_THAT(lines_of(state, kUsual),
              Contains("viewers: 2 of 2; 1: left behind, line 0.4M; 12: slow player"));
}

TEST(LiveScreen, NamesThreeOfManyWhoDoNotGetThePictureAsItIsMade) {
  auto state = busy();
  state.viewers[0].stats->is_player_slow = true;
  state.viewers.resize(8, state.viewers[0]);
  for (std::size_t i = 0; i < state.viewers.size(); ++i)
    state.viewers[i].number = static_cast<std::uint32_t>(i) + 1;
  state.viewers[1].stats->is_player_slow = false;
  state.viewers[1].stats->is_left_behind = false;
  EXPECT_THAT(lines_of(state, kUsual), Contains("viewers: 8 of 2; 1: slow player; 3: slow player; "
                                                "4: slow player; and 4 more"));
}

TEST(LiveScreen, ShowsHowLoudTheSoundIsAndSaysSilence) {
  auto state = busy();
  state.audio = AudioLevel{.rms_db = -30, .peak_db = -27};
  EXPECT_EQ(lines_of(state, kUsual)[2], "sound: applications  ▮▮▮▮▮▮▮▮▮▮▯▯▯▯▯▯▯▯▯▯  -30 dB  130 kbit/s");
  EXPECT_THAT(lines_of(state, {70, 12})[1], HasSubstr("sound: applications -30 dB"));
  state.audio = AudioLevel{.rms_db = 0, .peak_db = 0};
  EXPECT_EQ(lines_of(state, kUsual)[2], "sound: applications  ▮▮▮▮▮▮▮▮▮▮▮▮▮▮▮▮▮▮▮▮  0 dB  130 kbit/s");
  state.audio = AudioLevel{};
  EXPECT_EQ(lines_of(state, kUsual)[2], "sound: applications  ▯▯▯▯▯▯▯▯▯▯▯▯▯▯▯▯▯▯▯▯  silence  130 kbit/s");
  EXPECT_THAT(lines_of(state, {70, 12})[1], HasSubstr("sound: applications silence"));
  auto none = screen();
  none.audio = "none";
  take(state, app::Sharing{none}, state.now);
  EXPECT_EQ(lines_of(state, kUsual)[2], "no sound");
}

TEST(LiveScreen, SaysWhyItDoesNotShowHowLoudTheSoundIsWhileNobodyWatches) {
  LiveState state;
  take(state, app::Sharing{screen()}, Instant());
  EXPECT_EQ(lines_of(state, kUsual)[2], "sound: applications (how loud is seen once somebody watches)");
  state.audio = AudioLevel{};  // an engine hears it
  EXPECT_THAT(lines_of(state, kUsual)[2], EndsWith("silence"));
}

TEST(LiveScreen, ShowsTheBitrateItsCapAndWhatALineLeavesOfIt) {
  auto state = busy();
  EXPECT_THAT(lines_of(state, kUsual)[1], HasSubstr("5.1 Mbit/s of 6.0 Mbit/s  CPU"));
  state.stats->target_bps = 5'300'000;
  state.stats->limited_by = "line of viewer 1";
  EXPECT_THAT(lines_of(state, kUsual)[1], HasSubstr("5.1 Mbit/s of 5.3 Mbit/s, cap 6.0 Mbit/s  CPU"));
  state.stats->limited_by = "fixed";
  EXPECT_THAT(lines_of(state, kUsual)[1], HasSubstr("5.1 Mbit/s, fixed at 6.0 Mbit/s  CPU"));
}

TEST(LiveScreen, SetsThePicturesBitrateAgainstItsCapAndShowsTheSoundsApart) {
  auto state = busy();
  state.stats->bitrate_bps = 6'700'000;
  state.stats->picture_bps = 5'900'000;
  state.audio = AudioLevel{.rms_db = -30, .peak_db = -27};
  EXPECT_THAT(lines_of(state, kUsual)[1], HasSubstr("  5.9 Mbit/s of 6.0 Mbit/s"));
  EXPECT_THAT(lines_of(state, kUsual)[2], EndsWith("-30 dB  130 kbit/s"));
  state.stream->bitrate_bps = 0;
  EXPECT_THAT(lines_of(state, kUsual)[1], HasSubstr("  6.7 Mbit/s  CPU")) << "of what somebody else encodes";
}

TEST(LiveScreen, LeavesOutWhatMattersLeastInASmallWindow) {
  const auto lines = lines_of(busy(), kSmall);
  ASSERT_THAT(lines, SizeIs(12));
  EXPECT_EQ(lines[0], "pixelpass shares portal 1920x1080");
  EXPECT_THAT(lines, Contains(StartsWith("ticket (c copies it): pp1aaa")));
  EXPECT_THAT(lines, Contains(StartsWith(" >1 Ben        direct   5.0M   40ms")));
  EXPECT_THAT(lines[10] + lines[11], HasSubstr("q quit"));
}

TEST(LiveScreen, SaysWhereATicketALinkOrALineIsCut) {
  auto state = busy();
  state.links = {{"http://192.0.2.1:48106/#" + state.ticket->ticket, {}}};
  state.lines = {std::string(100, 'x')};
  const auto text = whole(state, kUsual);
  EXPECT_THAT(text, testing::ContainsRegex("browser.*aaa…\n"));
  EXPECT_THAT(text, testing::ContainsRegex("xxx…\n"));
  EXPECT_THAT(text, HasSubstr("pp1" + std::string(77, 'a') + "\n")) << "a line of a ticket that is whole";
  const auto small = lines_of(state, kSmall);
  EXPECT_THAT(small, Contains("ticket (c copies it): pp1" + std::string(14, 'a') + "…"));
  EXPECT_THAT(small, Contains("friends reach you from anywhere: your …"));
}

TEST(LiveScreen, IsOneLineWhereNothingElseFits) {
  const auto lines = lines_of(busy(), {18, 3});
  EXPECT_EQ(lines[0], "pixelpass: 2 watch");
}

TEST(LiveScreen, FitsEachSize) {
  for (int width = 1; width < 130; width += 3)
    for (int height = 1; height < 40; height += 2)
      EXPECT_THAT(lines_of(busy(), {width, height}), SizeIs(static_cast<std::size_t>(height)));
}

TEST(LiveScreen, HasNoColoursWhereNoneAreWanted) {
  auto state = busy();
  state.locked = true;
  const std::regex colour("\x1b\\[(3[0-7]|9[0-7]|[34]8;[0-9;]*)m");
  EXPECT_TRUE(std::regex_search(painted(live_screen(state, kUsual, true), kUsual), colour));
  EXPECT_FALSE(std::regex_search(painted(live_screen(state, kUsual, false), kUsual), colour));
}

TEST(LiveScreen, SaysWhatTheUserHasChangedAndWhatTheKeyDoesNow) {
  auto state = busy();
  state.locked = state.muted = true;
  take(state, app::Paused{"on request"}, state.now);
  const auto text = whole(state, kUsual);
  for (const char* words : {"paused (on request)", "LOCKED MUTED", "l unlock", "p go on", "m unmute"})
    EXPECT_THAT(text, HasSubstr(words));
}

TEST(LiveScreen, BeginsBeforeAnythingIsKnown) {
  const auto lines = lines_of(LiveState(), kUsual);
  EXPECT_EQ(lines[0], "pixelpass is starting");
  EXPECT_THAT(lines, Contains("the ticket is being made"));
  EXPECT_THAT(lines, Contains("nobody watches yet"));
}

TEST(LiveScreen, ShowsTheNewestLinesAndNoticesOnLinesOfTheirOwn) {
  auto state = busy();
  for (int i = 0; i < 200; ++i) say(state, "line " + std::to_string(i));
  take(state, app::Notice{"something is odd", "do this"}, state.now);
  const auto text = whole(state, kUsual);
  EXPECT_THAT(text, HasSubstr("line 199\nsomething is odd\n  do this\n"));
  EXPECT_THAT(text, Not(HasSubstr("line 150\n")));
  EXPECT_THAT(text, HasSubstr("viewers: 2"));
}

TEST(LiveScreen, ShowsALongHintToItsEndWhereWhatToTypeIs) {
  auto state = busy();
  take(state,
       app::Notice{"the screen has gone away", "where it does not come back: systemctl --user restart " +
                                                   std::string("pipewire wireplumber xdg-desktop-portal")},
       state.now);
  EXPECT_THAT(whole(state, kUsual),
              HasSubstr("the screen has gone away\n"
                        "  where it does not come back: systemctl --user restart pipewire wireplumber\n"
                        "  xdg-desktop-portal\n"));
  for (int i = 0; i < 40; ++i) say(state, std::string(60, 'x') + " " + std::string(60, 'y'));
  const auto text = whole(state, kUsual);
  EXPECT_THAT(text, HasSubstr("yy\n" + std::string(60, 'x') + "\n" + std::string(60, 'y') + "\n"));
  EXPECT_THAT(text, HasSubstr("viewers: 2"));
}

TEST(LiveScreen, KeepsTheChosenViewerInSightAmongMany) {
  LiveState state;
  for (std::uint32_t i = 1; i <= 50; ++i) take(state, app::ViewerJoined{i, "", {}}, Instant());
  state.selected = 40;
  EXPECT_THAT(whole(state, kUsual), HasSubstr("\n>40"));
  EXPECT_THAT(whole(state, kUsual), Not(HasSubstr("\n 41")));
  state.selected = 1;
  EXPECT_THAT(whole(state, kUsual), HasSubstr("\n >1"));
}

TEST(LiveScreen, ShowsNothingOfAPasteThatATerminalWouldObey) {
  LiveState state;
  state.prompt = LivePrompt::kReply;
  state.typed = "a\x1b[2J\x07";
  const auto text = painted(live_screen(state, kUsual, true), kUsual);
  EXPECT_THAT(text, Not(HasSubstr("\x1b[2J")));
  EXPECT_THAT(text, Not(HasSubstr("\x07")));
}

TEST(LiveScreen, ShowsInSmallWindowsToWhatAnAnswerIsWanted) {
  auto state = busy();
  state.prompt = LivePrompt::kBitrate;
  state.typed = "fixed:2M";
  for (const ScreenSize size : {kUsual, kSmall, ScreenSize{20, 5}})
    EXPECT_THAT(whole(state, size), HasSubstr("fixed:2M_")) << size.width;
  state.prompt = LivePrompt::kReply;
  state.typed = "ppr" + std::string(60, 'a') + "end";
  for (const ScreenSize size : {kUsual, kSmall, ScreenSize{20, 5}})
    EXPECT_THAT(whole(state, size), HasSubstr("aend_")) << size.width;
  state.prompt = LivePrompt::kNewTicket;
  for (const ScreenSize size : {kUsual, kSmall, ScreenSize{20, 5}})
    EXPECT_THAT(whole(state, size), HasSubstr("goes (g)?")) << size.width;
  state.prompt = LivePrompt::kKick;
  state.viewers.front().name = "Anna " + std::string(50, 'n');
  state.asked_about = state.viewers.front().number;
  for (const ScreenSize size : {kUsual, ScreenSize{60, 20}, kSmall, ScreenSize{20, 5}})
    EXPECT_THAT(std::regex_replace(whole(state, size), std::regex("\n"), " "), HasSubstr("y or n"))
        << size.width;
}

TEST(LiveScreen, ShowsABrowsersLinkAsAQrCodeWhereThereIsRoom) {
  auto state = busy();
  take(state, app::LinkReady{{{"http://192.168.100.200:45678/#pp1" + std::string(160, 'a'), true}}},
       state.now);
  state.shows_qr = true;
  EXPECT_THAT(whole(state, {80, 30}), HasSubstr("a phone's camera opens it in a browser"));
  const auto lines = lines_of(state, kUsual);
  EXPECT_THAT(lines[23], StartsWith("any key goes back")) << "the ticket's, which is smaller";
}

TEST(LiveScreen, ShowsALongTicketAsAQrCodeInTheUsualWindow) {
  auto state = busy();
  state.shows_qr = true;
  const auto lines = lines_of(state, kUsual);
  const int blank = static_cast<int>(lines[0].find("█"));
  EXPECT_EQ(ftxui::string_width(lines[0]) - blank, 45);  // 41 modules and what is blank around
  EXPECT_THAT(lines[1], HasSubstr("██ ▄▄▄▄▄ █"));        // the corner that a reader looks for
  EXPECT_THAT(lines[22], Not(HasSubstr("▄▄▄▄▄")));
  EXPECT_EQ(lines[23], "any key goes back");
  const auto small = lines_of(state, kSmall);
  EXPECT_EQ(small[0], "the QR code needs a window of 45 by 24;");
  EXPECT_EQ(small[1], "any key goes back");
}

TEST(Sparkline, IsAsHighAsTheLagAndShowsTheNewest) {
  EXPECT_EQ(sparkline({0ms, 100ms, 200ms}, 10), "▁▄█");
  EXPECT_EQ(sparkline({0ms, 100ms, 200ms}, 2), "▄█");
  EXPECT_EQ(sparkline({100ms, 1000ms}, 10), "▁█");  // the longest is the highest
  EXPECT_EQ(sparkline({}, 10), "");
}

}  // namespace
}  // namespace pixelpass::cli
