#include "playback/vlc_status.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace pixelpass::playback {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kMostSeconds = 1'000'000'000;

std::uint64_t count(const json::object& stats, const char* name) {
  const auto* value = stats.if_contains(name);
  boost::system::error_code error;
  const auto found = value != nullptr ? value->to_number<std::uint64_t>(error) : 0;
  return error ? 0 : found;
}

double rate(const json::object& status) {
  const auto* value = status.if_contains("rate");
  boost::system::error_code error;
  const auto found = value != nullptr ? value->to_number<double>(error) : 1;
  return error || !std::isfinite(found) ? 1 : found;
}

}  // namespace

std::optional<VlcStatus> parse_vlc_status(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 8;
  const json::value value = json::parse(text, error, {}, options);
  const auto* status = error ? nullptr : value.if_object();
  if (status == nullptr) return std::nullopt;
  const auto* state = status->if_contains("state");
  const auto* stats = status->if_contains("stats");
  if (state == nullptr || stats == nullptr || !stats->is_object()) return std::nullopt;
  if (*state != "playing" && *state != "paused") return std::nullopt;
  const auto& counted = stats->get_object();
  return VlcStatus{.paused = *state == "paused",
                   .rate = rate(*status),
                   .seconds = static_cast<std::int64_t>(std::min(count(*status, "time"), kMostSeconds)),
                   .lost_audio = count(counted, "lostabuffers"),
                   .lost_pictures = count(counted, "lostpictures")};
}

std::optional<std::int64_t> VlcSeconds::begun(std::int64_t seconds) {
  const auto last = std::exchange(last_, seconds);
  if (!last || *last == seconds) return std::nullopt;
  return seconds;
}

}  // namespace pixelpass::playback
