#include "pixelpass/cli/event_sinks.hpp"

#include "pixelpass/cli/event_json.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>

namespace pixelpass::cli {
namespace {

bool is_statistics(const app::Event& event) {
  return std::holds_alternative<app::HostStats>(event) || std::holds_alternative<app::ViewerStats>(event) ||
         std::holds_alternative<app::DemoProgress>(event);
}

/// What the command was run for: it belongs on standard output.
bool is_result(const app::Event& event) {
  return std::holds_alternative<app::Removed>(event) || std::holds_alternative<app::Left>(event) ||
         std::holds_alternative<app::RepairResult>(event) || std::holds_alternative<app::Check>(event) ||
         std::holds_alternative<app::DoctorResult>(event);
}

}  // namespace

void JsonEvents::on(const app::Event& event) {
  lines_.write(json_text(to_json(event)) + "\n", is_statistics(event));
}

void HumanEvents::on(const app::Event& event) {
  const bool overwrites = std::holds_alternative<app::DemoProgress>(event) && live_;
  if (failed_ && std::holds_alternative<app::Ended>(event)) return;
  failed_ = failed_ || std::holds_alternative<app::Failed>(event);
  const std::string text = human_text(event);
  if (const auto* ready = std::get_if<app::TicketReady>(&event)) {
    std::fprintf(stdout, "%s\n", ready->ticket.c_str());
    std::fflush(stdout);
  }
  if (text.empty()) return;
  if (is_result(event)) {
    std::fprintf(stdout, "%s\n", text.c_str());
    return;
  }
  if (line_open_) std::fputs("\r\033[K", stderr);
  std::fprintf(stderr, overwrites ? "%s" : "%s\n", text.c_str());
  line_open_ = overwrites;
  const auto* result = std::get_if<app::DemoResult>(&event);
  if (result != nullptr) std::fputs(table_text(*result).c_str(), stdout);
}

void LoggedEvents::on(const app::Event& event) {
  const auto level = is_statistics(event) ? spdlog::level::trace : spdlog::level::debug;
  if (spdlog::should_log(level)) {
    auto object = to_json(event);
    object.erase("ticket");
    spdlog::log(level, "{}", json_text(object));
  }
  next_->on(event);
}

std::unique_ptr<app::EventSink> make_event_sink(bool json) {
  std::unique_ptr<app::EventSink> sink;
  if (json)
    sink = std::make_unique<JsonEvents>(STDOUT_FILENO);
  else
    sink = std::make_unique<HumanEvents>(isatty(STDERR_FILENO) == 1);
  return std::make_unique<LoggedEvents>(std::move(sink));
}

void start_log(const std::string& level) {
  auto log = std::make_shared<spdlog::logger>("pixelpass", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_pattern("%H:%M:%S.%e %l %v");
  log->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(log));
}

}  // namespace pixelpass::cli
