#include "app/events/event_fields.hpp"

namespace pixelpass::app::event_fields {
namespace {

json::object leftover_json(const char* event, const Leftover& leftover) {
  json::object object{{"event", event}, {"kind", leftover.kind}};
  if (leftover.kind != "folder") object["id"] = leftover.id;
  object["name"] = leftover.name;
  object["owner"] = leftover.owner;
  return object;
}

const char* status_name(CheckStatus status) {
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

}  // namespace

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

json::object fields(const Check& event) {
  return {{"event", "check"},     {"area", event.area},
          {"name", event.name},   {"status", status_name(event.status)},
          {"found", event.found}, {"means", event.means},
          {"hint", event.hint}};
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

}  // namespace pixelpass::app::event_fields
