#include "pixelpass/mpegts/parameter_sets.hpp"

#include "pixelpass/mpegts/annex_b.hpp"

#include "mpegts/bit_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pixelpass::mpegts {
namespace {

constexpr int kVpsKind = 0;
constexpr int kSpsKind = 1;
constexpr int kPpsKind = 2;
constexpr int kHeaderKind = 0;  ///< all that MPEG video has
constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

/// The role of a NAL unit, or of a start code's data, for a decoder that wants to begin.
enum class Role : std::uint8_t { kOther, kDelimiter, kVps, kSps, kPps, kSei, kEntry, kSlice };

Role h264_role(std::uint8_t header) {
  const std::uint8_t type = h264::nal_type(header);
  if (type == h264::kIdrSlice) return Role::kEntry;
  if (h264::is_slice(type)) return Role::kSlice;
  switch (type) {
    case h264::kSei:
      return Role::kSei;
    case h264::kSps:
      return Role::kSps;
    case h264::kPps:
      return Role::kPps;
    case h264::kAccessUnitDelimiter:
      return Role::kDelimiter;
    default:
      return Role::kOther;
  }
}

Role h265_role(std::uint8_t header) {
  const std::uint8_t type = h265::nal_type(header);
  if (type >= h265::kFirstRandomAccess && type <= h265::kLastRandomAccess) return Role::kEntry;
  if (type <= h265::kLastSlice) return Role::kSlice;
  switch (type) {
    case h265::kVps:
      return Role::kVps;
    case h265::kSps:
      return Role::kSps;
    case h265::kPps:
      return Role::kPps;
    case h265::kPrefixSei:
      return Role::kSei;
    case h265::kAccessUnitDelimiter:
      return Role::kDelimiter;
    default:
      return Role::kOther;
  }
}

/// profile_tier_level() of H.265 section 7.3.3.
void skip_profile_tier_level(BitReader& reader, std::uint32_t max_sub_layers_minus1) {
  constexpr int kProfileBits = 88;
  constexpr int kLevelBits = 8;
  constexpr std::uint32_t kSubLayers = 8;
  reader.skip(kProfileBits + kLevelBits);
  int rest = 0;
  for (std::uint32_t i = 0; max_sub_layers_minus1 > 0 && i < kSubLayers; ++i) {
    const auto flags = reader.bits(2);
    if (i >= max_sub_layers_minus1) continue;
    rest += ((flags & 2) != 0 ? kProfileBits : 0) + ((flags & 1) != 0 ? kLevelBits : 0);
  }
  reader.skip(rest);
}

/// An id that cannot be read counts as 0.
std::uint32_t id_of(Role role, ByteView nal, StreamType type) {
  const bool is_h264 = type == StreamType::kH264;
  const std::size_t header = is_h264 ? 1 : 2;
  if (nal.size() <= header) return 0;
  BitReader reader(nal.subspan(header));
  std::uint32_t id = 0;
  if (role == Role::kVps) {
    id = reader.bits(4);
  } else if (role == Role::kPps) {
    id = reader.exp_golomb();
  } else {
    if (is_h264) {
      reader.skip(24);  // profile, constraints, level
    } else {
      reader.skip(4);
      const auto sub_layers = reader.bits(3);
      reader.skip(1);
      skip_profile_tier_level(reader, sub_layers);
    }
    id = reader.exp_golomb();
  }
  return reader.ok() ? id : 0;
}

/// Whether there is a recovery point (H.264 section D.1.8): in a stream without IDR pictures, for example
/// with periodic refresh, a decoder can begin there.
bool has_recovery_point(ByteView nal, StreamType type) {
  constexpr std::uint32_t kRecoveryPoint = 6;
  const std::size_t header = type == StreamType::kH264 ? 1 : 2;
  if (nal.size() <= header) return false;
  BitReader reader(nal.subspan(header));
  const auto number = [&reader] {
    std::uint32_t value = 0;
    std::uint32_t byte = 0xFF;
    while (reader.ok() && byte == 0xFF) value += byte = reader.bits(8);
    return value;
  };
  while (reader.ok()) {
    const auto what = number();
    const auto size = number();
    if (!reader.ok()) return false;
    if (what == kRecoveryPoint && size > 0) return true;
    if (size > nal.size()) return false;
    reader.skip(static_cast<int>(size) * 8);
  }
  return false;
}

}  // namespace

ParameterSets::Picture ParameterSets::read(ByteView elementary, StreamType type) {
  forget_type(type);
  for (Set& set : sets_) set.seen = false;
  switch (type) {
    case StreamType::kH264:
    case StreamType::kH265:
      return read_nals(elementary, type);
    case StreamType::kMpeg1Video:
    case StreamType::kMpeg2Video:
    case StreamType::kMpeg4Video:
      return read_mpeg(elementary, type);
    default:
      break;
  }
  return {.ended = true};
}

void ParameterSets::forget_type(StreamType type) {
  if (type_ != type) sets_.clear();
  type_ = type;
}

