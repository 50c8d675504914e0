#include "app/events/event_fields.hpp"

namespace pixelpass::app::event_fields {

json::object publish_json(const HostStats::Publish& publish) {
  return {{"target", publish.target},
          {"state", publish.state},
          {"bitrate_bps", publish.bitrate_bps},
          {"skipped_groups", publish.skipped_groups},
          {"rtt_ms", ms(publish.line.rtt)},
          {"resent_packets", publish.line.resent_packets},
          {"dropped_packets", publish.line.dropped_packets},
          {"lost_packets", publish.line.lost_packets}};
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

}  // namespace pixelpass::app::event_fields
