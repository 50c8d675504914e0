#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/base/standard_descriptors.hpp"
#include "pixelpass/cli/command_line.hpp"
#include "pixelpass/cli/event_sinks.hpp"
#include "pixelpass/cli/run.hpp"

#include <csignal>
#include <string>
#include <vector>

namespace {

using namespace pixelpass;

ExitCode fail(app::EventSink& events, const Error& error) {
  events.on(app::Failed{error});
  return error.exit_code;
}

ExitCode run(const Result<cli::CommandLine>& line, bool json, const cli::Streams& streams,
             Instant started_at) {
  const auto events = cli::make_event_sink(json, line && line->plain, streams);
  if (!line) return fail(*events, line.error());
  cli::start_log(line->log_level, streams);
  try {
    return cli::run(*line, *events, streams, started_at);
  } catch (const StartupError& error) {
    return fail(*events, error.error());
  } catch (const std::exception& error) {
    return fail(*events, {std::string("unexpected: ") + error.what(), "run it again with --log-level debug"});
  }
}

ExitCode run(const std::vector<std::string>& arguments, Instant started_at) {
  const auto line = cli::parse(arguments, cli::process_environment());
  const bool json = line ? line->json : cli::asks_for_json(arguments);
  const cli::Streams streams = cli::standard_streams(json);
  const ExitCode code = run(line, json, streams, started_at);
  // Whoever runs this for what it says there has to know that it is missing.
  return !streams.close() && code == ExitCode::kDone ? ExitCode::kCouldNotStart : code;
}

}  // namespace

int main(int argc, char** argv) {
  const Instant started_at = Clock::now();
  hold_standard_descriptors();
  app::Interrupts::install();
  // A reader that has gone is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  // SIGXFSZ: a file that may not grow any more (ulimit -f) is an error to handle, too.
  std::signal(SIGXFSZ, SIG_IGN);
  const ExitCode code = run({argv + 1, argv + argc}, started_at);
  if (app::Interrupts::leaves_at_end()) app::Interrupts::leave(code);
  return static_cast<int>(code);
}