/// Keeps a set. A changed SPS removes the PPS that belong to the former one.
void ParameterSets::keep(int kind, std::uint32_t id, ByteView body) {
  static constexpr std::array<std::uint8_t, 4> kStartCode{0, 0, 0, 1};
  const bool has_start_code = body.size() > 2 && body[0] == 0 && body[1] == 0;
  Bytes bytes;
  if (!has_start_code) bytes.assign(kStartCode.begin(), kStartCode.end());
  bytes.insert(bytes.end(), body.begin(), body.end());
  auto found = std::find_if(sets_.begin(), sets_.end(),
                            [&](const Set& set) { return set.kind == kind && set.id == id; });
  if (found != sets_.end() && found->bytes == bytes) {
    found->seen = true;
    return;
  }
  if (found != sets_.end()) {
    sets_.erase(found);
    if (kind == kSpsKind)
      std::erase_if(sets_, [](const Set& set) { return set.kind == kPpsKind && !set.seen; });
  }
  std::size_t total = bytes.size();
  for (const Set& set : sets_) total += set.bytes.size();
  if (total > limits_.bytes || sets_.size() >= limits_.sets) return;
  const auto behind =
      std::find_if(sets_.begin(), sets_.end(), [kind](const Set& set) { return set.kind > kind; });
  sets_.insert(behind, {kind, id, std::move(bytes), true});
}

ParameterSets::Picture ParameterSets::read_nals(ByteView stream, StreamType type) {
  Picture picture;
  NalScanner scanner(stream);
  NalScanner::Nal nal;
  NalScanner::Nal next;
  bool first = true;
  for (bool more = scanner.next(nal); more && !picture.ended; nal = next) {
    more = scanner.next(next);
    const std::size_t end = more ? next.begin : stream.size();
    const ByteView body = NalScanner::body(stream, nal, end);
    const std::uint8_t header = stream[nal.header];
    const Role role = type == StreamType::kH264 ? h264_role(header) : h265_role(header);
    if (first) picture.insert_at = role == Role::kDelimiter && more ? next.begin : nal.begin;
    first = false;
    // The last one may be cut off; a picture's sets are always followed by its slices.
    if (role == Role::kVps && more) keep(kVpsKind, id_of(role, body, type), body);
    if (role == Role::kSps && more) keep(kSpsKind, id_of(role, body, type), body);
    if (role == Role::kPps && more) keep(kPpsKind, id_of(role, body, type), body);
    const bool set = role == Role::kVps || role == Role::kSps;
    const bool recovers = role == Role::kSei && has_recovery_point(body, type);
    picture.enters |= set || recovers || role == Role::kEntry;
    picture.ended = role == Role::kSlice || role == Role::kEntry;
  }
  picture.has_all = std::all_of(sets_.begin(), sets_.end(), [](const Set& set) { return set.seen; });
  return picture;
}

/// Start codes of MPEG-1 and 2 (ISO/IEC 13818-2 table 6-1), and of MPEG-4 part 2 (14496-2 table 6-3).
ParameterSets::Picture ParameterSets::read_mpeg(ByteView stream, StreamType type) {
  const bool part2 = type == StreamType::kMpeg4Video;
  const auto begins_header = [part2](std::uint8_t code) {
    return part2 ? code == 0xB0 || code == 0xB5 || code <= 0x2F : code == 0xB3;
  };
  const auto ends_header = [part2](std::uint8_t code) {
    return part2 ? code == 0xB3 || code == 0xB6 : code == 0xB8 || code == 0x00;
  };
  Picture picture;
  NalScanner scanner(stream);
  NalScanner::Nal code;
  std::size_t header = kNowhere;
  bool first = true;
  while (!picture.ended && scanner.next(code)) {
    const std::uint8_t value = stream[code.header];
    if (std::exchange(first, false)) picture.insert_at = code.begin;
    if (header == kNowhere && begins_header(value)) {
      header = code.begin;
      picture.enters = true;
    }
    if (header != kNowhere && ends_header(value)) {
      keep(kHeaderKind, 0, NalScanner::body(stream, {0, header}, code.begin));
      header = kNowhere;
    }
    picture.ended = value == (part2 ? 0xB6 : 0x00);
    if (!picture.ended || code.header + 2 >= stream.size()) continue;
    // picture_coding_type, behind ten bits; vop_coding_type, the first two.
    const bool intra =
        part2 ? (stream[code.header + 1] & 0xC0) == 0 : (stream[code.header + 2] & 0x38) == 0x08;
    picture.enters |= intra && has(kHeaderKind);
  }
  picture.has_all = std::all_of(sets_.begin(), sets_.end(), [](const Set& set) { return set.seen; });
  return picture;
}

bool ParameterSets::has(int kind) const {
  return std::any_of(sets_.begin(), sets_.end(), [kind](const Set& set) { return set.kind == kind; });
}

bool ParameterSets::complete(StreamType type) const {
  switch (type) {
    case StreamType::kH264:
    case StreamType::kH265:
      return type_ == type && has(kSpsKind) && has(kPpsKind);
    case StreamType::kMpeg1Video:
    case StreamType::kMpeg2Video:
    case StreamType::kMpeg4Video:
      return type_ == type && has(kHeaderKind);
    default:
      break;
  }
  return true;
}

Bytes ParameterSets::all() const {
  Bytes all;
  for (const Set& set : sets_) all.insert(all.end(), set.bytes.begin(), set.bytes.end());
  return all;
}

}  // namespace pixelpass::mpegts
