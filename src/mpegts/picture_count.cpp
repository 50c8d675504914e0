#include "pixelpass/mpegts/picture_count.hpp"

#include "pixelpass/mpegts/pes.hpp"
#include "pixelpass/mpegts/ts_packet.hpp"

namespace pixelpass {

std::size_t count_pictures(ByteView packets) {
  std::size_t count = 0;
  for_each_packet(packets, [&count](TsPacketView packet) {
    if (!packet.in_sync() || !packet.starts_unit()) return;
    const auto pes = parse_pes_start(packet.payload());
    if (pes && pes->is_video()) ++count;
  });
  return count;
}

}  // namespace pixelpass
