#include "pixelpass/playback/known_tracks.hpp"

#include "pixelpass/broadcast/ts_packet.hpp"
#include "pixelpass/playback/section_reader.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace pixelpass::playback {
namespace {

constexpr std::uint8_t kPatTableId = 0x00;
constexpr std::uint8_t kPmtTableId = 0x02;
constexpr std::size_t kPatHeaderBytes = 8;
constexpr std::size_t kPmtHeaderBytes = 12;
constexpr std::size_t kEntryHeaderBytes = 5;
constexpr std::size_t kMaxEntryBytes = kOnePacketSectionBytes - kPmtHeaderBytes;

/// stream_type, table 2-34 there, and those of ATSC A/53.
enum StreamType : std::uint8_t {
  kMpeg1Video = 0x01,
  kMpeg2Video = 0x02,
  kMpeg1Audio = 0x03,
  kMpeg2Audio = 0x04,
  kPrivatePes = 0x06,
  kAacAdts = 0x0F,
  kMpeg4Video = 0x10,
  kAacLatm = 0x11,
  kH264 = 0x1B,
  kH265 = 0x24,
  kH266 = 0x33,
  kAc3 = 0x81,
  kEac3 = 0x87,
};

/// Descriptors: of ISO/IEC 13818-1, and of DVB (EN 300 468).
enum DescriptorTag : std::uint8_t {
  kRegistration = 0x05,
  kLanguage = 0x0A,
  kDvbAc3 = 0x6A,
  kDvbEac3 = 0x7A,
  kDvbAac = 0x7C,
  kExtension = 0x7F,
};
constexpr std::uint8_t kOpusConfiguration = 0x80;  ///< the extension's tag

std::uint16_t bits16(ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
std::uint16_t pid_at(ByteView bytes, std::size_t at) {
  return bits16(bytes, at) & 0x1FFF;
}
std::size_t length_at(ByteView bytes, std::size_t at) {
  return bits16(bytes, at) & 0x0FFF;
}
bool is_fit(std::uint16_t pid) {
  return pid > kLastTablePid && pid < kNullPid;
}
void put16(Bytes& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

bool is_current(ByteView section, std::uint8_t table, std::size_t header) {
  return section.size() >= header + SectionReader::kCrcBytes && section[0] == table &&
         (section[1] & 0x80) != 0 && (section[5] & 1) != 0;
}

bool needs_no_descriptor(std::uint8_t type) {
  switch (type) {
    case kMpeg1Video:
    case kMpeg2Video:
    case kMpeg4Video:
    case kH264:
    case kH265:
    case kH266:
    case kMpeg1Audio:
    case kMpeg2Audio:
    case kAacAdts:
    case kAacLatm:
    case kAc3:
    case kEac3:
      return true;
    default:
      return false;
  }
}

bool is_known_format(ByteView body) {
  using namespace std::string_view_literals;
  constexpr std::array kFormats{"Opus"sv, "AC-3"sv, "EAC3"sv};
  return body.size() >= 4 && std::ranges::find(kFormats, as_text(body.first(4))) != std::end(kFormats);
}

/// It alone says what a private stream is.
bool identifies(std::uint8_t tag, ByteView body) {
  return tag == kDvbAc3 || tag == kDvbEac3 || (tag == kRegistration && is_known_format(body));
}

/// A player shows the language.
bool is_language(ByteView body) {
  return body.size() == 4 &&
         std::ranges::all_of(body.first(3), [](std::uint8_t c) { return c >= 'a' && c <= 'z'; });
}

bool is_kept(std::uint8_t tag, ByteView body) {
  if (tag == kLanguage) return is_language(body);
  if (tag == kExtension) return !body.empty() && body[0] == kOpusConfiguration;
  return tag == kDvbAac || identifies(tag, body);
}

struct Descriptors {
  Bytes kept;
  bool identify = false;
};

Descriptors read_descriptors(ByteView bytes) {
  Descriptors found;
  while (bytes.size() >= 2 && bytes.size() - 2 >= bytes[1]) {
    const std::size_t size = std::size_t{2} + bytes[1];
    const ByteView body = bytes.subspan(2, size - 2);
    found.identify |= identifies(bytes[0], body);
    const ByteView whole = bytes.first(size);
    if (is_kept(bytes[0], body)) found.kept.insert(found.kept.end(), whole.begin(), whole.end());
    bytes = bytes.subspan(size);
  }
  return found;
}

void add_track(KnownTracks& tracks, std::uint8_t type, std::uint16_t pid, ByteView descriptors) {
  const auto [kept, identify] = read_descriptors(descriptors);
  if (!needs_no_descriptor(type) && !(type == kPrivatePes && identify)) return;
  if (tracks.entries.size() + kEntryHeaderBytes + kept.size() > kMaxEntryBytes) return;
  tracks.pids.push_back(pid);
  tracks.entries.push_back(type);
  put16(tracks.entries, 0xE000U | pid);
  put16(tracks.entries, 0xF000U | static_cast<unsigned>(kept.size()));
  tracks.entries.insert(tracks.entries.end(), kept.begin(), kept.end());
}

/// table_id to last_section_number; the length comes later.
Bytes begin_section(std::uint8_t table, std::uint16_t id, std::uint8_t version) {
  Bytes section{table, 0, 0};
  put16(section, id);
  section.push_back(static_cast<std::uint8_t>(0xC1 | (version & 0x1F) << 1));
  put16(section, 0);
  return section;
}

}  // namespace

std::uint8_t version_of(ByteView section) {
  return section[5] >> 1 & 0x1F;
}

std::optional<ProgramPlace> read_pat(ByteView section) {
  constexpr std::size_t kEntryBytes = 4;
  if (!is_current(section, kPatTableId, kPatHeaderBytes)) return std::nullopt;
  std::optional<ProgramPlace> first;
  ByteView entries = section.subspan(kPatHeaderBytes);
  for (; entries.size() >= kEntryBytes + SectionReader::kCrcBytes; entries = entries.subspan(kEntryBytes)) {
    const std::uint16_t number = bits16(entries, 0);
    const std::uint16_t pid = pid_at(entries, 2);
    const bool is_network = number == 0;
    if (is_network || !is_fit(pid)) continue;
    if (!first)
      first = ProgramPlace{bits16(section, 3), number, pid, false};
    else
      first->shares_pid |= pid == first->pmt_pid;
  }
  return first;
}

std::optional<KnownTracks> read_pmt(ByteView section, std::uint16_t pmt_pid) {
  if (!is_current(section, kPmtTableId, kPmtHeaderBytes)) return std::nullopt;
  KnownTracks tracks{.number = bits16(section, 3), .pcr_pid = pid_at(section, 8), .pids = {}, .entries = {}};
  if (!is_fit(tracks.pcr_pid) || tracks.pcr_pid == pmt_pid) tracks.pcr_pid = kNullPid;
  ByteView rest =
      section.subspan(kPmtHeaderBytes, section.size() - kPmtHeaderBytes - SectionReader::kCrcBytes);
  rest = rest.subspan(std::min(length_at(section, kPmtHeaderBytes - 2), rest.size()));
  while (rest.size() >= kEntryHeaderBytes) {
    const std::uint16_t pid = pid_at(rest, 1);
    const std::size_t size = kEntryHeaderBytes + length_at(rest, 3);
    if (size > rest.size()) break;
    const bool is_free = std::ranges::find(tracks.pids, pid) == tracks.pids.end();
    if (is_fit(pid) && pid != pmt_pid && is_free)
      add_track(tracks, rest[0], pid, rest.subspan(kEntryHeaderBytes, size - kEntryHeaderBytes));
    rest = rest.subspan(size);
  }
  return tracks;
}

Bytes make_pat(const ProgramPlace& place, std::uint8_t version) {
  Bytes section = begin_section(kPatTableId, place.stream_id, version);
  put16(section, place.number);
  put16(section, 0xE000U | place.pmt_pid);
  return section;
}

Bytes make_pmt(const KnownTracks& tracks, std::uint8_t version) {
  Bytes section = begin_section(kPmtTableId, tracks.number, version);
  put16(section, 0xE000U | tracks.pcr_pid);
  put16(section, 0xF000U);
  section.insert(section.end(), tracks.entries.begin(), tracks.entries.end());
  return section;
}

}  // namespace pixelpass::playback
