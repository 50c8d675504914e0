#include "pixelpass/app/event_json.hpp"

#include "pixelpass/base/clean_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace pixelpass::app {
namespace {

namespace json = boost::json;

double ms(Duration duration) {
  return static_cast<double>(to_us(duration)) / 1e3;
}

/// Two digits after the point are all that these measurements are worth.
double rounded(double value) {
  return std::round(value * 100) / 100;
}

const char* name(const net::Path& path) {
  return path.is_relayed() ? "relay" : "direct";
}

const char* name(Reachability reachability) {
  switch (reachability) {
    case Reachability::kOpen:
      return "open";
    case Reachability::kMapped:
      return "mapped";
    case Reachability::kPunchable:
      return "punchable";
    case Reachability::kRelayed:
      return "relayed";
    case Reachability::kLan:
      break;
  }
  return "lan";
}

json::array array_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const auto& text : texts) array.emplace_back(text);
  return array;
}

std::vector<std::string> texts_of(const std::vector<SocketAddress>& addresses) {
  std::vector<std::string> texts;
  texts.reserve(addresses.size());
  for (const auto& address : addresses) texts.push_back(address.to_string());
  return texts;
}

json::object stream_json(const StreamDescription& stream) {
  return {{"source", stream.source},          {"width", stream.width},
          {"height", stream.height},          {"fps", stream.fps},
          {"encoder", stream.encoder},        {"audio", stream.audio},
          {"bitrate_bps", stream.bitrate_bps}};
}

json::object fields(const TicketReady& event) {
  json::value expires_at = nullptr;
  if (event.expires_at) expires_at = event.expires_at->time_since_epoch().count();
  return {{"event", "ticket"},        {"ticket", event.ticket},
          {"expires_at", expires_at}, {"reachability", name(event.reachability)},
          {"verdict", event.verdict}, {"hint", event.hint}};
}

json::object fields(const LinkReady& event) {
  json::array urls;
  for (const auto& link : event.links) urls.emplace_back(link.url);
  json::object object{{"event", "link"}, {"url", nullptr}, {"reach", nullptr}};
  if (!event.links.empty()) {
    object["url"] = event.links.front().url;
    object["reach"] = event.links.front().is_for_own_network ? "network" : "anywhere";
  }
  object["urls"] = std::move(urls);
  return object;
}

json::object fields(const Sharing& event) {
  json::object object{{"event", "sharing"}};
  for (const auto& [key, value] : stream_json(event.stream)) object[key] = value;
  if (event.stream.sources > 1) object["sources"] = event.stream.sources;
  if (event.stream.shown > 0) object["shown"] = event.stream.shown;
  return object;
}

json::object fields(const Paused& event) {
  return {{"event", "paused"}, {"reason", event.reason}};
}

json::object fields(const ViewerJoined& event) {
  return {{"event", "viewer_joined"},
          {"viewer", event.viewer},
          {"name", event.name},
          {"address", event.path.remote.unmapped().to_string()},
          {"path", name(event.path)}};
}

json::object fields(const PathChanged& event) {
  json::object object{{"event", "path_changed"},
                      {"from", name(event.from)},
                      {"to", name(event.to)},
                      {"address", event.to.remote.unmapped().to_string()}};
  if (event.viewer) object["viewer"] = *event.viewer;
  return object;
}

json::object fields(const ViewerLeft& event) {
  return {{"event", "viewer_left"},   {"viewer", event.viewer},
          {"name", event.name},       {"address", event.path.remote.unmapped().to_string()},
          {"path", name(event.path)}, {"reason", event.reason}};
}

json::object fields(const Connecting& event) {
  return {{"event", "connecting"}, {"addresses", array_of(texts_of(event.addresses))}};
}

json::object fields(const Connected& event) {
  json::object object{{"event", "connected"},
                      {"host", event.host},
                      {"path", name(event.path)},
                      {"address", event.path.remote.unmapped().to_string()},
                      {"took_ms", ms(event.took)}};
  if (event.clock_ahead) object["clock_ahead_ms"] = event.clock_ahead->count() * 1000;
  return object;
}

json::object fields(const EndpointReady& event) {
  return {
      {"event", "endpoint"}, {"url", event.url}, {"mpv", array_of(event.mpv)}, {"vlc", array_of(event.vlc)}};
}

json::object fields(const FirstFrame& event) {
  return {
      {"event", "first_frame"}, {"took_ms", ms(event.took)}, {"since_connect_ms", ms(event.since_connect)}};
}

