#include "app/events/event_fields.hpp"

#include <utility>

namespace pixelpass::app::event_fields {
namespace {

const char* reachability_name(Reachability reachability) {
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

}  // namespace

json::object fields(const TicketReady& event) {
  json::value expires_at = nullptr;
  if (event.expires_at) expires_at = event.expires_at->time_since_epoch().count();
  return {{"event", "ticket"},        {"ticket", event.ticket},
          {"expires_at", expires_at}, {"reachability", reachability_name(event.reachability)},
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

json::object fields(const ViewerLeft& event) {
  return {{"event", "viewer_left"},   {"viewer", event.viewer},
          {"name", event.name},       {"address", event.path.remote.unmapped().to_string()},
          {"path", name(event.path)}, {"reason", event.reason}};
}

json::object fields(const ReplyCodeTaken& event) {
  return {{"event", "reply_code"}, {"accepted", true}, {"addresses", array_of(texts_of(event.addresses))}};
}

json::object fields(const HostStats& event) {
  json::array viewers;
  json::array publishes;
  for (const auto& publish : event.publishes) publishes.emplace_back(publish_json(publish));
  json::value audio_level = nullptr;
  json::value audio_peak = nullptr;
  if (event.audio) {
    audio_level = rounded(event.audio->rms_db);
    audio_peak = rounded(event.audio->peak_db);
  }
  for (const auto& viewer : event.viewers) viewers.emplace_back(viewer_json(viewer));
  return {{"event", "stats"},
          {"viewers", viewers},
          {"publishes", publishes},
          {"encode_fps", rounded(event.encode_fps)},
          {"encode_ms_p50", ms(event.encode_p50)},
          {"encode_ms_p95", ms(event.encode_p95)},
          {"bitrate_bps", event.bitrate_bps},
          {"picture_bps", event.picture_bps},
          {"sound_bps", event.audio_bps},
          {"cpu_percent", rounded(event.cpu_percent)},
          {"rss", event.rss},
          {"dropped_frames", event.dropped_frames},
          {"target_bps", event.target_bps},
          {"limited_by", event.limited_by},
          {"sound_level_db", audio_level},
          {"sound_peak_db", audio_peak}};
}

json::object fields(const PictureTarget& event) {
  json::object object{{"event", "target"},      {"bitrate_bps", event.bitrate_bps},
                      {"fps", event.fps},       {"width", event.width},
                      {"height", event.height}, {"limited_by", event.limited_by}};
  if (event.viewer) object["viewer"] = *event.viewer;
  return object;
}

}  // namespace pixelpass::app::event_fields
