#include "cli/tui/viewer_table.hpp"

#include <ftxui/screen/string.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <sstream>
#include <utility>

namespace pixelpass::cli {
namespace {

using ftxui::Element;
using ftxui::Elements;

constexpr Duration kLate = 200ms;
constexpr int kLeastSparkline = 6;
constexpr std::size_t kTroublesTold = 3;

/// A column as wide as its content, within two limits. Figures (right-aligned) are never cut; names and
/// addresses are, if there is no room.
struct Column {
  const char* name;
  int least;
  int most;
  bool to_the_right;
  std::string (*text)(const LiveState&, const LiveViewer&);
};

std::string short_rate(std::int64_t bits_per_second) {
  constexpr double kMega = 1e6;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1fM", static_cast<double>(bits_per_second) / kMega);
  return text.data();
}

std::string shown_ms(Duration duration) {
  return std::to_string(std::llround(to_ms(duration))) + "ms";
}

/// The duration as "3:07" or "1:02:07".
std::string clock_text(Duration duration) {
  const auto seconds =
      std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(duration).count());
  std::array<char, 48> text{};
  if (seconds < 3600)
    std::snprintf(text.data(), text.size(), "%d:%02d", static_cast<int>(seconds / 60),
                  static_cast<int>(seconds % 60));
  else
    std::snprintf(text.data(), text.size(), "%d:%02d:%02d", static_cast<int>(seconds / 3600),
                  static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return text.data();
}

/// The field of a viewer's statistics, or nothing before there are any.
template <class Field>
std::string measured(const LiveViewer& viewer, Field field) {
  return viewer.stats ? field(*viewer.stats) : std::string();
}

using Stats = app::HostStats::Viewer;

/// The columns in the table's order.
constexpr std::array<Column, 9> kColumns = {{
    {"", 3, 7, true,
     [](const LiveState& state, const LiveViewer& v) {
       return (v.number == state.selected ? ">" : "") + std::to_string(v.number);
     }},
    {"name", 10, 24, false, [](const LiveState&, const LiveViewer& v) { return v.name; }},
    {"address", 15, 41, false,
     [](const LiveState&, const LiveViewer& v) {
       const std::string with_port = v.path.remote.unmapped().to_string();
       return with_port.substr(0, with_port.rfind(':'));
     }},
    {"path", 6, 6, false,
     [](const LiveState&, const LiveViewer& v) {
       return std::string(v.path.is_relayed() ? "relay" : "direct");
     }},
    {"rate", 6, 8, true,
     [](const LiveState&, const LiveViewer& v) {
       return measured(v, [](const Stats& s) { return short_rate(s.bitrate_bps); });
     }},
    {"RTT", 6, 9, true,
     [](const LiveState&, const LiveViewer& v) {
       return measured(v, [](const Stats& s) { return shown_ms(s.rtt); });
     }},
    {"lag", 6, 9, true,
     [](const LiveState&, const LiveViewer& v) {
       return measured(v, [](const Stats& s) { return shown_ms(s.lag); });
     }},
    {"skip", 4, 7, true,
     [](const LiveState&, const LiveViewer& v) {
       return measured(v, [](const Stats& s) { return std::to_string(s.skipped_groups); });
     }},
    {"time", 7, 10, true,
     [](const LiveState& state, const LiveViewer& v) { return clock_text(state.now - v.since); }},
}};
/// The columns that can be left out if there is no room, the first first.
constexpr std::array<std::size_t, 6> kDispensable = {7, 2, 5, 8, 3, 4};
static_assert(kColumns[7].name[0] == 's' && kColumns[4].name[0] == 'r');
/// The columns that can be cut, in the order in which they get the remaining room.
constexpr std::array<std::size_t, 2> kCut = {1, 2};
static_assert(kColumns[2].name[0] == 'a' && kColumns[1].name[0] == 'n');

struct Shape {
  std::array<int, kColumns.size()> widths{};  ///< 0: not shown
  int sparkline = 0;                          ///< columns; 0: none
};

int width_of(const Shape& shape) {
  int width = 0;
  for (const int one : shape.widths) width += one > 0 ? one + 1 : 0;
  return width;
}

/// The column's width at which nothing is cut.
int whole_width(const Column& column, const LiveState& state) {
  int width = column.least;
  for (const auto& viewer : state.viewers)
    width = std::max(width, ftxui::string_width(column.text(state, viewer)));
  return std::min(width, column.most);
}

Shape fit(const LiveState& state, int width) {
  Shape shape;
  for (std::size_t i = 0; i < kColumns.size(); ++i)
    shape.widths.at(i) =
        kColumns.at(i).to_the_right ? whole_width(kColumns.at(i), state) : kColumns.at(i).least;
  for (const auto column : kDispensable)
    if (width_of(shape) > width) shape.widths.at(column) = 0;
  for (const auto column : kCut) {
    int& own = shape.widths.at(column);
    const int room = width - width_of(shape) - kLeastSparkline;
    if (own > 0) own += std::clamp(whole_width(kColumns.at(column), state) - own, 0, std::max(room, 0));
  }
  const int left = width - width_of(shape);
  if (left >= kLeastSparkline) shape.sparkline = std::min(left, static_cast<int>(LiveState::kLagSeconds));
  return shape;
}

Element cell(const std::string& content, int width, bool to_the_right) {
  if (!to_the_right) return one_line(content, width);
  return ftxui::hbox({ftxui::filler(), ftxui::text(content)}) |
         ftxui::size(ftxui::WIDTH, ftxui::EQUAL, width);
}

Element table_row(const Shape& shape, int width, const std::function<std::string(const Column&)>& text,
                  const std::string& lags) {
  Elements cells;
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto& column = kColumns.at(i);
    if (shape.widths.at(i) == 0) continue;
    cells.push_back(cell(text(column), shape.widths.at(i), column.to_the_right));
    cells.push_back(ftxui::text(" "));
  }
  if (shape.sparkline > 0) cells.push_back(cell(lags, shape.sparkline, false));
  return ftxui::hbox(std::move(cells)) | ftxui::size(ftxui::WIDTH, ftxui::EQUAL, width);
}

/// Why a viewer does not get the full picture; empty: it does.
std::string trouble(const LiveViewer& viewer) {
  if (!viewer.stats) return "";
  const std::string who = "; " + std::to_string(viewer.number);
  if (viewer.stats->is_player_slow) return who + ": slow player";
  return viewer.stats->is_left_behind ? who + ": left behind, line " + short_rate(viewer.stats->line_bps)
                                      : "";
}

/// The troubles of the first few viewers that fit on a line.
std::string troubles(const std::vector<LiveViewer>& viewers) {
  std::string text;
  std::size_t count = 0;
  for (const auto& viewer : viewers)
    if (const auto one = trouble(viewer); !one.empty() && ++count <= kTroublesTold) text += one;
  return count <= kTroublesTold ? text : text + "; and " + std::to_string(count - kTroublesTold) + " more";
}

std::string heading(const LiveState& state) {
  const auto there = state.viewers.size();
  const std::string most = state.max_viewers > 0 ? " of " + std::to_string(state.max_viewers) : "";
  if (there == 0) return "nobody watches yet";
  return "viewers: " + std::to_string(there) + most + troubles(state.viewers);
}

/// The first row to show, so that the selected one is visible.
std::size_t first_shown(const LiveState& state, std::size_t rows) {
  const auto at = std::ranges::find(state.viewers, state.selected, &LiveViewer::number);
  const auto selected = static_cast<std::size_t>(at - state.viewers.begin());
  return selected < rows ? 0 : std::min(selected, state.viewers.size() - 1) - rows + 1;
}

Element viewer_row(const LiveState& state, const LiveViewer& viewer, const Shape& shape, int width) {
  const auto text = [&](const Column& column) { return column.text(state, viewer); };
  const Element row = table_row(shape, width, text, sparkline(viewer.lags, shape.sparkline));
  return viewer.number == state.selected ? row | ftxui::inverted : row;
}

}  // namespace

