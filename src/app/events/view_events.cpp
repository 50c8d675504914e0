#include "app/events/event_fields.hpp"

namespace pixelpass::app::event_fields {

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

}  // namespace pixelpass::app::event_fields
