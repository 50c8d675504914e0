#include "mpegts/pes_insertion.hpp"

#include "pixelpass/mpegts/pes.hpp"

#include <algorithm>

namespace pixelpass::mpegts {
namespace {

constexpr std::size_t kRoom = kTsPacketBytes - kTsHeaderBytes;
constexpr std::size_t kPesLengthAt = 4;
constexpr std::size_t kPesLengthEnd = 6;

void add_length(Bytes& packets, std::size_t payload, std::size_t more) {
  auto* const length = packets.data() + payload + kPesLengthAt;
  const std::size_t before = std::size_t{length[0]} << 8 | length[1];
  const std::size_t after = before == 0 || before + more > kMaxPesLength ? 0 : before + more;
  length[0] = static_cast<std::uint8_t>(after >> 8);
  length[1] = static_cast<std::uint8_t>(after);
}

/// A packet with as much of `bytes` as fits, filled up in its adaptation field. How many went in.
std::size_t append_packet(Bytes& out, TsPacketView like, std::uint8_t counter, ByteView bytes) {
  const std::size_t taken = std::min(bytes.size(), kRoom);
  const std::size_t fill = kRoom - taken;
  out.push_back(kTsSyncByte);
  out.push_back(static_cast<std::uint8_t>(like.bytes()[1] & 0x3F));  // no unit starts here
  out.push_back(like.bytes()[2]);
  out.push_back(static_cast<std::uint8_t>((fill > 0 ? 0x30 : 0x10) | (counter & 0x0F)));
  if (fill > 0) out.push_back(static_cast<std::uint8_t>(fill - 1));
  if (fill > 1) out.push_back(0);
  if (fill > 2) out.insert(out.end(), fill - 2, 0xFF);
  out.insert(out.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
  return taken;
}

}  // namespace

Insertion insert_into_pes(ByteView packets, std::size_t at, ByteView addition) {
  const std::uint16_t pid = TsPacketView(packets.data()).pid();
  const std::size_t first_payload = kTsPacketBytes - TsPacketView(packets.data()).payload().size();
  if (first_payload + kPesLengthEnd > kTsPacketBytes) return {};
  for (std::size_t offset = 0; offset < packets.size(); offset += kTsPacketBytes) {
    const TsPacketView packet(packets.data() + offset);
    const ByteView payload = packet.payload();
    if (packet.pid() != pid) continue;
    if (at >= payload.size()) {
      at -= payload.size();
      continue;
    }
    Insertion done;
    done.packets.assign(packets.begin(), packets.begin() + static_cast<std::ptrdiff_t>(offset));
    Bytes stream(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(at));
    stream.insert(stream.end(), addition.begin(), addition.end());
    stream.insert(stream.end(), payload.begin() + static_cast<std::ptrdiff_t>(at), payload.end());
    // The packet's own bytes, up to its payload, and as much as it held.
    done.packets.insert(done.packets.end(), packet.bytes().begin(), packet.bytes().end());
    std::copy_n(stream.begin(), payload.size(),
                done.packets.end() - static_cast<std::ptrdiff_t>(payload.size()));
    std::uint8_t counter = packet.counter();
    for (std::size_t done_bytes = payload.size(); done_bytes < stream.size(); ++done.added_packets)
      done_bytes += append_packet(done.packets, packet, ++counter, ByteView(stream).subspan(done_bytes));
    add_length(done.packets, first_payload, addition.size());
    done.behind = done.packets.size();
    done.packets.insert(done.packets.end(),
                        packets.begin() + static_cast<std::ptrdiff_t>(offset + kTsPacketBytes),
                        packets.end());
    return done;
  }
  return {};
}

}  // namespace pixelpass::mpegts
