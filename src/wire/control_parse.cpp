#include "wire/control_parse.hpp"

#include "pixelpass/base/clean_text.hpp"
#include "pixelpass/wire/group_stream.hpp"

#include <boost/algorithm/hex.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

namespace pixelpass::wire {
namespace {

namespace json = boost::json;
using std::chrono::microseconds;

constexpr int kMaxPixels = 1 << 16;  ///< of a side
constexpr int kMaxFps = 1000;
constexpr std::int64_t kMaxBitrate = std::int64_t{1} << 50;
constexpr std::int64_t kMaxUnixTime = std::int64_t{1} << 40;  ///< seconds: differences never overflow
constexpr std::int64_t kMaxLatencyMs = std::int64_t{60} * 60 * 1000;

/// One object's fields. A missing field leaves its target unchanged; one of the wrong kind or out of range
/// fails the message.
class Fields {
 public:
  explicit Fields(const json::object& object) : object_(object) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool has(std::string_view key) const { return object_.contains(key); }

  /// Makes the next field that is read a required one.
  Fields& require(std::string_view key) {
    ok_ = ok_ && has(key);
    return *this;
  }

  template <class T>
  void number(std::string_view key, T& out, T min, T max) {
    const json::value* field = object_.if_contains(key);
    if (field == nullptr) return;
    boost::system::error_code error;
    const T value = field->to_number<T>(error);
    if (error || value < min || value > max) ok_ = false;
    if (ok_) out = value;
  }

  void number(std::string_view key, std::uint64_t& out) {
    number(key, out, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max());
  }

  void flag(std::string_view key, bool& out) {
    const json::value* field = object_.if_contains(key);
    if (field == nullptr) return;
    ok_ = ok_ && field->is_bool();
    if (ok_) out = field->get_bool();
  }

  void time(std::string_view key, microseconds& out) {
    std::int64_t count = out.count();
    number(key, count, -std::int64_t{kMaxClock.count()}, std::int64_t{kMaxClock.count()});
    out = microseconds(count);
  }

  void text(std::string_view key, std::string& out, std::size_t max_bytes) {
    if (const auto* field = string(key)) out = clean_text(*field, max_bytes);
  }

  void hex(std::string_view key, std::span<std::uint8_t> out) {
    const auto* field = string(key);
    if (field == nullptr) return;
    if (field->size() != 2 * out.size() || !is_hex(*field)) ok_ = false;
    if (ok_) boost::algorithm::unhex(field->begin(), field->end(), out.begin());
  }

  /// Reads any number of bytes, up to `max_bytes`.
  void hex(std::string_view key, Bytes& out, std::size_t max_bytes) {
    const auto* field = string(key);
    if (field == nullptr) return;
    if (field->size() % 2 != 0 || field->size() > 2 * max_bytes || !is_hex(*field)) ok_ = false;
    if (ok_) boost::algorithm::unhex(field->begin(), field->end(), std::back_inserter(out));
  }

  [[nodiscard]] const json::string* string(std::string_view key) {
    const json::value* field = object_.if_contains(key);
    if (field == nullptr) return nullptr;
    ok_ = ok_ && field->is_string();
    return field->if_string();
  }

  [[nodiscard]] const json::object* object(std::string_view key) {
    const json::value* field = object_.if_contains(key);
    if (field == nullptr) return nullptr;
    ok_ = ok_ && field->is_object();
    return field->if_object();
  }

  [[nodiscard]] const json::array* array(std::string_view key) {
    const json::value* field = object_.if_contains(key);
    if (field == nullptr) return nullptr;
    ok_ = ok_ && field->is_array();
    return field->if_array();
  }

  void fail_unless(bool good) { ok_ = ok_ && good; }

 private:
  static bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
  }

