#include "pixelpass/mpegts/ts_writer.hpp"

#include "pixelpass/mpegts/annex_b.hpp"
#include "pixelpass/mpegts/pes.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <memory>
#include <utility>

namespace pixelpass::mpegts {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kProgramNumber = 1;
constexpr std::uint16_t kPmtPid = 0x0020;
constexpr std::uint16_t kVideoPid = 0x0041;
constexpr std::uint16_t kAudioPid = 0x0042;
constexpr std::uint16_t kNoPcrPid = kNullPid;
constexpr std::uint8_t kVideoStreamId = 0xE0;
constexpr std::uint8_t kAudioStreamId = 0xC0;

constexpr std::size_t kTablePackets = 2;
/// Tables may be 100 ms apart; the next frame may be this much less away and they still are not.
constexpr auto kTableInterval = 60ms;

/// Every time stamp is this much later than the access unit's, so that the first PCR is not negative.
constexpr std::uint64_t kFirstTick = 90'000;
constexpr std::uint64_t kPcrBeforePts = 900;  ///< 10 ms at 90 kHz

constexpr std::size_t kPesHeaderBytes = 14;  ///< start code, stream id, length, flags, PTS
constexpr std::size_t kPesFixedBytes = 6;    ///< of these, the ones PES_packet_length does not count
constexpr std::size_t kPcrFieldBytes = 8;    ///< adaptation field: length, flags, PCR
constexpr std::size_t kMaxPayloadBytes = kTsPacketBytes - kTsHeaderBytes;
constexpr std::uint8_t kStuffing = 0xFF;
/// Encoders' own have some 50. Longer ones are not put in front of anything.
constexpr std::size_t kMostParameterSetBytes = 4096;

/// primary_pic_type 7: any slice type may follow.
constexpr std::array<std::uint8_t, 6> kAccessUnitDelimiter{0, 0, 0, 1, h264::kAccessUnitDelimiter, 0xF0};

std::uint64_t to_ticks(std::chrono::nanoseconds pts) {
  // 90 kHz: 9 ticks in 100 us. 64 bits hold 32 years of ns times 9.
  return static_cast<std::uint64_t>(pts.count() * 9 / 100'000) + kFirstTick;
}

std::uint8_t low8(std::uint64_t value) {
  return static_cast<std::uint8_t>(value & 0xFF);
}

TsPacket pat_packet() {
  constexpr std::uint16_t kStreamId = 1;
  Bytes section = begin_section(kPatTableId, kStreamId, 0);
  put16(section, kProgramNumber);
  put_pid(section, kPmtPid);
  return table_packet(kPatPid, std::move(section));
}

TsPacket pmt_packet(TsWriter::Tracks tracks) {
  Bytes section = begin_section(kPmtTableId, kProgramNumber, 0);
  put_pid(section, tracks.video ? kVideoPid : tracks.audio ? kAudioPid : kNoPcrPid);
  put_length(section, 0);
  const auto add = [&section](StreamType type, std::uint16_t pid) {
    section.push_back(static_cast<std::uint8_t>(type));
    put_pid(section, pid);
    put_length(section, 0);
  };
  if (tracks.video) add(StreamType::kH264, kVideoPid);
  if (tracks.audio) add(StreamType::kAacAdts, kAudioPid);
  return table_packet(kPmtPid, std::move(section));
}

/// How many bytes of an access unit are its delimiter; 0 if it has none.
std::size_t delimiter_bytes(ByteView unit) {
  constexpr std::size_t kLongestStartCode = 4;
  constexpr std::size_t kNalBytes = 2;  // header, primary_pic_type
  NalScanner scanner(unit.first(std::min(unit.size(), kLongestStartCode + kNalBytes)));
  NalScanner::Nal first;
  if (!scanner.next(first) || first.begin != 0 || first.header + kNalBytes > unit.size()) return 0;
  const bool is_delimiter = h264::nal_type(unit[first.header]) == h264::kAccessUnitDelimiter;
  return is_delimiter ? first.header + kNalBytes : 0;
}

/// Section 2.4.3.4: 33 bits of 90 kHz, 6 reserved, 9 bits of 27 MHz (always 0 here).
void put_pcr(std::uint64_t ticks, std::uint8_t* out) {
  for (const int shift : {25, 17, 9, 1}) *out++ = low8(ticks >> shift);  // bit 32 is the highest
  *out++ = low8((ticks & 1) << 7 | 0x7E);
  *out = 0;
}

}  // namespace

/// A PES packet that is being spread over transport packets: its parts lie where they came from.
struct TsWriter::Pes {
  std::array<std::uint8_t, kPesHeaderBytes> header;
  std::array<ByteView, 4> parts;  ///< header, delimiter, parameter sets, access unit
  std::size_t part = 0;
  std::size_t left = 0;  ///< bytes
  std::optional<Ticks> pcr;
  bool random_access = false;

