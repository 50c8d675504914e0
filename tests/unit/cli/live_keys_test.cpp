#include "cli/tui/live_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::cli {
namespace {

using app::ControlCommand;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = Key::Kind;

const Key kEscapeKey{Kind::kEscape};
const Key kEnterKey{Kind::kEnter};

/// What a key has the host do, as one would type it.
std::string words(const LiveAction& action) {
  const auto* request = std::get_if<app::ControlRequest>(&action);
  if (std::holds_alternative<CopyLink>(action)) return "copy link";
  if (request == nullptr) return "copy";
  std::string text(name_of(request->command));
  if (request->viewer != 0) text += " " + std::to_string(request->viewer);
  if (request->bitrate_bps != 0) text += " " + std::to_string(request->bitrate_bps);
  if (request->command == ControlCommand::kShow) text += " " + std::to_string(request->source);
  if (request->fixed) text += " fixed";
  if (!request->code.empty()) text += " " + request->code;
  if (request->cancel) text += " --cancel";
  if (request->renew) text += " --new";
  return text + (request->kick ? " --kick" : "");
}

struct View {
  LiveState state;
  std::vector<std::string> press(const Key& key) {
    std::vector<std::string> done;
    for (const auto& action : cli::press(state, key)) done.push_back(words(action));
    return done;
  }
  std::vector<std::string> press(const std::string& keys) {
    std::vector<std::string> done;
    for (const char c : keys)
      for (auto& one : press({Kind::kText, std::string(1, c)})) done.push_back(std::move(one));
    return done;
  }
};

View with_viewers(std::initializer_list<std::uint32_t> numbers) {
  View view;
  for (const auto number : numbers) take(view.state, app::ViewerJoined{number, "", {}}, Instant());
  return view;
}

TEST(LiveKeys, DoWhatTheirCommandDoes) {
  for (const auto& [key, command] : std::vector<std::pair<std::string, std::string>>{{"c", "copy"},
                                                                                     {"w", "copy link"},
                                                                                     {"l", "lock"},
                                                                                     {"p", "pause"},
                                                                                     {"m", "mute"},
                                                                                     {"s", "screen"},
                                                                                     {"q", "stop"},
                                                                                     {"n", "ticket --new"}})
    EXPECT_THAT(View().press(key), ElementsAre(command)) << key;
  EXPECT_THAT(View().press("xyz \x01"), IsEmpty());
}

TEST(LiveKeys, UndoWhatTheyHaveDone) {
  View view;
  view.state.locked = view.state.muted = true;
  view.state.paused = "on request";
  EXPECT_THAT(view.press("lmp"), ElementsAre("unlock", "unmute", "resume"));
  view.state.paused = "no viewers";  // that is not the user's
  EXPECT_THAT(view.press("p"), ElementsAre("pause"));
}

TEST(LiveKeys, TakeBackTheChoiceOfAScreenWhileTheDesktopAsks) {
  View view;
  EXPECT_THAT(view.press(kEscapeKey), IsEmpty());
  view.state.choosing_screen = true;
  EXPECT_THAT(view.press("s"), ElementsAre("screen --cancel"));
  EXPECT_THAT(view.press(kEscapeKey), ElementsAre("screen --cancel"));
  view.press("k");
  EXPECT_THAT(view.press("b"), IsEmpty());
  EXPECT_THAT(view.press(kEscapeKey), IsEmpty()) << "it leaves what is asked for";
}

TEST(LiveKeys, ShowEachOfSeveralAloneAndThenAllOfThemAgain) {
  View view;
  EXPECT_THAT(view.press("o"), IsEmpty()) << "it has not begun";
  view.state.stream.emplace();
  EXPECT_THAT(view.press("o"), IsEmpty()) << "there is one";
  view.state.stream->sources = 2;
  for (const auto* next : {"show 1", "show 2", "show 0"}) {
    EXPECT_THAT(view.press("o"), ElementsAre(next));
    view.state.stream->shown = (view.state.stream->shown + 1) % 3;
  }
}

TEST(LiveKeys, KickWhoIsChosenOnceThatIsConfirmed) {
  View view = with_viewers({1, 4, 7});
  EXPECT_THAT(view.press("k"), IsEmpty());
  EXPECT_THAT(view.press("kq"), IsEmpty());  // no answers to that
  EXPECT_THAT(view.press("y"), ElementsAre("kick 1"));
  EXPECT_THAT(view.press("kn"), IsEmpty());
  view.press("k");
  EXPECT_THAT(view.press(kEscapeKey), IsEmpty());
  view.press(Key{Kind::kDown});
  EXPECT_THAT(view.press("ky"), ElementsAre("kick 4"));
  for (int i = 0; i < 5; ++i) view.press(Key{Kind::kDown});
  EXPECT_THAT(view.press("ky"), ElementsAre("kick 7"));
  EXPECT_THAT(View().press("ky"), IsEmpty());
}

TEST(LiveKeys, KickNobodyInPlaceOfWhoHasLeft) {
  View view = with_viewers({1, 4});
  view.press("k");
  take(view.state, app::ViewerLeft{1, "", {}, "left"}, Instant());
  EXPECT_THAT(view.press("y"), IsEmpty());
  EXPECT_THAT(view.press("ky"), ElementsAre("kick 4"));
}

TEST(LiveKeys, AskWhetherWhoWatchesStaysBeforeThereIsANewTicket) {
  View view = with_viewers({1, 4});
  EXPECT_THAT(view.press("n"), IsEmpty());
  EXPECT_THAT(view.press("kq"), IsEmpty());  // no answers to that
  EXPECT_THAT(view.press("s"), ElementsAre("ticket --new"));
  EXPECT_THAT(view.press("ng"), ElementsAre("ticket --new --kick"));
  view.press("n");
  EXPECT_THAT(view.press(kEscapeKey), IsEmpty());
  EXPECT_THAT(view.press("q"), ElementsAre("stop"));
}

TEST(LiveKeys, AreTextWhereABitrateIsAskedFor) {
  View view;
  EXPECT_THAT(view.press("b3x"), IsEmpty());
  view.press(Key{Kind::kBackspace});
  EXPECT_THAT(view.press("M"), IsEmpty());
  EXPECT_EQ(view.state.typed, "3M");
  EXPECT_THAT(view.press(kEnterKey), ElementsAre("bitrate 3000000"));
  view.press("bfixed:800k");
  EXPECT_THAT(view.press(kEnterKey), ElementsAre("bitrate 800000 fixed"));
  view.press("b3m");
  EXPECT_THAT(view.press(kEnterKey), ElementsAre("bitrate 3000000"));
  view.press("bquick");
  EXPECT_THAT(view.press(kEnterKey), IsEmpty());
  EXPECT_THAT(view.state.lines.back(), HasSubstr("\"quick\" is no bitrate"));
  view.press("b9M");
  view.press(kEscapeKey);
  EXPECT_THAT(view.press(kEnterKey), IsEmpty());
  EXPECT_THAT(view.press("q"), ElementsAre("stop"));
}

TEST(LiveKeys, TakeAReplyCodeThatIsPastedAndNothingElse) {
  View view;
  EXPECT_THAT(view.press(Key{Kind::kPaste, "ppr1abc\n"}), ElementsAre("reply ppr1abc\n"));
  EXPECT_THAT(view.press(Key{Kind::kPaste, "quit"}), IsEmpty());
  EXPECT_THAT(view.state.lines.back(), HasSubstr("no reply code"));
  view.press("r");
  EXPECT_THAT(view.press(Key{Kind::kPaste, "ppr1abc\n"}), IsEmpty());
  EXPECT_THAT(view.press(kEnterKey), ElementsAre("reply ppr1abc"));
}

TEST(LiveKeys, ShowTheTicketAsAQrCodeUntilAnyIsPressed) {
  View view;
  view.press("t");
  EXPECT_FALSE(view.state.shows_qr);  // there is none yet
  take(view.state, app::TicketReady{"pp1abc", {}, app::Reachability::kLan, "", ""}, Instant());
  view.press("t");
  EXPECT_TRUE(view.state.shows_qr);
  EXPECT_THAT(view.press("q"), IsEmpty());
  EXPECT_FALSE(view.state.shows_qr);
  EXPECT_THAT(view.press("q"), ElementsAre("stop"));
}

TEST(LiveKeys, TakeNoMoreTextThanTheyNeed) {
  View view;
  view.press("r");
  for (int i = 0; i < 1000; ++i) view.press("x");
  EXPECT_LT(view.state.typed.size(), 300U);
}

}  // namespace
}  // namespace pixelpass::cli
