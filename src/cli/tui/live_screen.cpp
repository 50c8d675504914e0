#include "cli/tui/live_screen.hpp"

#include "pixelpass/base/clean_text.hpp"

#include "cli/quantities.hpp"
#include "cli/tui/qr_code.hpp"
#include "cli/tui/viewer_table.hpp"
#include <ftxui/screen/screen.hpp>
#include <ftxui/screen/string.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <utility>

namespace pixelpass::cli {
namespace {

using ftxui::Element;
using ftxui::Elements;

/// The smallest window in which anything can be read.
constexpr ScreenSize kSmallest{20, 5};
/// From this size on the whole ticket and the keys are shown.
constexpr ScreenSize kRoomy{60, 18};

bool is_roomy(ScreenSize size) {
  return size.width >= kRoomy.width && size.height >= kRoomy.height;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const auto& part : parts) {
    if (part.empty()) continue;
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

std::string shared(const StreamDescription& stream) {
  std::string text = stream.source;
  if (stream.width > 0) text += " " + std::to_string(stream.width) + "x" + std::to_string(stream.height);
  if (stream.shown > 0)
    text += ", " + std::to_string(stream.shown) + " alone of " + std::to_string(stream.sources);
  return text;
}

std::string title(const LiveState& state) {
  if (!state.stream) return "pixelpass is starting";
  if (state.paused) return "pixelpass: paused (" + *state.paused + "), " + shared(*state.stream);
  return "pixelpass shares " + shared(*state.stream);
}

/// The states that the user has changed, to be seen from afar.
std::string flags(const LiveState& state) {
  return join({state.locked ? "LOCKED" : "", state.muted ? "MUTED" : ""}, " ");
}

std::string rounded(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.0f", value);
  return text.data();
}

/// The picture's bitrate, and its limit: the cap, a lower one of a line, or the fixed rate.
std::string rate(const LiveState& state) {
  const auto most = state.stream->bitrate_bps;
  if (!state.stats) return most > 0 ? bitrate_text(most) : "";
  if (most <= 0) return bitrate_text(state.stats->bitrate_bps);
  const auto now = bitrate_text(state.stats->picture_bps);
  if (state.stats->limited_by == "fixed") return now + ", fixed at " + bitrate_text(most);
  const bool is_less = state.stats->target_bps > 0 && state.stats->target_bps < most;
  return now + " of " + (is_less ? bitrate_text(state.stats->target_bps) + ", cap " : "") +
         bitrate_text(most);
}

std::string pictures(const LiveState& state) {
  if (!state.stats || state.paused)
    return state.stream->fps > 0 ? std::to_string(state.stream->fps) + " pictures/s" : "";
  return rounded(state.stats->encode_fps) + " pictures/s";
}

bool has_audio(const LiveState& state) {
  return state.stream && !state.stream->audio.empty() && state.stream->audio != "none";
}

/// The loudness in words, so that silence is noticed.
std::string loudness(const AudioLevel& level) {
  return level.is_silent() ? "silence" : std::to_string(std::lround(level.rms_db)) + " dB";
}

std::string audio(const LiveState& state) {
  if (!has_audio(state)) return "no sound";
  return "sound: " + state.stream->audio + (state.audio ? " " + loudness(*state.audio) : "");
}

/// A meter from -60 dB, which is inaudible beside anything else, to 0, the maximum.
std::string meter(const AudioLevel& level) {
  constexpr double kQuietestDb = -60;
  constexpr int kCells = 20;
  const double share = std::clamp(1 - level.rms_db / kQuietestDb, 0.0, 1.0);
  const auto full = static_cast<int>(std::lround(share * kCells));
  std::string text;
  for (int cell = 0; cell < kCells; ++cell) text += cell < full ? "▮" : "▯";
  return text;
}

std::string audio_line(const LiveState& state) {
  if (has_audio(state) && !state.audio && state.viewers.empty())
    return audio(state) + " (how loud is seen once somebody watches)";
  if (!has_audio(state) || !state.audio) return audio(state);
  const auto bits = state.stats ? state.stats->audio_bps : 0;
  return "sound: " + state.stream->audio + "  " + meter(*state.audio) + "  " + loudness(*state.audio) +
         (bits > 0 ? "  " + bitrate_text(bits) : "");
}

/// The encoding in figures: sound if it has no line of its own, encoder, pictures, bits, and their cost.
std::string figures(const LiveState& state, bool with_audio) {
  if (!state.stream) return "";
  return join({with_audio ? audio(state) : "", state.stream->encoder, pictures(state), rate(state),
               state.stats ? "CPU " + rounded(state.stats->cpu_percent) + " %" : ""},
              "  ");
}

Element coloured(Element element, bool in_colour, ftxui::Color::Palette16 colour) {
  return in_colour ? std::move(element) | ftxui::color(ftxui::Color(colour)) : std::move(element);
}

void add_lines(Elements& rows, const std::vector<std::string>& lines, int width, std::size_t at_most) {
  for (const auto& line : lines) {
    if (at_most-- == 0) return;
    rows.push_back(one_line(line, width));
  }
}

/// `at_most`: of one line or more.
void add_wrapped(Elements& rows, const std::string& text, int width, std::size_t at_most) {
  auto lines = wrapped(text, width);
  if (lines.size() > at_most) lines[at_most - 1] += " …";
  add_lines(rows, lines, width, at_most);
}

/// The end of the text that fits, since that is where it is being typed.
std::string end_of(const std::string& text, int width) {
  const auto glyphs = ftxui::Utf8ToGlyphs(text);
  std::string end;
  int left = width;
  for (auto glyph = glyphs.rbegin(); glyph != glyphs.rend(); ++glyph) {
    left -= ftxui::string_width(*glyph);
    if (left < 0) break;
    end.insert(0, *glyph);
  }
  return end;
}

/// Adds the question with the typed answer, if one has to be typed. If it does not fit, its end is shown,
/// which says what can be pressed.
void add_question(Elements& rows, const std::string& question, const std::string& typed, ScreenSize size) {
  auto lines = wrapped(question, size.width);
  if (!typed.empty()) {
    if (ftxui::string_width(lines.back() + " " + typed) <= size.width)
      lines.back() += " " + typed;
    else
      lines.push_back(end_of(typed, size.width));
  }
  const auto most = static_cast<std::size_t>(size.height);
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - size.height);
  add_lines(rows, lines, size.width, most);
}

/// A ticket's characters are one column each.
void add_ticket(Elements& rows, const LiveState& state, ScreenSize size) {
  if (!state.ticket) return rows.push_back(one_line("the ticket is being made", size.width));
  const auto& ticket = state.ticket->ticket;
  const auto width = static_cast<std::size_t>(size.width);
  if (!is_roomy(size)) return rows.push_back(one_line("ticket (c copies it): " + ticket, size.width));
  rows.push_back(one_line("ticket, for your friend (c copies it):", size.width) | ftxui::bold);
  for (std::size_t at = 0; at < ticket.size(); at += width)
    rows.push_back(one_line(ticket.substr(at, width), size.width));
  if (!state.links.empty())  // its end is the ticket
    rows.push_back(one_line("for a browser (w copies it): " + state.links.front().url, size.width));
}

Elements upper_rows(const LiveState& state, ScreenSize size, bool in_colour) {
  Elements rows;
  const auto shown = flags(state);
  rows.push_back(
      ftxui::hbox({ftxui::text(title(state)) | ftxui::bold | ftxui::xflex,
                   coloured(ftxui::text(shown) | ftxui::inverted, in_colour, ftxui::Color::YellowLight)}) |
      ftxui::size(ftxui::WIDTH, ftxui::EQUAL, size.width));
  rows.push_back(one_line(figures(state, !is_roomy(size)), size.width));
  if (is_roomy(size) && state.stream) rows.push_back(one_line(audio_line(state), size.width));
  if (state.ticket) {
    const std::size_t lines = is_roomy(size) ? 2 : 1;
    add_wrapped(rows, state.ticket->verdict, size.width, lines);
    if (is_roomy(size)) add_wrapped(rows, state.ticket->hint, size.width, lines);
  }
  add_ticket(rows, state, size);
  return rows;
}

std::vector<std::string> what_keys_do(const LiveState& state) {
  const bool paused_by_user = state.paused == "on request";
  std::vector<std::string> keys{"c copy ticket",
                                state.links.empty() ? "" : "w link",
                                "t as QR code",
                                "k kick",
                                state.locked ? "l unlock" : "l lock",
                                "n new ticket",
                                paused_by_user ? "p go on" : "p pause",
                                state.muted ? "m unmute" : "m mute",
                                state.stream && state.stream->sources > 1 ? "o show next" : "",
                                "b bitrate, cap",
                                state.choosing_screen ? "s keep this screen" : "s screen",
                                "r reply code",
                                "q quit"};
  std::erase(keys, "");
  return keys;
}

std::string name_of(const LiveState& state, std::uint32_t number) {
  const auto viewer = std::ranges::find(state.viewers, number, &LiveViewer::number);
  const std::string name = viewer == state.viewers.end() ? "" : clean_text(viewer->name);
  return "viewer " + std::to_string(number) + (name.empty() ? "" : " (" + name + ")");
}

Elements lower_rows(const LiveState& state, ScreenSize size) {
  Elements rows;
  const std::string typed = clean_text(state.typed) + "_";
  switch (state.prompt) {
    case LivePrompt::kKick:
      add_question(rows, "Send " + name_of(state, state.asked_about) + " away for good? y or n", "", size);
      break;
    case LivePrompt::kNewTicket:
      add_question(rows, "New ticket: who watches stays (s) or goes (g)? Esc: keep the old one", "", size);
      break;
    case LivePrompt::kBitrate:
      add_question(rows, "Bitrate: at most, such as 3M; or fixed:3M (Esc: as it is):", typed, size);
      break;
    case LivePrompt::kReply:
      add_question(rows, "Reply code (Esc: none):", typed, size);
      break;
    case LivePrompt::kNone:
      add_lines(rows, wrapped(what_keys_do(state), " · ", size.width), size.width, 4);
      break;
  }
  return rows;
}

/// All of a line, since what to type is often at its end; as far to the right as it begins.
std::vector<std::string> whole_line(const std::string& line, int width) {
  if (ftxui::string_width(line) <= width) return {line};
  const std::string before = line.substr(0, std::min(line.find_first_not_of(' '), line.size()));
  auto parts = wrapped(line, width - static_cast<int>(before.size()));
  for (auto& part : parts) part.insert(0, before);
  return parts;
}

/// The newest that fit, the newest last.
Elements line_rows(const LiveState& state, int width, std::size_t room) {
  std::vector<std::string> shown;
  for (auto line = state.lines.rbegin(); line != state.lines.rend() && shown.size() < room; ++line) {
    const auto parts = whole_line(*line, width);
    shown.insert(shown.begin(), parts.begin(), parts.end());
  }
  shown.erase(shown.begin(), shown.end() - static_cast<std::ptrdiff_t>(std::min(room, shown.size())));
  Elements rows;
  for (const auto& line : shown) rows.push_back(one_line(line, width) | ftxui::dim);
  return rows;
}

std::string in_one_line(const LiveState& state) {
  return "pixelpass: " + std::to_string(state.viewers.size()) + " watch; q quits";
}

/// The QR code of the browsers' link, which is of more use to a phone but larger, or of the ticket.
Element qr_code(const LiveState& state, ScreenSize size, bool in_colour) {
  if (!state.links.empty())
    if (auto link = page_link_as_qr_code(state.links.front().url, size, in_colour)) return *std::move(link);
  return ticket_as_qr_code(state.ticket->ticket, size, in_colour);
}

void append(Elements& rows, Elements more) {
  std::ranges::move(more, std::back_inserter(rows));
}

}  // namespace

ftxui::Element live_screen(const LiveState& state, ScreenSize size, bool in_colour) {
  if (state.shows_qr && state.ticket) return qr_code(state, size, in_colour);
  if (size.width < kSmallest.width || size.height < kSmallest.height)
    return ftxui::text(in_one_line(state)) | ftxui::size(ftxui::WIDTH, ftxui::EQUAL, size.width);
  const auto height = static_cast<std::size_t>(size.height);
  Elements rows = upper_rows(state, size, in_colour);
  Elements below = lower_rows(state, size);
  if (is_roomy(size)) rows.push_back(ftxui::text(""));
  if (state.prompt != LivePrompt::kNone && rows.size() + below.size() > height)
    rows.resize(height - std::min(height, below.size()));
  const std::size_t taken = rows.size() + below.size();
  std::size_t room = height > taken ? height - taken : 0;
  Elements table = viewer_table(state, size.width, room);
  room -= table.size();
  append(rows, std::move(table));
  append(rows, line_rows(state, size.width, room));
  rows.push_back(ftxui::filler());
  append(rows, std::move(below));
  return ftxui::vbox(std::move(rows));
}

std::string painted(const ftxui::Element& element, ScreenSize size) {
  ftxui::Screen screen(size.width, size.height);
  ftxui::Render(screen, element);
  return screen.ToString();
}

}  // namespace pixelpass::cli