ftxui::Elements viewer_table(const LiveState& state, int width, std::size_t room) {
  constexpr std::size_t kAbove = 2;
  Elements rows;
  if (room == 0) return rows;
  rows.push_back(ftxui::text(heading(state)) | ftxui::bold);
  if (state.viewers.empty() || room <= kAbove) return rows;
  const Shape shape = fit(state, width);
  const auto name = [](const Column& column) { return std::string(column.name); };
  rows.push_back(table_row(shape, width, name, shape.sparkline < 16 ? "lag" : "lag, last minute") |
                 ftxui::dim);
  const std::size_t shown = std::min(room - kAbove, state.viewers.size());
  const auto first = first_shown(state, shown);
  for (std::size_t at = first; at < first + shown; ++at)
    rows.push_back(viewer_row(state, state.viewers[at], shape, width));
  return rows;
}

std::string sparkline(const std::deque<Duration>& values, int width) {
  static constexpr std::array<const char*, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const auto count = std::min(values.size(), static_cast<std::size_t>(std::max(width, 0)));
  Duration most = kLate;
  for (auto at = values.size() - count; at < values.size(); ++at) most = std::max(most, values[at]);
  std::string text;
  for (auto at = values.size() - count; at < values.size(); ++at) {
    const auto height =
        std::max(values[at], Duration::zero()) * static_cast<std::int64_t>(kBlocks.size() - 1) / most;
    text += kBlocks.at(static_cast<std::size_t>(height));
  }
  return text;
}

Element one_line(const std::string& text, int width) {
  const auto columns = [](int count) { return ftxui::size(ftxui::WIDTH, ftxui::EQUAL, count); };
  if (ftxui::string_width(text) <= width) return ftxui::text(text) | columns(width);
  return ftxui::hbox({ftxui::text(text) | columns(width - 1), ftxui::text("…")});
}

std::vector<std::string> wrapped(const std::vector<std::string>& parts, const std::string& between,
                                 int width) {
  std::vector<std::string> lines;
  for (const auto& part : parts) {
    const int had = lines.empty() ? width : ftxui::string_width(lines.back() + between);
    if (had + ftxui::string_width(part) > width)
      lines.push_back(part);
    else
      lines.back() += between + part;
  }
  return lines;
}

std::vector<std::string> wrapped(const std::string& text, int width) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return wrapped(words, " ", width);
}

}  // namespace pixelpass::cli
