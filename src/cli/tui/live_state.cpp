#include "cli/tui/live_state.hpp"

#include "pixelpass/base/clean_text.hpp"
#include "pixelpass/cli/event_sinks.hpp"

#include <algorithm>
#include <variant>

namespace pixelpass::cli {
namespace {

LiveViewer* find_viewer(LiveState& state, std::uint32_t number) {
  const auto found = std::ranges::find(state.viewers, number, &LiveViewer::number);
  return found == state.viewers.end() ? nullptr : &*found;
}

struct Taker {
  LiveState& state;

  void operator()(const app::TicketReady& event) const { state.ticket = event; }
  void operator()(const app::LinkReady& event) const { state.links = event.links; }
  void operator()(const app::Sharing& event) const {
    state.stream = event.stream;
    state.paused.reset();
  }
  void operator()(const app::Paused& event) const { state.paused = event.reason; }
  void operator()(const app::ViewerJoined& event) const {
    if (find_viewer(state, event.viewer) != nullptr) return;
    state.viewers.push_back({event.viewer, event.name, event.path, state.now, std::nullopt, {}});
    std::ranges::sort(state.viewers, {}, &LiveViewer::number);
    if (state.selected == 0) state.selected = event.viewer;
    say(state, human_text(event));
  }
  void operator()(const app::ViewerLeft& event) const {
    std::erase_if(state.viewers, [&](const auto& viewer) { return viewer.number == event.viewer; });
    if (state.selected == event.viewer)
      state.selected = state.viewers.empty() ? 0 : state.viewers.front().number;
    say(state, human_text(event));
  }
  void operator()(const app::PathChanged& event) const {
    if (auto* viewer = find_viewer(state, event.viewer.value_or(0))) viewer->path = event.to;
    say(state, human_text(event));
  }
  void operator()(const app::HostStats& event) const {
    state.stats = event;
    for (const auto& measured : event.viewers) {
      auto* viewer = find_viewer(state, measured.viewer);
      if (viewer == nullptr) continue;
      viewer->stats = measured;
      viewer->path = measured.path;
      viewer->lags.push_back(measured.lag);
      if (viewer->lags.size() > LiveState::kLagSeconds) viewer->lags.pop_front();
    }
  }
  void operator()(const auto& event) const { say(state, human_text(event)); }
};

}  // namespace

void take(LiveState& state, const app::Event& event, Instant now) {
  state.now = now;
  std::visit(Taker{state}, event);
}

void say(LiveState& state, const std::string& raw) {
  const std::string text = clean_lines(raw);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (end > at) state.lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  while (state.lines.size() > LiveState::kMaxLines) state.lines.pop_front();
}

}  // namespace pixelpass::cli
