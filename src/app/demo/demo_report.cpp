#include "app/demo/demo_report.hpp"

#include <boost/json/value_to.hpp>

#include <algorithm>
#include <numeric>

namespace pixelpass::app {
namespace {

namespace json = boost::json;

double number(const json::object& event, std::string_view field) {
  const json::value* value = event.if_contains(field);
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

std::string text(const json::object& event, std::string_view field) {
  const json::value* value = event.if_contains(field);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Duration milliseconds(const json::object& event, std::string_view field) {
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double, std::milli>(number(event, field)));
}

double mean(const std::vector<double>& samples) {
  if (samples.empty()) return 0;
  return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

/// The seconds at the start and the end are incomplete.
double median(std::vector<double> samples) {
  if (samples.empty()) return 0;
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::ranges::nth_element(samples, middle);
  return *middle;
}

}  // namespace

void DemoReport::on_host_event(const json::object& event) {
  const std::string name = text(event, "event");
  if (name == "error") on_error(event);
  if (name == "stats" && saw_picture_) host_cpu_.push_back(number(event, "cpu_percent"));
  if (name != "sharing") return;
  auto& stream = result_.stream;
  stream.source = text(event, "source");
  stream.width = static_cast<int>(number(event, "width"));
  stream.height = static_cast<int>(number(event, "height"));
  stream.fps = static_cast<int>(number(event, "fps"));
  stream.encoder = text(event, "encoder");
  stream.audio = text(event, "audio");
  stream.bitrate_bps = static_cast<std::int64_t>(number(event, "bitrate_bps"));
}

void DemoReport::on_viewer_event(const json::object& event) {
  const std::string name = text(event, "event");
  if (name == "error") on_error(event);
  if (name == "connected") result_.connect = milliseconds(event, "took_ms");
  if (name == "first_frame") {
    saw_picture_ = true;
    result_.first_picture = milliseconds(event, "took_ms");
  }
  if (name == "stats" && saw_picture_) {
    viewer_cpu_.push_back(number(event, "cpu_percent"));
    fps_.push_back(number(event, "fps"));
    bitrate_.push_back(number(event, "bitrate_bps"));
    result_.skipped_groups = static_cast<std::uint64_t>(number(event, "skipped_groups"));
    progress_.fps = fps_.back();
    progress_.bitrate_bps = static_cast<std::int64_t>(bitrate_.back());
    progress_.lag_p50 = milliseconds(event, "lag_ms_p50");
  }
  if (name != "ended") return;
  player_was_closed_ = text(event, "reason") == "the player was closed";
  result_.lag_p50 = milliseconds(event, "lag_ms_p50");
  result_.lag_p95 = milliseconds(event, "lag_ms_p95");
}

void DemoReport::on_error(const json::object& event) {
  if (failure_) return;
  failure_ = Error{text(event, "what"), text(event, "hint"),
                   static_cast<ExitCode>(static_cast<int>(number(event, "exit_code")))};
}

DemoProgress DemoReport::progress() const {
  return progress_;
}

DemoResult DemoReport::result() const {
  DemoResult result = result_;
  result.fps = median(fps_);
  result.bitrate_bps = static_cast<std::int64_t>(median(bitrate_));
  result.host_cpu_percent = mean(host_cpu_);
  result.viewer_cpu_percent = mean(viewer_cpu_);
  return result;
}

}  // namespace pixelpass::app
