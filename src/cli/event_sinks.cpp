#include "pixelpass/cli/event_sinks.hpp"

#include "pixelpass/app/event_json.hpp"
#include "pixelpass/base/clean_text.hpp"

#include "cli/clean_event.hpp"
#include "cli/library_log.hpp"
#include "cli/live_line.hpp"
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <system_error>
#include <utility>

namespace pixelpass::cli {
namespace {

using app::json_text;
using app::to_json;

bool is_statistics(const app::Event& event) {
  return std::holds_alternative<app::HostStats>(event) || std::holds_alternative<app::ReceiveStats>(event) ||
         std::holds_alternative<app::DemoProgress>(event);
}

/// How long remaining lines are waited for when the program ends.
constexpr Duration kLastWait = 500ms;

/// Whether the event is the command's result, which belongs on standard output.
bool is_result(const app::Event& event) {
  return std::holds_alternative<app::Removed>(event) || std::holds_alternative<app::Left>(event) ||
         std::holds_alternative<app::RepairResult>(event) || std::holds_alternative<app::Check>(event) ||
         std::holds_alternative<app::DoctorResult>(event) || std::holds_alternative<app::Answer>(event);
}

/// Whether the overwritten line ends: what it tells of is over or suspended, or its place is needed for
/// typing.
bool ends_live_line(const app::Event& event) {
  const auto* notice = std::get_if<app::Notice>(&event);
  if (notice != nullptr && notice->is_question) return true;
  return std::holds_alternative<app::Ended>(event) || std::holds_alternative<app::Failed>(event) ||
         std::holds_alternative<app::Reconnecting>(event) || std::holds_alternative<app::DemoResult>(event);
}

LineValue value_of(const app::Event& event) {
  if (is_statistics(event)) return LineValue::kStatistics;
  const bool result = std::holds_alternative<app::TicketReady>(event) || is_result(event);
  return result ? LineValue::kResult : LineValue::kOrdinary;
}

std::string left_out_for_people(std::uint64_t lines) {
  return "pixelpass: " + std::to_string(lines) +
         " lines were left out here: nobody was reading, or there was no room";
}

std::string failure_for_people(int error) {
  const char* hint = may_have_room_later(error)
                         ? "make room: what belongs there is kept while this runs, and written then"
                         : "write it elsewhere";
  return "pixelpass: standard output cannot be written: " + std::generic_category().message(error) + "\n  " +
         hint + "\n";
}

constexpr const char* kLost = "pixelpass: what belongs on standard output is lost: it could not be written\n";

std::string left_out_for_scripts(std::uint64_t lines) {
  auto object = to_json(app::Notice{std::to_string(lines) + " lines were left out",
                                    "nobody was reading, or there was no room"});
  object["left_out"] = lines;
  return json_text(object);
}

/// Whether both descriptors share one position: a terminal or a pipe does, a file opened twice does not.
bool is_one_stream(int a, int b) {
  struct stat first {};
  struct stat second {};
  if (fstat(a, &first) != 0 || fstat(b, &second) != 0) return false;
  const bool queue = S_ISCHR(first.st_mode) || S_ISFIFO(first.st_mode);
  return queue && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LogSink(std::shared_ptr<LineWriter> lines) : lines_(std::move(lines)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    lines_->write(clean_lines({text.data(), text.size()}), LineValue::kOrdinary);
  }
  void flush_() override {}

  std::shared_ptr<LineWriter> lines_;
};

}  // namespace

bool Streams::close() const {
  const Instant deadline = Clock::now() + kLastWait;
  out->close(deadline);
  const bool written = out->failure() == 0;
  if (!written) err->write(kLost, LineValue::kOrdinary);
  err->close(deadline);
  return written;
}

void Streams::divert(const std::function<void(const std::string&)>& to) const {
  out->divert(to);
  if (err != out) err->divert(to);
}

Streams standard_streams(bool json) {
  const auto out =
      std::make_shared<LineWriter>(STDOUT_FILENO, json ? left_out_for_scripts : left_out_for_people);
  if (!json && is_one_stream(STDOUT_FILENO, STDERR_FILENO)) return {out, out};
  const auto err = std::make_shared<LineWriter>(STDERR_FILENO, left_out_for_people);
  out->on_failure([err](int error) { err->write(failure_for_people(error), LineValue::kOrdinary); });
  return {out, err};
}

void JsonEvents::on(const app::Event& event) {
  lines_->write(json_text(to_json(event)) + "\n", value_of(event));
}

std::string HumanEvents::text_of(const app::Event& event) const {
  const auto* stats = std::get_if<app::ReceiveStats>(&event);
  if (stats == nullptr) return human_text(event);
  const bool shown = live_ && connected_ && !is_in_background(STDERR_FILENO);
  return shown ? live_line(*stats, terminal_columns(STDERR_FILENO)) : std::string();
}

void HumanEvents::on(const app::Event& event) {
  const bool overwrites = is_statistics(event) && live_;
  if (std::holds_alternative<app::Ended>(event)) {
    connected_ = false;
    if (std::exchange(failed_, false)) return;
  }
  failed_ = failed_ || std::holds_alternative<app::Failed>(event);
  if (std::holds_alternative<app::Connected>(event)) connected_ = true;
  if (std::holds_alternative<app::Reconnecting>(event)) connected_ = false;
  if (ends_live_line(event)) streams_.err->set_status("");
  const std::string text = clean_lines(text_of(event));
  if (overwrites) return text.empty() ? streams_.err->forget_status() : streams_.err->set_status(text);
  const LineValue value = value_of(event);
  if (const auto* ready = std::get_if<app::TicketReady>(&event))
    streams_.out->write(ready->ticket + "\n", value);
  if (text.empty()) return;
  if (is_result(event)) return streams_.out->write(text + "\n", value);
  streams_.err->write(text + "\n", value);
  if (const auto* result = std::get_if<app::DemoResult>(&event))
    streams_.out->write(table_text(*result), LineValue::kResult);
}

void LoggedEvents::on(const app::Event& raw) {
  const app::Event event = cleaned(raw);
  const auto level = is_statistics(event) ? spdlog::level::trace : spdlog::level::debug;
  if (spdlog::should_log(level)) {
    auto object = to_json(event);
    object.erase("ticket");
    if (std::holds_alternative<app::LinkReady>(event)) object = {{"event", "link"}};  // each has it in it
    spdlog::log(level, "{}", json_text(object));
  }
  next_->on(event);
}

std::unique_ptr<app::EventSink> make_event_sink(bool json, bool plain, const Streams& streams) {
  std::unique_ptr<app::EventSink> sink;
  if (json)
    sink = std::make_unique<JsonEvents>(streams.out);
  else
    sink = std::make_unique<HumanEvents>(streams, !plain && can_overwrite(STDERR_FILENO));
  return std::make_unique<LoggedEvents>(std::move(sink));
}

void start_log(const std::string& level, const Streams& streams) {
  auto log = std::make_shared<spdlog::logger>("pixelpass", std::make_shared<LogSink>(streams.err));
  log->set_pattern("%H:%M:%S.%e %l %v");
  log->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(log));
  take_library_log(streams.err);
}

}  // namespace pixelpass::cli
