#include "web/h264_packetizer.hpp"

#include "pixelpass/mpegts/annex_b.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>

namespace pixelpass::web {
namespace {

using mpegts::NalScanner;
namespace h264 = mpegts::h264;

constexpr std::uint8_t kFuA = 28;
constexpr std::uint8_t kReferenceBits = 0xe0;
constexpr std::uint8_t kStart = 0x80;
constexpr std::uint8_t kEnd = 0x40;
constexpr std::size_t kFuHeaderBytes = 2;

std::size_t pieces_of(std::size_t bytes, std::size_t most) {
  return (bytes + most - 1) / most;
}

std::vector<ByteView> nal_units(ByteView stream) {
  std::vector<ByteView> units;
  NalScanner scanner(stream);
  NalScanner::Nal nal;
  bool more = scanner.next(nal);
  while (more) {
    NalScanner::Nal next;
    more = scanner.next(next);
    units.push_back(NalScanner::body(stream, nal, more ? next.begin : stream.size()));
    nal = next;
  }
  std::erase_if(units, [](ByteView unit) { return unit.empty(); });
  return units;
}

bool holds(const std::vector<ByteView>& units, std::uint8_t type) {
  return std::ranges::any_of(units, [&](ByteView unit) { return h264::nal_type(unit[0]) == type; });
}

/// RFC 7741 section 4.2 and RFC 6386 section 9.1: enough of both headers for a browser to accept it as a
/// frame.
constexpr std::uint8_t kStartOfPartition = 0x10;
constexpr std::array<std::uint8_t, 10> kVp8Key{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02};
constexpr std::array<std::uint8_t, 10> kVp8Delta{0x11};

}  // namespace

void H264Packetizer::remember(SharedBytes& set, ByteView unit) {
  if (unit.size() > kMaxSetBytes || std::ranges::equal(set.view(), unit)) return;
  set = SharedBytes::copy_of(unit);
}

std::vector<RtpPayload> H264Packetizer::cut(const SharedBytes& picture, bool keyframe) {
  const auto units = nal_units(picture.view());
  std::vector<RtpPayload> out;
  for (const auto unit : units) {
    const auto type = h264::nal_type(unit[0]);
    if (type == h264::kSps) remember(sps_, unit);
    if (type == h264::kPps) remember(pps_, unit);
  }
  if (keyframe && !holds(units, h264::kSps) && !sps_.empty()) add(sps_, sps_.view(), out);
  if (keyframe && !holds(units, h264::kPps) && !pps_.empty()) add(pps_, pps_.view(), out);
  bool has_slice = false;
  for (const auto unit : units) {
    const auto type = h264::nal_type(unit[0]);
    if (type == h264::kAccessUnitDelimiter || type == h264::kSei) continue;
    has_slice = has_slice || h264::is_slice(type);
    add(picture, unit, out);
  }
  if (!has_slice) return {};
  out.back().marker = true;
  return out;
}

void H264Packetizer::add(const SharedBytes& owner, ByteView unit, std::vector<RtpPayload>& out) const {
  if (unit.size() <= max_bytes_) {
    out.push_back({owner, unit});
    return;
  }
  const auto indicator = static_cast<std::uint8_t>((unit[0] & kReferenceBits) | kFuA);
  const auto type = h264::nal_type(unit[0]);
  auto rest = unit.subspan(1);
  const auto each = pieces_of(rest.size(), pieces_of(rest.size(), max_bytes_ - kFuHeaderBytes));
  for (std::uint8_t place = kStart; !rest.empty(); place = 0) {
    const auto piece = rest.first(std::min(each, rest.size()));
    rest = rest.subspan(piece.size());
    if (rest.empty()) place |= kEnd;
    out.push_back({owner, piece, {indicator, static_cast<std::uint8_t>(type | place)}, kFuHeaderBytes});
  }
}

std::vector<RtpPayload> WrappedPacketizer::cut(const SharedBytes& picture, bool keyframe) {
  constexpr std::size_t kFirst = 1 + kVp8Key.size() + sizeof counter_;
  static_assert(kFirst <= RtpPayload::kMaxPrefix);
  RtpPayload first{picture, {}, {kStartOfPartition}, kFirst};
  std::ranges::copy(keyframe ? kVp8Key : kVp8Delta, first.prefix.begin() + 1);
  boost::endian::store_big_u32(&first.prefix[1 + kVp8Key.size()], counter_++);
  const std::size_t all = kFirst - 1 + picture.size();  // each packet has a byte of its own in front
  const auto each = pieces_of(all, pieces_of(all, max_bytes_ - 1));
  auto rest = picture.view();
  first.piece = rest.first(std::min(each + 1 - kFirst, rest.size()));
  std::vector<RtpPayload> out{first};
  for (rest = rest.subspan(first.piece.size()); !rest.empty(); rest = rest.subspan(out.back().piece.size()))
    out.push_back({picture, rest.first(std::min(each, rest.size())), {0}, 1});
  out.back().marker = true;
  return out;
}

}  // namespace pixelpass::web
