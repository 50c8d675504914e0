#include "cli/tui/live_keys.hpp"

#include "pixelpass/ticket/reply_code.hpp"

#include "cli/quantities.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace pixelpass::cli {
namespace {

using app::ControlCommand;
using app::ControlRequest;
using Actions = std::vector<LiveAction>;

/// The most characters that can be typed; a reply code has fewer.
constexpr std::size_t kMaxTyped = 256;

ControlRequest request(ControlCommand command) {
  ControlRequest made;
  made.command = command;
  return made;
}

Actions ask(ControlCommand command) {
  return {request(command)};
}

ControlRequest kick(std::uint32_t viewer) {
  auto made = request(ControlCommand::kKick);
  made.viewer = viewer;
  return made;
}

Actions reply(std::string code) {
  auto made = request(ControlCommand::kReply);
  made.code = std::move(code);
  return {std::move(made)};
}

Actions set_bitrate(const AskedBitrate& asked) {
  auto made = request(ControlCommand::kBitrate);
  made.bitrate_bps = asked.bits_per_second;
  made.fixed = asked.is_fixed;
  return {std::move(made)};
}

/// `staying`: viewers stay; otherwise they are kicked.
Actions new_ticket(bool staying) {
  auto renewal = request(ControlCommand::kTicket);
  renewal.renew = true;
  renewal.kick = !staying;
  return {std::move(renewal)};
}

void open(LiveState& state, LivePrompt prompt) {
  state.prompt = prompt;
  state.typed.clear();
}

void select_next(LiveState& state, int step) {
  const auto at = std::ranges::find(state.viewers, state.selected, &LiveViewer::number);
  if (at == state.viewers.end()) return;
  const auto last = static_cast<std::ptrdiff_t>(state.viewers.size()) - 1;
  const auto next = std::clamp<std::ptrdiff_t>(at - state.viewers.begin() + step, 0, last);
  state.selected = state.viewers[static_cast<std::size_t>(next)].number;
}

/// Asks nothing if nobody watches, since the answer would make no difference.
Actions ask_for_new_ticket(LiveState& state) {
  if (state.viewers.empty()) return new_ticket(true);
  open(state, LivePrompt::kNewTicket);
  return {};
}

/// Asks before a kick: the kicked do not come back by themselves, and the viewer that was meant may just have
/// left.
Actions ask_for_kick(LiveState& state) {
  if (state.selected == 0) {
    say(state, "nobody watches");
    return {};
  }
  open(state, LivePrompt::kKick);
  state.asked_about = state.selected;
  return {};
}

/// Shows all sources, then each alone.
Actions show_next(const LiveState& state) {
  if (!state.stream || state.stream->sources < 2) return {};
  const int next = (state.stream->shown + 1) % (state.stream->sources + 1);
  return {ControlRequest{.command = ControlCommand::kShow,
                         .viewer = 0,
                         .code = "",
                         .bitrate_bps = 0,
                         .renew = false,
                         .source = next}};
}

/// Begins the choice of another screen, or cancels it if it is under way.
Actions choose_screen(const LiveState& state) {
  auto made = request(ControlCommand::kScreen);
  made.cancel = state.choosing_screen;
  return {std::move(made)};
}

Actions press_letter(LiveState& state, char letter) {
  const bool paused_by_user = state.paused == "on request";
  switch (letter) {
    case 'c':
      return {CopyTicket{}};
    case 'w':
      return {CopyLink{}};
    case 'k':
      return ask_for_kick(state);
    case 'l':
      return ask(state.locked ? ControlCommand::kUnlock : ControlCommand::kLock);
    case 'n':
      return ask_for_new_ticket(state);
    case 'p':
      return ask(paused_by_user ? ControlCommand::kResume : ControlCommand::kPause);
    case 'm':
      return ask(state.muted ? ControlCommand::kUnmute : ControlCommand::kMute);
    case 'o':
      return show_next(state);
    case 'b':
      open(state, LivePrompt::kBitrate);
      return {};
    case 's':
      return choose_screen(state);
    case 't':
      state.shows_qr = state.ticket.has_value();
      return {};
    case 'r':
      open(state, LivePrompt::kReply);
      return {};
    case 'q':
      return ask(ControlCommand::kStop);
    default:
      return {};
  }
}

Actions press_idle(LiveState& state, const Key& key) {
  switch (key.kind) {
    case Key::Kind::kUp:
      select_next(state, -1);
      return {};
    case Key::Kind::kDown:
      select_next(state, +1);
      return {};
    case Key::Kind::kEscape:
      return state.choosing_screen ? choose_screen(state) : Actions{};
    case Key::Kind::kText:
      return key.text.size() == 1 ? press_letter(state, key.text.front()) : Actions{};
    case Key::Kind::kPaste:
      if (looks_like_reply_code(key.text)) return reply(key.text);
      say(state, "what was pasted is no reply code (ppr1…)");
      return {};
    default:
      return {};
  }
}

/// The answer to a question, one of these letters. Other letters are ignored, and any other key cancels the
/// question.
std::optional<char> answer_among(std::string_view letters, LiveState& state, const Key& key) {
  const bool is_answer = key.text.size() == 1 && letters.find(key.text.front()) != std::string_view::npos;
  if (key.kind == Key::Kind::kText && !is_answer) return std::nullopt;
  state.prompt = LivePrompt::kNone;
  return is_answer ? std::optional(key.text.front()) : std::nullopt;
}

Actions press_in_kick(LiveState& state, const Key& key) {
  const bool yes = answer_among("yn", state, key) == 'y';
  const bool is_there =
      std::ranges::find(state.viewers, state.asked_about, &LiveViewer::number) != state.viewers.end();
  return yes && is_there ? Actions{kick(state.asked_about)} : Actions{};
}

/// The answer: present viewers stay, or are kicked.
Actions press_in_new_ticket(LiveState& state, const Key& key) {
  const auto answer = answer_among("sg", state, key);
  return answer ? new_ticket(*answer == 's') : Actions{};
}

Actions enter(LiveState& state) {
  const auto prompt = std::exchange(state.prompt, LivePrompt::kNone);
  const std::string typed = std::exchange(state.typed, {});
  if (typed.empty()) return {};
  if (prompt == LivePrompt::kReply) return reply(typed);
  if (const auto asked = parse_asked_bitrate(typed)) return set_bitrate(*asked);
  say(state, "\"" + typed + "\" is no bitrate; 50k to 1000M are, such as 6M, 800k or fixed:6M");
  return {};
}

/// Removes the last character, which may have several bytes.
void erase_last(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

Actions press_in_text(LiveState& state, const Key& key) {
  switch (key.kind) {
    case Key::Kind::kEnter:
      return enter(state);
    case Key::Kind::kEscape:
      state.prompt = LivePrompt::kNone;
      return {};
    case Key::Kind::kBackspace:
      erase_last(state.typed);
      return {};
    case Key::Kind::kText:
    case Key::Kind::kPaste:
      // Whitespace that a chat has added at the ends is removed.
      for (const char c : key.text)
        if (c != '\n' && c != '\r' && state.typed.size() < kMaxTyped) state.typed += c;
      return {};
    default:
      return {};
  }
}

}  // namespace

std::vector<LiveAction> press(LiveState& state, const Key& key) {
  if (std::exchange(state.shows_qr, false)) return {};
  switch (state.prompt) {
    case LivePrompt::kNone:
      return press_idle(state, key);
    case LivePrompt::kKick:
      return press_in_kick(state, key);
    case LivePrompt::kNewTicket:
      return press_in_new_ticket(state, key);
    case LivePrompt::kBitrate:
    case LivePrompt::kReply:
      return press_in_text(state, key);
  }
  return {};
}

}  // namespace pixelpass::cli
