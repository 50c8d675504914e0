#include "cli/tui/live_view.hpp"

#include "pixelpass/base/clean_text.hpp"

#include "cli/tui/live_screen.hpp"
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <utility>
#include <variant>

namespace pixelpass::cli {
namespace {

/// The most lines that are repeated at the end, and that may wait from the log.
constexpr std::size_t kMaxKept = 50;

void keep(std::deque<std::string>& lines, const std::string& text) {
  lines.push_back(text);
  if (lines.size() > kMaxKept) lines.pop_front();
}

/// The variable's value; empty: not set.
std::string set_text(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// What a successful request has changed, if the view does not show it anyway.
std::string done_text(const app::ControlRequest& request) {
  switch (request.command) {
    case app::ControlCommand::kLock:
      return "locked: nobody new comes in";
    case app::ControlCommand::kUnlock:
      return "unlocked: newcomers come in again";
    case app::ControlCommand::kMute:
      return "muted: viewers hear silence";
    case app::ControlCommand::kUnmute:
      return "the sound is shared again";
    case app::ControlCommand::kScreen:
      return request.cancel ? ""
                            : "choose another screen in your desktop's dialog, where it asks; until then "
                              "this one is shared";
    case app::ControlCommand::kTicket:
      return request.kick ? "a new ticket: who watched was sent away, and the old one lets nobody in"
                          : "a new ticket: the old one lets nobody new in";
    default:
      return "";
  }
}

bool is_true_in(const boost::json::object& object, std::string_view key, bool otherwise) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

}  // namespace

LiveViewPlace live_view_place(const CommandLine& line) {
  std::string locale;
  for (const char* name : {"LANG", "LC_CTYPE", "LC_ALL"})  // the last that is set
    if (auto value = set_text(name); !value.empty()) locale = std::move(value);
  const auto* host = std::get_if<app::HostOptions>(&line.command);
  return {.on_terminal = process_environment().on_terminal,
          .term = set_text("TERM"),
          .locale = std::move(locale),
          .json = line.json,
          .plain = line.plain,
          .input_is_source = host != nullptr && host->source == app::SourceKind::kStdin};
}

bool wants_live_view(const LiveViewPlace& place) {
  std::string locale = place.locale;
  std::ranges::transform(locale, locale.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool utf8 = locale.find("utf-8") != locale.npos || locale.find("utf8") != locale.npos;
  return place.on_terminal && !place.json && !place.plain && !place.input_is_source && utf8 &&
         !place.term.empty() && place.term != "dumb";
}

bool wants_colour() {
  return set_text("NO_COLOR").empty();
}

std::unique_ptr<LiveView> LiveView::open(boost::asio::io_context& io, Streams streams,
                                         std::size_t max_viewers) {
  std::unique_ptr<LiveView> view(new LiveView(io, std::move(streams), max_viewers));
  return view->start() ? std::move(view) : nullptr;
}

LiveView::LiveView(boost::asio::io_context& io, Streams streams, std::size_t max_viewers)
    : io_(io), streams_(std::move(streams)), in_colour_(wants_colour()) {
  state_.max_viewers = max_viewers;
}

bool LiveView::start() {
  stderr_.emplace(io_, [this](const std::vector<std::string>& lines) {
    for (const auto& line : lines) take_line(line);
    if (terminal_) show();
  });
  const auto on_key = [this, self = self_](const Key& key) {
    boost::asio::post(io_, [self, key] {
      if (self->view != nullptr) self->view->on_key(key);
    });
  };
  terminal_ = Terminal::open(on_key, stderr_->unread());
  if (!terminal_) return false;
  streams_.divert([this](const std::string& text) { on_diverted(text); });
  show();
  return true;
}

LiveView::~LiveView() {
  streams_.divert(nullptr);
  self_->view = nullptr;
  take_diverted();
  terminal_.reset();
  stderr_.reset();
  for (const auto& line : kept_) streams_.err->write(line + "\n", LineValue::kOrdinary);
  HumanEvents plain(streams_, false);
  for (const auto& event : last_) plain.on(event);
}

void LiveView::on(const app::Event& event) {
  take(state_, event, Clock::now());
  if (std::holds_alternative<app::Notice>(event)) keep(kept_, human_text(event));
  if (std::holds_alternative<app::Failed>(event) || std::holds_alternative<app::Ended>(event))
    last_.push_back(event);
  // Other clients' requests over the control socket, and the end of a choice of screen, change the status.
  if (std::holds_alternative<app::HostStats>(event) || std::holds_alternative<app::Notice>(event))
    learn_status();
  show();
}

void LiveView::attach(Ask ask) {
  ask_ = std::move(ask);
}

void LiveView::on_audio_level(const std::optional<AudioLevel>& level) {
  state_.now = Clock::now();
  state_.audio = level;
  show();
}

void LiveView::on_key(const Key& key) {
  state_.now = Clock::now();
  learn_status();  // a key does what it is said to do now
  for (const auto& action : press(state_, key)) std::visit([this](const auto& what) { apply(what); }, action);
  show();
}

void LiveView::apply(const app::ControlRequest& request) {
  if (!ask_) return;
  ask_(request, [this, request](const auto& answer) { on_answer(request, answer); });
}

void LiveView::on_answer(const app::ControlRequest& request, const Result<boost::json::object>& answer) {
  if (!answer)
    tell(human_text(app::Notice{answer.error().what, answer.error().hint}));
  else
    tell(done_text(request));
  learn_status();
  show();
}

void LiveView::learn_status() {
  if (!ask_) return;
  ask_(app::ControlRequest(), [this](const auto& status) {
    if (!status) return;
    state_.locked = is_true_in(*status, "locked", state_.locked);
    state_.muted = is_true_in(*status, "muted", state_.muted);
    state_.choosing_screen = is_true_in(*status, "choosing_screen", state_.choosing_screen);
  });
}

void LiveView::apply(const CopyTicket&) {
  if (!state_.ticket) return tell("the ticket is not there yet");
  copy("ticket", state_.ticket->ticket);
}

void LiveView::apply(const CopyLink&) {
  if (state_.links.empty()) return tell("there is no link for browsers");
  copy("link", state_.links.front().url);
}

void LiveView::copy(const std::string& name, const std::string& text) {
  copying_.emplace(io_, clipboard_programs(clipboard_place()), text,
                   [this, name, text](const std::string& program) { on_copied(name, text, program); });
}

void LiveView::on_copied(const std::string& name, const std::string& text, const std::string& program) {
  if (program.empty()) {
    terminal_->send(clipboard_sequence(text));
    tell(name + " given to your terminal for its clipboard (OSC 52), which not every terminal takes");
  } else {
    tell(name + " copied to the clipboard (" + program + ")");
  }
  show();
}

void LiveView::tell(const std::string& text) {
  say(state_, text);
}

void LiveView::show() {
  terminal_->show([state = state_, in_colour = in_colour_](ScreenSize size) {
    return painted(live_screen(state, size, in_colour), size);
  });
}

void LiveView::on_diverted(const std::string& text) {
  const std::lock_guard lock(mutex_);
  keep(diverted_, text);
  if (std::exchange(told_of_diverted_, true)) return;
  boost::asio::post(io_, [self = self_] {
    if (self->view == nullptr) return;
    self->view->take_diverted();
    self->view->show();
  });
}

void LiveView::take_diverted() {
  std::deque<std::string> lines;
  {
    const std::lock_guard lock(mutex_);
    lines.swap(diverted_);
    told_of_diverted_ = false;
  }
  for (auto& line : lines) {
    if (line.ends_with('\n')) line.pop_back();
    take_line(line);
  }
}

void LiveView::take_line(const std::string& line) {
  say(state_, line);
  keep(kept_, clean_lines(line));
}

}  // namespace pixelpass::cli