json::object fields(const Reconnecting& event) {
  return {{"event", "reconnecting"}, {"attempt", event.attempt}, {"reason", event.reason}};
}

json::object fields(const ReplyCodeReady& event) {
  return {{"event", "reply_code"}, {"code", event.code}};
}

json::object fields(const ReplyCodeTaken& event) {
  return {{"event", "reply_code"}, {"accepted", true}, {"addresses", array_of(texts_of(event.addresses))}};
}

json::object viewer_json(const HostStats::Viewer& viewer) {
  return {{"viewer", viewer.viewer},
          {"path", name(viewer.path)},
          {"bitrate_bps", viewer.bitrate_bps},
          {"rtt_ms", ms(viewer.rtt)},
          {"lag_ms", ms(viewer.lag)},
          {"skipped_groups", viewer.skipped_groups},
          {"lost_packets", viewer.lost_packets},
          {"line_bps", viewer.line_bps},
          {"player_slow", viewer.is_player_slow},
          {"left_behind", viewer.is_left_behind}};
}

json::object fields(const Publishing& event) {
  return {{"event", "publishing"}, {"target", event.target}};
}

json::object fields(const PublishFailed& event) {
  return {{"event", "publish_failed"},
          {"target", event.target},
          {"what", event.what},
          {"hint", event.hint},
          {"retry_ms", ms(event.retry_in)}};
}

json::object publish_json(const HostStats::Publish& publish) {
  return {{"target", publish.target},
          {"state", publish.state},
          {"bitrate_bps", publish.bitrate_bps},
          {"skipped_groups", publish.skipped_groups},
          {"rtt_ms", ms(publish.line.rtt)},
          {"resent_packets", publish.line.resent_packets},
          {"dropped_packets", publish.line.dropped_packets}};
}

json::object fields(const HostStats& event) {
  json::array viewers;
  json::array publishes;
  for (const auto& publish : event.publishes) publishes.emplace_back(publish_json(publish));
  json::value sound_level = nullptr;
  json::value sound_peak = nullptr;
  if (event.sound) {
    sound_level = rounded(event.sound->rms_db);
    sound_peak = rounded(event.sound->peak_db);
  }
  for (const auto& viewer : event.viewers) viewers.emplace_back(viewer_json(viewer));
  return {{"event", "stats"},
          {"viewers", viewers},
          {"publishes", publishes},
          {"encode_fps", rounded(event.encode_fps)},
          {"encode_ms_p50", ms(event.encode_p50)},
          {"encode_ms_p95", ms(event.encode_p95)},
          {"bitrate_bps", event.bitrate_bps},
          {"cpu_percent", rounded(event.cpu_percent)},
          {"rss", event.rss},
          {"dropped_frames", event.dropped_frames},
          {"target_bps", event.target_bps},
          {"limited_by", event.limited_by},
          {"sound_level_db", sound_level},
          {"sound_peak_db", sound_peak}};
}

json::object fields(const ReceiveStats& event) {
  json::value player_lag = nullptr;
  if (event.player_lag) player_lag = ms(*event.player_lag);
  json::value player_speed = nullptr;
  if (event.player_speed) player_speed = rounded(*event.player_speed);
  return {{"event", "stats"},
          {"bitrate_bps", event.bitrate_bps},
          {"rtt_ms", ms(event.rtt)},
          {"lag_ms_p50", ms(event.lag_p50)},
          {"lag_ms_p95", ms(event.lag_p95)},
          {"skipped_groups", event.skipped_groups},
          {"fps", rounded(event.fps)},
          {"path", name(event.path)},
          {"cpu_percent", rounded(event.cpu_percent)},
          {"rss", event.rss},
          {"player_lag_ms", player_lag},
          {"player_speed", player_speed}};
}

json::object fields(const Ended& event) {
  json::object object{{"event", "ended"},
                      {"reason", event.reason},
                      {"seconds", rounded(std::chrono::duration<double>(event.elapsed).count())},
                      {"bytes", event.bytes}};
  if (event.lag) {
    object["lag_ms_p50"] = ms(event.lag->p50);
    object["lag_ms_p95"] = ms(event.lag->p95);
  }
  return object;
}

json::object fields(const Notice& event) {
  return {{"event", "notice"}, {"what", event.what}, {"hint", event.hint}};
}

json::object fields(const Failed& event) {
  return {{"event", "error"},
          {"what", event.error.what},
          {"hint", event.error.hint},
          {"exit_code", static_cast<int>(event.error.exit_code)}};
}

