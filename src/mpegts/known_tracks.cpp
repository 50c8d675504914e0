#include "pixelpass/mpegts/known_tracks.hpp"

#include "pixelpass/mpegts/ts_tables.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace pixelpass::mpegts {
namespace {

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

bool is_fit(std::uint16_t pid) {
  return pid > kLastTablePid && pid < kNullPid;
}
bool needs_no_descriptor(StreamType type) {
  switch (type) {
    case StreamType::kMpeg1Audio:
    case StreamType::kMpeg2Audio:
    case StreamType::kAacAdts:
    case StreamType::kAacLatm:
    case StreamType::kAc3:
    case StreamType::kEac3:
      return true;
    default:
      return is_video(type);
  }
}

bool is_known_format(ByteView body) {
  using namespace std::string_view_literals;
  constexpr std::array kFormats{"Opus"sv, "AC-3"sv, "EAC3"sv};
  return body.size() >= 4 && std::ranges::find(kFormats, as_text(body.first(4))) != std::end(kFormats);
}

/// Whether the descriptor alone tells what a private stream contains.
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

void add_track(KnownTracks& tracks, StreamType type, std::uint16_t pid, ByteView descriptors) {
  const auto [kept, identify] = read_descriptors(descriptors);
  if (!needs_no_descriptor(type) && !(type == StreamType::kPrivatePes && identify)) return;
  tracks.pids.push_back(pid);
  tracks.entries.push_back(static_cast<std::uint8_t>(type));
  put_pid(tracks.entries, pid);
  put_length(tracks.entries, kept.size());
  tracks.entries.insert(tracks.entries.end(), kept.begin(), kept.end());
}

}  // namespace

std::optional<ProgramPlace> read_pat(ByteView section) {
  if (!is_current(section, kPatTableId, kTableHeaderBytes)) return std::nullopt;
  std::optional<ProgramPlace> first;
  ByteView entries = section.subspan(kTableHeaderBytes);
  for (; entries.size() >= kPatEntryBytes + kTableCrcBytes; entries = entries.subspan(kPatEntryBytes)) {
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
  ByteView rest = section.subspan(kPmtHeaderBytes, section.size() - kPmtHeaderBytes - kTableCrcBytes);
  rest = rest.subspan(std::min<std::size_t>(length_at(section, kPmtHeaderBytes - 2), rest.size()));
  while (rest.size() >= kPmtEntryBytes) {
    const std::uint16_t pid = pid_at(rest, 1);
    const std::size_t size = kPmtEntryBytes + length_at(rest, 3);
    if (size > rest.size()) break;
    const bool is_free = std::ranges::find(tracks.pids, pid) == tracks.pids.end();
    if (is_fit(pid) && pid != pmt_pid && is_free)
      add_track(tracks, static_cast<StreamType>(rest[0]), pid,
                rest.subspan(kPmtEntryBytes, size - kPmtEntryBytes));
    rest = rest.subspan(size);
  }
  return tracks;
}

Bytes make_pat(const ProgramPlace& place, std::uint8_t version) {
  Bytes section = begin_section(kPatTableId, place.stream_id, version);
  put16(section, place.number);
  put_pid(section, place.pmt_pid);
  return section;
}

Bytes make_pmt(const KnownTracks& tracks, std::uint8_t version) {
  Bytes section = begin_section(kPmtTableId, tracks.number, version);
  put_pid(section, tracks.pcr_pid);
  put_length(section, 0);
  section.insert(section.end(), tracks.entries.begin(), tracks.entries.end());
  return section;
}

}  // namespace pixelpass::mpegts