  void set_header(std::uint8_t stream_id, std::size_t payload_bytes, Ticks pts);
  /// Copies the next `bytes`.
  void take(std::uint8_t* out, std::size_t bytes);
  [[nodiscard]] std::size_t packets() const;
};

void TsWriter::Pes::set_header(std::uint8_t stream_id, std::size_t payload_bytes, Ticks pts) {
  const std::size_t length = kPesHeaderBytes - kPesFixedBytes + payload_bytes;
  const std::size_t said = length <= kMaxPesLength ? length : 0;
  assert(said != 0 || stream_id == kVideoStreamId);
  constexpr std::uint8_t kAligned = 0x84;  // data_alignment_indicator: an access unit begins here
  constexpr std::uint8_t kPtsOnly = 0x80;
  constexpr std::uint8_t kPtsBytes = 5;
  header = {0,
            0,
            1,
            stream_id,
            low8(said >> 8),
            low8(said),
            kAligned,
            kPtsOnly,
            kPtsBytes,
            low8(0x21 | (pts >> 29 & 0x0E)),
            low8(pts >> 22),
            low8(pts >> 14 | 1),
            low8(pts >> 7),
            low8(pts << 1 | 1)};
  parts[0] = header;
  left = kPesHeaderBytes + payload_bytes;
}

void TsWriter::Pes::take(std::uint8_t* out, std::size_t bytes) {
  left -= bytes;
  while (bytes > 0) {
    ByteView& from = parts[part];
    const std::size_t now = std::min(bytes, from.size());
    if (now > 0) std::memcpy(out, from.data(), now);
    out += now;
    bytes -= now;
    from = from.subspan(now);
    if (from.empty()) ++part;
  }
}

std::size_t TsWriter::Pes::packets() const {
  const std::size_t in_first = kMaxPayloadBytes - (pcr ? kPcrFieldBytes : 0);
  return left <= in_first ? 1 : 1 + (left - in_first + kMaxPayloadBytes - 1) / kMaxPayloadBytes;
}

TsWriter::TsWriter(Tracks tracks)
    : tracks_(tracks),
      video_{kVideoPid, kVideoStreamId},
      audio_{kAudioPid, kAudioStreamId},
      pat_(pat_packet()),
      pmt_(pmt_packet(tracks)) {}

std::size_t TsWriter::most_frame_bytes(std::size_t unit_bytes) {
  const std::size_t carried =
      kPcrFieldBytes + kPesHeaderBytes + kAccessUnitDelimiter.size() + kMostParameterSetBytes + unit_bytes;
  const std::size_t packets = (carried + kMaxPayloadBytes - 1) / kMaxPayloadBytes;
  return (kTablePackets + packets) * kTsPacketBytes;
}

Frame TsWriter::write(const AccessUnit& unit) {
  return unit.kind == AccessUnit::Kind::kVideo ? write_video(unit) : write_audio(unit);
}

Frame TsWriter::write_video(const AccessUnit& unit) {
  assert(tracks_.video);
  Pes pes;
  const ByteView bytes = unit.bytes.view();
  const std::size_t delimiter = delimiter_bytes(bytes);
  pes.parts[1] = delimiter > 0 ? bytes.first(delimiter) : ByteView(kAccessUnitDelimiter);
  pes.parts[3] = bytes.subspan(delimiter);
  if (unit.keyframe) remember_parameter_sets(pes.parts[3], pes);
  pes.random_access = unit.keyframe;
  pes.pcr = to_ticks(unit.pts) - kPcrBeforePts;
  return write_pes(video_, pes, unit, unit.keyframe);
}

Frame TsWriter::write_audio(const AccessUnit& unit) {
  assert(tracks_.audio);
  Pes pes;
  pes.parts[3] = unit.bytes.view();
  if (!tracks_.video) pes.pcr = to_ticks(unit.pts) - kPcrBeforePts;
  const bool joinable = !tracks_.video && tables_due(unit.pts);
  pes.random_access = joinable;
  return write_pes(audio_, pes, unit, joinable);
}

Frame TsWriter::write_pes(Track& track, Pes& pes, const AccessUnit& unit, bool keyframe) {
  pes.set_header(track.stream_id, pes.parts[1].size() + pes.parts[2].size() + pes.parts[3].size(),
                 to_ticks(unit.pts));
  const bool tables = keyframe || tables_due(unit.pts);
  const std::size_t packets = pes.packets();
  const std::size_t bytes = (packets + (tables ? kTablePackets : 0)) * kTsPacketBytes;
  auto memory = std::make_shared_for_overwrite<std::uint8_t[]>(bytes);

  std::uint8_t* out = memory.get();
  if (tables) {
    put_tables(out);
    tables_at_ = std::max(unit.pts, tables_at_.value_or(unit.pts));
  }
  for (std::size_t i = 0; i < packets; ++i, out += kTsPacketBytes) put_packet(track, pes, i == 0, out);
  assert(pes.left == 0 && out == memory.get() + bytes);

  const ByteView view(memory.get(), bytes);
  return {SharedBytes(std::move(memory), view), unit.captured_at, keyframe, unit.after_gap};
}

bool TsWriter::tables_due(std::chrono::nanoseconds pts) const {
  return !tables_at_ || pts - *tables_at_ >= kTableInterval;
}

void TsWriter::put_tables(std::uint8_t*& out) {
  for (TsPacket* table : {&pat_, &pmt_}) {
    (*table)[3] = static_cast<std::uint8_t>(((*table)[3] & 0xF0) | tables_continuity_);
    out = std::copy(table->begin(), table->end(), out);
  }
  tables_continuity_ = (tables_continuity_ + 1) & 0x0F;
}

void TsWriter::put_packet(Track& track, Pes& pes, bool first, std::uint8_t* out) {
  const bool pcr = first && pes.pcr;
  const std::size_t wanted = pcr ? kPcrFieldBytes : 0;
  const std::size_t payload = std::min(kMaxPayloadBytes - wanted, pes.left);
  // The payload's last packet is filled up by the adaptation field (section 2.4.3.5).
  const std::size_t field = kMaxPayloadBytes - payload;

  out[0] = kTsSyncByte;
  out[1] = low8((first ? 0x40 : 0) | track.pid >> 8);
  out[2] = low8(track.pid);
  out[3] = low8((field > 0 ? 0x30 : 0x10) | track.continuity);
  track.continuity = (track.continuity + 1) & 0x0F;
  out += kTsHeaderBytes;
  if (field > 0) out[0] = low8(field - 1);
  if (field > 1) {
    out[1] = low8((first && pes.random_access ? 0x40 : 0) | (pcr ? 0x10 : 0));
    std::fill(out + 2, out + field, kStuffing);
    if (pcr) put_pcr(*pes.pcr, out + 2);
  }
  pes.take(out + field, payload);
}

/// Puts the last parameter sets in front of a keyframe that comes without: some encoders send them once.
void TsWriter::remember_parameter_sets(ByteView keyframe, Pes& pes) {
  NalScanner scanner(keyframe);
  NalScanner::Nal nal;
  Bytes found;
  bool sps = false;
  bool pps = false;
  std::size_t begin = 0;  // of the parameter set that has not ended yet
  bool inside = false;
  const auto close = [&](std::size_t end) {
    const auto from = keyframe.begin();
    if (inside) {
      found.insert(found.end(), from + static_cast<std::ptrdiff_t>(begin),
                   from + static_cast<std::ptrdiff_t>(end));
    }
  };
  while (scanner.next(nal)) {
    close(nal.begin);
    const std::uint8_t type = h264::nal_type(keyframe[nal.header]);
    if (h264::is_slice(type)) break;
    inside = type == h264::kSps || type == h264::kPps;
    begin = nal.begin;
    sps |= type == h264::kSps;
    pps |= type == h264::kPps;
  }
  if (sps && pps) {
    if (found.size() > kMostParameterSetBytes) found.clear();
    parameter_sets_ = std::move(found);
  } else {
    pes.parts[2] = parameter_sets_;
  }
}

}  // namespace pixelpass::mpegts