json::object fields(const DemoProgress& event) {
  return {{"event", "demo_progress"},
          {"second", event.second},
          {"of_seconds", event.of_seconds},
          {"fps", rounded(event.fps)},
          {"bitrate_bps", event.bitrate_bps},
          {"lag_ms_p50", ms(event.lag_p50)},
          {"decoded_pictures", event.decoded_pictures}};
}

json::object fields(const DemoResult& event) {
  return {{"event", "demo"},
          {"stream", stream_json(event.stream)},
          {"fps", rounded(event.fps)},
          {"bitrate_bps", event.bitrate_bps},
          {"connect_ms", ms(event.connect)},
          {"first_picture_ms", ms(event.first_picture)},
          {"lag_ms_p50", ms(event.lag_p50)},
          {"lag_ms_p95", ms(event.lag_p95)},
          {"host_cpu_percent", rounded(event.host_cpu_percent)},
          {"viewer_cpu_percent", rounded(event.viewer_cpu_percent)},
          {"skipped_groups", event.skipped_groups},
          {"decoder", event.decoder},
          {"decoded_pictures", event.decoded_pictures},
          {"decode_errors", event.decode_errors}};
}

json::object leftover_json(const char* event, const Leftover& leftover) {
  json::object object{{"event", event}, {"kind", leftover.kind}};
  if (leftover.kind != "folder") object["id"] = leftover.id;
  object["name"] = leftover.name;
  object["owner"] = leftover.owner;
  return object;
}

json::object fields(const Removed& event) {
  return leftover_json("removed", event.what);
}

json::object fields(const Left& event) {
  json::object object = leftover_json("left", event.what);
  object["reason"] = event.reason;
  return object;
}

json::object fields(const RepairResult& event) {
  return {{"event", "repair"},
          {"dry_run", event.dry_run},
          {"removed", event.removed},
          {"left", event.left},
          {"failed", event.failed}};
}

const char* name(CheckStatus status) {
  switch (status) {
    case CheckStatus::kOk:
      return "ok";
    case CheckStatus::kWarning:
      return "warning";
    case CheckStatus::kMissing:
      break;
  }
  return "missing";
}

json::object fields(const Check& event) {
  return {
      {"event", "check"},     {"area", event.area},   {"name", event.name}, {"status", name(event.status)},
      {"found", event.found}, {"means", event.means}, {"hint", event.hint}};
}

json::object fields(const DoctorResult& event) {
  return {{"event", "doctor"},
          {"can_host", event.can_host()},
          {"can_view", event.can_view()},
          {"can_view_without_player", event.can_view_without_player},
          {"host_lacks", array_of(event.host_lacks)},
          {"view_lacks", array_of(event.view_lacks)},
          {"ok", event.ok},
          {"warnings", event.warnings},
          {"missing", event.missing}};
}

json::object fields(const Answer& event) {
  return event.fields;
}

/// Plain decimal, at most three digits after the point and at least one. JSON has no infinity and no NaN.
std::string number_text(double number) {
  constexpr int kDigits = 3;
  constexpr std::size_t kLongest = 320;  // of DBL_MAX
  if (!std::isfinite(number)) return "null";
  std::array<char, kLongest> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed, kDigits);
  std::string text(buffer.data(), end.ptr);
  while (text.back() == '0' && text[text.size() - 2] != '.') text.pop_back();
  return text;
}

void append(std::string& text, const json::value& value);

void append(std::string& text, const json::object& object) {
  text += '{';
  for (const auto& [key, value] : object) {
    if (text.back() != '{') text += ',';
    text.append(json::serialize(json::string_view(key))).append(":");
    append(text, value);
  }
  text += '}';
}

void append(std::string& text, const json::array& array) {
  text += '[';
  for (const auto& value : array) {
    if (text.back() != '[') text += ',';
    append(text, value);
  }
  text += ']';
}

void append(std::string& text, const json::value& value) {
  if (const auto* object = value.if_object()) return append(text, *object);
  if (const auto* array = value.if_array()) return append(text, *array);
  if (const auto* string = value.if_string())
    text += json::serialize(json::string(clean_lines({string->data(), string->size()})));
  else
    text += value.is_double() ? number_text(value.get_double()) : json::serialize(value);
}

}  // namespace

std::string json_text(const json::object& object) {
  std::string text;
  append(text, object);
  return text;
}

json::object to_json(const Event& event) {
  return std::visit([](const auto& what) { return fields(what); }, event);
}

}  // namespace pixelpass::app
