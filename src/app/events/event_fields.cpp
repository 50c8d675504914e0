#include "app/events/event_fields.hpp"

#include <cmath>

namespace pixelpass::app::event_fields {

double ms(Duration duration) {
  return static_cast<double>(to_us(duration)) / 1e3;
}

/// The number with two digits after the point, which is all the precision that these measurements have.
double rounded(double value) {
  return std::round(value * 100) / 100;
}

const char* name(const net::Path& path) {
  return path.is_relayed() ? "relay" : "direct";
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

json::object fields(const PathChanged& event) {
  json::object object{{"event", "path_changed"},
                      {"from", name(event.from)},
                      {"to", name(event.to)},
                      {"address", event.to.remote.unmapped().to_string()}};
  if (event.viewer) object["viewer"] = *event.viewer;
  return object;
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
  json::object object{{"event", "notice"}, {"what", event.what}, {"hint", event.hint}};
  if (event.is_of_player) object["player_gone"] = true;
  return object;
}

json::object fields(const Failed& event) {
  return {{"event", "error"},
          {"what", event.error.what},
          {"hint", event.error.hint},
          {"exit_code", static_cast<int>(event.error.exit_code)}};
}

json::object fields(const Answer& event) {
  return event.fields;
}

}  // namespace pixelpass::app::event_fields
