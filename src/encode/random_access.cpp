#include "pixelpass/encode/random_access.hpp"

#include "pixelpass/broadcast/pes.hpp"
#include "pixelpass/encode/annex_b.hpp"

#include <algorithm>

namespace pixelpass::encode {
namespace {

constexpr std::size_t kLookAtBytes = 4096;          ///< delimiter, SEI and parameter sets fit
constexpr std::uint8_t kSequenceHeaderCode = 0xB3;  ///< MPEG-1 and MPEG-2 video
constexpr std::uint8_t kPictureStartCode = 0x00;
constexpr std::uint8_t kVisualObjectSequenceCode = 0xB0;  ///< MPEG-4 part 2
constexpr std::uint8_t kVopStartCode = 0xB6;

enum class Entry : std::uint8_t { kYes, kNo, kUndecided };

Entry h264_entry(std::uint8_t header) {
  const std::uint8_t type = h264::nal_type(header);
  if (type == h264::kSps || type == h264::kIdrSlice) return Entry::kYes;
  return h264::is_slice(type) ? Entry::kNo : Entry::kUndecided;
}

Entry h265_entry(std::uint8_t header) {
  const std::uint8_t type = h265::nal_type(header);
  if (type == h265::kVps || type == h265::kSps) return Entry::kYes;
  if (type >= h265::kFirstRandomAccess && type <= h265::kLastRandomAccess) return Entry::kYes;
  return type <= h265::kLastSlice ? Entry::kNo : Entry::kUndecided;
}

Entry mpeg_entry(std::uint8_t code, StreamType type) {
  const bool part2 = type == StreamType::kMpeg4Video;
  if (code == (part2 ? kVisualObjectSequenceCode : kSequenceHeaderCode)) return Entry::kYes;
  return code == (part2 ? kVopStartCode : kPictureStartCode) ? Entry::kNo : Entry::kUndecided;
}

Entry entry(std::uint8_t header, StreamType type) {
  switch (type) {
    case StreamType::kH264:
      return h264_entry(header);
    case StreamType::kH265:
      return h265_entry(header);
    case StreamType::kMpeg1Video:
    case StreamType::kMpeg2Video:
    case StreamType::kMpeg4Video:
      return mpeg_entry(header, type);
    case StreamType::kH266:
    case StreamType::kAacAdts:
      break;
  }
  return Entry::kNo;
}

/// The start of the elementary stream within the first PES packet.
Bytes elementary_start(ByteView packets, std::uint16_t pid) {
  Bytes found;
  for (std::size_t at = 0; at < packets.size() && found.size() < kLookAtBytes; at += kTsPacketBytes) {
    const TsPacketView packet(packets.data() + at);
    if (packet.pid() != pid) continue;
    const ByteView payload = packet.payload();
    found.insert(found.end(), payload.begin(), payload.end());
  }
  const auto pes = parse_pes_start(found);
  if (!pes) return {};
  const std::size_t header = std::min(pes->elementary_at, found.size());
  found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(header));
  return found;
}

}  // namespace

std::size_t pes_packet_bytes(ByteView payload) {
  const auto pes = parse_pes_start(payload);
  return pes ? pes->packet_bytes : 0;
}

bool is_random_access(ByteView packets, ProgramMap::VideoTrack video) {
  if (TsPacketView(packets.data()).random_access()) return true;
  const Bytes stream = elementary_start(packets, video.pid);
  NalScanner scanner(stream);
  NalScanner::Nal nal;
  while (scanner.next(nal)) {
    const Entry found = entry(stream[nal.header], video.type);
    if (found != Entry::kUndecided) return found == Entry::kYes;
  }
  return false;
}

}  // namespace pixelpass::encode
