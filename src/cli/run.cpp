#include "pixelpass/cli/run.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/base/address_space.hpp"
#include "pixelpass/base/inspection.hpp"
#include "pixelpass/base/open_files.hpp"
#include "pixelpass/base/startable_threads.hpp"

#include "cli/config_init.hpp"
#include "cli/read_ticket.hpp"
#include "cli/tui/live_view.hpp"
#include "cli/tui/menu.hpp"
#include <boost/asio/io_context.hpp>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace pixelpass::cli {
namespace {

/// A single thread runs the io_context, so it needs no locks.
constexpr int kOneThread = 1;
constexpr Duration kLastWords = 500ms;

/// A thread that hangs and is left behind uses it even after all else has ended.
struct KeepIfUsed {
  void operator()(boost::asio::io_context* io) const {
    if (!app::Interrupts::leaves_at_end()) std::default_delete<boost::asio::io_context>()(io);
  }
};
using Context = std::unique_ptr<boost::asio::io_context, KeepIfUsed>;

struct Run {
  const CommandLine& line;
  app::EventSink& events;
  const Streams& streams;
  Instant started_at;
  Context io{new boost::asio::io_context(kOneThread)};

  ExitCode operator()(const ShowText& shown) { return print(shown.text); }
  ExitCode operator()(const OpenMenu& menu) {
    const auto run_line = [this](const CommandLine& chosen, app::EventSink& sink) {
      const ExitCode code = run(chosen, sink, streams, Clock::now());
      streams.err->drain(Clock::now() + kLastWords);  // before the menu is drawn over them
      return code;
    };
    if (const auto code = run_menu(line, menu, events, run_line)) return *code;
    return (*this)(ShowText{menu.help});
  }
  ExitCode operator()(const WriteConfig& config) const {
    write_config(config.file, config.text);
    return print(config.file + "\n");
  }
  ExitCode operator()(const app::HostOptions& options) {
    const std::shared_ptr<LiveView> view =
        wants_live_view(live_view_place(line)) ? LiveView::open(*io, streams, options.max_viewers) : nullptr;
    if (!view) return app::run_host(*io, options, events);
    LoggedEvents shown(view);
    return app::run_host(*io, options, shown, view.get());
  }
  ExitCode operator()(app::DemoOptions options) {
    options.log_level = line.log_level;
    return app::run_demo(*io, options, events);
  }
  ExitCode operator()(const app::DoctorOptions& options) { return app::run_doctor(options, events); }
  ExitCode operator()(const app::RepairOptions& options) { return app::run_repair(options, events); }
  ExitCode operator()(const app::ControlOptions& options) { return app::run_control(options, events); }
  ExitCode operator()(app::ViewOptions options) {
    // The ticket may be in the environment, and is in memory.
    forbid_inspection();
    if (line.ticket_from_input) options.ticket = ticket_from_input();
    options.started_at = started_at;
    if (options.player_end == app::PlayerEnd::kUsual && somebody_reads())
      options.player_end = app::PlayerEnd::kAsk;
    return app::run_view(*io, options, events);
  }

  /// A reader that has gone, or never was there, does not count as an error.
  static ExitCode print(const std::string& text) {
    if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return ExitCode::kDone;
    const int error = errno;
    if (has_no_reader(STDOUT_FILENO, error)) return ExitCode::kDone;
    throw StartupError("writing to standard output failed: " + std::generic_category().message(error),
                       "make room there, or write it elsewhere");
  }

  /// Whether somebody reads questions, and can answer.
  [[nodiscard]] bool somebody_reads() const {
    return !line.json && process_environment().on_terminal && ::isatty(STDERR_FILENO) == 1;
  }

  [[nodiscard]] std::string ticket_from_input() const {
    return read_ticket(STDIN_FILENO, system_wall_time(), [this](TicketError why) {
      if (why == TicketError::kEmpty)
        return events.on(app::Notice{"waiting for a ticket on standard input",
                                     "paste it and press Enter, or end with Ctrl-C"});
      const Error error = describe(why);
      events.on(app::Notice{error.what + "; waiting for more", error.hint});
    });
  }
};

bool shares_or_watches(const CommandLine& line) {
  return std::holds_alternative<app::HostOptions>(line.command) ||
         std::holds_alternative<app::ViewOptions>(line.command) ||
         std::holds_alternative<app::DemoOptions>(line.command);
}

bool encodes(const CommandLine& line) {
  const auto* const host = std::get_if<app::HostOptions>(&line.command);
  return host != nullptr ? host->source != app::SourceKind::kStdin
                         : std::holds_alternative<app::DemoOptions>(line.command);
}

}  // namespace

ExitCode run(const CommandLine& line, app::EventSink& events, const Streams& streams, Instant started_at) {
  const auto open_files = allow_open_files();
  if (shares_or_watches(line)) {
    if (const auto too_few = too_few_open_files(open_files)) throw StartupError(*too_few);
    if (encodes(line) && !can_have_address_space(kLeastAddressSpace))
      throw StartupError(too_little_address_space(kLeastAddressSpace));
    if (const auto too_few = too_few_threads(startable_threads(kFewestThreads))) throw StartupError(*too_few);
  }
  Run runner{line, events, streams, started_at};
  return std::visit(runner, line.command);
}

}  // namespace pixelpass::cli