  const json::object& object_;
  bool ok_ = true;
};

void read_version(Fields& fields, std::string_view key, int& version) {
  fields.require(key).number(key, version, 0, std::numeric_limits<int>::max());
}

void read_versions(Fields& fields, VersionRange& versions) {
  const auto* object = fields.object("versions");
  if (object == nullptr) return;
  Fields range(*object);
  read_version(range, "min", versions.lowest);
  read_version(range, "max", versions.highest);
  fields.fail_unless(range.ok() && versions.lowest <= versions.highest);
}

void read(Fields& fields, Hello& hello) {
  read_versions(fields.require("versions"), hello.versions);
  if (!common_version(kVersions, hello.versions)) return;
  fields.require("session").hex("session", hello.session);
  fields.require("proof").hex("proof", hello.proof);
  fields.text("name", hello.name, kMaxNameBytes);
  std::int64_t latency_ms = hello.latency.count();
  fields.number("latency_ms", latency_ms, std::int64_t{0}, kMaxLatencyMs);
  hello.latency = std::chrono::milliseconds(latency_ms);
  if (fields.has("resume_after")) fields.number("resume_after", hello.resume_after.emplace());
  fields.flag("standby", hello.standby);
}

void read(Fields& fields, StreamDescription& stream) {
  fields.text("source", stream.source, kMaxNameBytes);
  fields.number("width", stream.width, 0, kMaxPixels);
  fields.number("height", stream.height, 0, kMaxPixels);
  fields.number("fps", stream.fps, 0, kMaxFps);
  fields.text("encoder", stream.encoder, kMaxNameBytes);
  fields.text("audio", stream.audio, kMaxNameBytes);
  fields.number("bitrate_bps", stream.bitrate_bps, std::int64_t{0}, kMaxBitrate);
}

void read_time(Fields& fields, std::optional<UnixTime>& host_time) {
  if (!fields.has("host_time")) return;
  std::int64_t count = 0;
  fields.number("host_time", count, -kMaxUnixTime, kMaxUnixTime);
  host_time = UnixTime(std::chrono::seconds(count));
}

void read(Fields& fields, Welcome& welcome) {
  read_version(fields, "version", welcome.version);
  if (!common_version(kVersions, {welcome.version, welcome.version})) return;
  fields.text("host_name", welcome.host_name, kMaxNameBytes);
  read_time(fields, welcome.host_time);
  if (const auto* object = fields.object("stream")) {
    Fields stream(*object);
    read(stream, welcome.stream);
    fields.fail_unless(stream.ok());
  }
}

void read(Fields& fields, Refused& refused) {
  read_time(fields, refused.host_time);
  if (fields.has("versions")) read_versions(fields, refused.versions.emplace());
  const auto* reason = fields.require("reason").string("reason");
  if (reason == nullptr) return;
  const auto known = std::ranges::find(kRefusedReasons, std::string_view(*reason));
  refused.reason = refused_reason(static_cast<std::uint64_t>(known - kRefusedReasons.begin()));
}

void read(Fields& fields, Report& report) {
  fields.time("lag_us", report.lag);
  std::uint64_t buffered = 0;
  fields.number("buffered_bytes", buffered);
  report.buffered_bytes = buffered;
  fields.number("skipped_groups", report.skipped_groups);
  fields.flag("is_player_slow", report.is_player_slow);
}

void read(Fields& fields, Ping& ping) {
  fields.require("sent_at_us").time("sent_at_us", ping.sent_at);
}

void read(Fields& fields, Pong& pong) {
  fields.require("sent_at_us").time("sent_at_us", pong.sent_at);
  fields.require("received_at_us").time("received_at_us", pong.received_at);
  MediaPosition newest;
  fields.number("newest_group", newest.group);
  fields.number("newest_frames", newest.frames);
  if (newest.frames > 0) pong.newest = newest;
}

void read(Fields&, KeyframeRequest&) {}

/// Appends the candidate, unless its kind, or its form of address, was added by a later version.
void read_candidate(Fields& fields, std::vector<Candidate>& out) {
  const auto* kind = fields.require("kind").string("kind");
  const auto* address = fields.require("address").string("address");
  if (kind == nullptr || address == nullptr) return;
  const auto known = std::ranges::find(kCandidateKinds, std::string_view(*kind));
  const auto parsed = SocketAddress::parse(*address);
  if (known == kCandidateKinds.end() || !parsed) return;
  out.push_back({static_cast<CandidateKind>(known - kCandidateKinds.begin()), *parsed});
}

void read(Fields& fields, Candidates& message) {
  fields.require("tag").hex("tag", message.tag, kMaxTagBytes);
  const auto* array = fields.require("candidates").array("candidates");
  if (array == nullptr) return;
  std::vector<Candidate> all;
  for (const auto& element : *array) {
    const auto* object = element.if_object();
    fields.fail_unless(object != nullptr);
    if (object == nullptr) return;
    Fields candidate(*object);
    read_candidate(candidate, all);
    fields.fail_unless(candidate.ok());
  }
  message.candidates = usable(all);
}

void read(Fields& fields, MoveMedia& move) {
  fields.flag("at_once", move.at_once);
}

void read(Fields& fields, MediaMoved& moved) {
  fields.require("group").number("group", moved.group);
}

void read(Fields& fields, LeftBehind& left) {
  fields.require("is_left_behind").flag("is_left_behind", left.is_left_behind);
  fields.number("line_bps", left.line_bps, std::int64_t{0}, kMaxBitrate);
  fields.number("picture_bps", left.picture_bps, std::int64_t{0}, kMaxBitrate);
}

void read(Fields& fields, Bye& bye) {
  fields.text("reason", bye.reason, kMaxReasonBytes);
}

template <class Message>
bool parse_as(Fields& fields, std::vector<ControlMessage>& out) {
  Message message;
  read(fields, message);
  if (fields.ok()) out.emplace_back(std::move(message));
  return fields.ok();
}

using Parse = bool (*)(Fields&, std::vector<ControlMessage>&);
constexpr std::pair<std::string_view, Parse> kTypes[] = {
    {"hello", parse_as<Hello>},
    {"welcome", parse_as<Welcome>},
    {"refused", parse_as<Refused>},
    {"report", parse_as<Report>},
    {"ping", parse_as<Ping>},
    {"pong", parse_as<Pong>},
    {"bye", parse_as<Bye>},
    {"keyframe", parse_as<KeyframeRequest>},
    {"candidates", parse_as<Candidates>},
    {"move_media", parse_as<MoveMedia>},
    {"media_moved", parse_as<MediaMoved>},
    {"left_behind", parse_as<LeftBehind>},
};

/// Our messages are three levels deep; later ones may be nested a little more.
json::parse_options options() {
  json::parse_options result;
  result.max_depth = 8;
  return result;
}

/// Whether a datagram to the address would reach a single machine.
bool can_be_sent_to(const SocketAddress& address) {
  constexpr std::uint8_t kMulticastV6 = 0xff;
  constexpr std::uint8_t kFirstMulticast = 224;  // RFC 5771; what is above is reserved, or broadcast
  const auto plain = address.unmapped();
  if (plain.port() == 0 || plain.is_unspecified()) return false;
  const auto first = plain.bytes().front();
  return plain.is_v6() ? first != kMulticastV6 : first != 0 && first < kFirstMulticast;
}

}  // namespace

std::vector<Candidate> usable(const std::vector<Candidate>& candidates) {
  std::vector<Candidate> all;
  for (const auto& candidate : candidates)
    if (all.size() < kMaxCandidates && can_be_sent_to(candidate.address)) all.push_back(candidate);
  return all;
}

ControlReader::Status parse_message(std::string_view text, std::vector<ControlMessage>& out) {
  using Status = ControlReader::Status;
  boost::system::error_code error;
  const json::value value = json::parse(text, error, {}, options());
  if (error) return Status::kNotJson;
  const auto* object = value.if_object();
  if (object == nullptr) return Status::kBadField;
  Fields fields(*object);
  const auto* type = fields.string("type");
  if (type == nullptr) return Status::kBadField;
  const auto known =
      std::ranges::find(kTypes, std::string_view(*type), &std::pair<std::string_view, Parse>::first);
  if (known == std::end(kTypes)) return Status::kOk;
  return known->second(fields, out) ? Status::kOk : Status::kBadField;
}

}  // namespace pixelpass::wire
