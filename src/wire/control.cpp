#include "pixelpass/wire/control.hpp"

#include "pixelpass/base/clean_text.hpp"

#include "wire/control_parse.hpp"
#include <boost/algorithm/hex.hpp>
#include <boost/endian/conversion.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <span>
#include <utility>

namespace pixelpass::wire {
namespace {

namespace json = boost::json;

constexpr std::size_t kLengthBytes = 4;

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  boost::algorithm::hex_lower(bytes.begin(), bytes.end(), std::back_inserter(text));
  return text;
}

// Texts are cleaned before sending, too: a name that is not UTF-8 would make the other side close.

json::object to_json(const VersionRange& versions) {
  return {{"min", versions.lowest}, {"max", versions.highest}};
}

json::object to_json(const Hello& hello) {
  json::object object{{"type", "hello"},
                      {"versions", to_json(hello.versions)},
                      {"session", to_hex(hello.session)},
                      {"proof", to_hex(hello.proof)},
                      {"name", clean_text(hello.name, kMaxNameBytes)},
                      {"latency_ms", hello.latency.count()}};
  if (hello.resume_after) object["resume_after"] = *hello.resume_after;
  if (hello.standby) object["standby"] = true;
  return object;
}

json::object to_json(const StreamDescription& stream) {
  return {{"source", clean_text(stream.source, kMaxNameBytes)},
          {"width", stream.width},
          {"height", stream.height},
          {"fps", stream.fps},
          {"encoder", clean_text(stream.encoder, kMaxNameBytes)},
          {"audio", clean_text(stream.audio, kMaxNameBytes)},
          {"bitrate_bps", stream.bitrate_bps}};
}

void add_time(json::object& object, const std::optional<UnixTime>& host_time) {
  if (host_time) object["host_time"] = std::int64_t{host_time->time_since_epoch().count()};
}

json::object to_json(const Welcome& welcome) {
  json::object object{{"type", "welcome"},
                      {"version", welcome.version},
                      {"host_name", clean_text(welcome.host_name, kMaxNameBytes)},
                      {"stream", to_json(welcome.stream)}};
  add_time(object, welcome.host_time);
  return object;
}

json::object to_json(const Refused& refused) {
  json::object object{{"type", "refused"}, {"reason", to_string(refused.reason)}};
  add_time(object, refused.host_time);
  if (refused.versions) object["versions"] = to_json(*refused.versions);
  return object;
}

json::object to_json(const Report& report) {
  return {{"type", "report"},
          {"lag_us", report.lag.count()},
          {"buffered_bytes", report.buffered_bytes},
          {"skipped_groups", report.skipped_groups},
          {"is_player_slow", report.is_player_slow}};
}

json::object to_json(const Ping& ping) {
  return {{"type", "ping"}, {"sent_at_us", ping.sent_at.count()}};
}

json::object to_json(const Pong& pong) {
  json::object fields{
      {"type", "pong"}, {"sent_at_us", pong.sent_at.count()}, {"received_at_us", pong.received_at.count()}};
  if (pong.newest) {
    fields["newest_group"] = pong.newest->group;
    fields["newest_frames"] = pong.newest->frames;
  }
  return fields;
}

json::object to_json(const KeyframeRequest&) {
  return {{"type", "keyframe"}};
}

json::object to_json(const Candidates& message) {
  json::array all;
  for (const auto& candidate : usable(message.candidates))
    all.push_back({{"kind", kCandidateKinds.at(static_cast<std::size_t>(candidate.kind))},
                   {"address", candidate.address.to_string()}});
  const auto tag = std::span(message.tag).first(std::min(message.tag.size(), kMaxTagBytes));
  return {{"type", "candidates"}, {"tag", to_hex(tag)}, {"candidates", std::move(all)}};
}

json::object to_json(const MoveMedia& move) {
  return {{"type", "move_media"}, {"at_once", move.at_once}};
}

json::object to_json(const MediaMoved& moved) {
  return {{"type", "media_moved"}, {"group", moved.group}};
}

json::object to_json(const LeftBehind& left) {
  return {{"type", "left_behind"},
          {"is_left_behind", left.is_left_behind},
          {"line_bps", left.line_bps},
          {"picture_bps", left.picture_bps}};
}

json::object to_json(const Bye& bye) {
  return {{"type", "bye"}, {"reason", clean_text(bye.reason, kMaxReasonBytes)}};
}

}  // namespace

Bytes encode(const ControlMessage& message) {
  const std::string text =
      json::serialize(std::visit([](const auto& which) { return to_json(which); }, message));
  assert(text.size() <= kMaxMessageBytes);
  Bytes bytes(kLengthBytes + text.size());
  boost::endian::store_big_u32(bytes.data(), static_cast<std::uint32_t>(text.size()));
  std::ranges::copy(as_bytes(text), bytes.begin() + kLengthBytes);
  return bytes;
}

const char* to_string(RefusedReason reason) {
  return kRefusedReasons.at(static_cast<std::size_t>(reason));
}

RefusedReason refused_reason(std::uint64_t number) {
  const bool known = number < static_cast<std::uint64_t>(RefusedReason::kUnknown);
  return known ? static_cast<RefusedReason>(number) : RefusedReason::kUnknown;
}

ControlReader::Status ControlReader::feed(ByteView bytes, std::vector<ControlMessage>& out) {
  // The length is read first, then so many bytes: never more than one message is held.
  while (true) {
    std::size_t wanted = kLengthBytes;
    if (buffered_.size() >= kLengthBytes) wanted += boost::endian::load_big_u32(buffered_.data());
    if (wanted > kLengthBytes + kMaxMessageBytes) return Status::kTooLong;
    if (buffered_.size() >= kLengthBytes && buffered_.size() == wanted) {
      const auto text = as_text(buffered_).substr(kLengthBytes);
      const auto known = out.size();
      if (const Status status = parse_message(text, out); status != Status::kOk) return status;
      if (out.size() == known) ++unknown_;
      buffered_.clear();
      continue;
    }
    if (bytes.empty()) return Status::kOk;
    const auto part = bytes.first(std::min(bytes.size(), wanted - buffered_.size()));
    buffered_.insert(buffered_.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
  }
}

}  // namespace pixelpass::wire
