#include "pixelpass/mpegts/pes.hpp"
#include "pixelpass/mpegts/ts_packet.hpp"

#include "fuzz.hpp"

using namespace pixelpass;
using fuzz::require;

namespace {

void check(ByteView payload) {
  const auto start = parse_pes_start(payload);
  if (!start) return;
  require(start->elementary_at >= 9, "the header is in front of the stream");
  if (!start->pts) return;
  require(*start->pts >= Ticks(0) && *start->pts < kPtsWrap, "33 bits");
  const Ticks ahead = pts_difference(*start->pts, Ticks(0));
  require(ahead >= -kPtsWrap / 2 && ahead < kPtsWrap / 2, "half the range to either side");
}

}  // namespace

/// Any bytes, as packets and as the start of a PES packet: nothing outside of them is read (which the
/// sanitizers see), and a time stamp is one of 33 bits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  check(bytes);
  for_each_packet(bytes, [](TsPacketView packet) {
    require(packet.payload().size() <= kTsPacketBytes - kTsHeaderBytes, "within the packet");
    require(packet.pcr().empty() || packet.pcr().size() == TsPacketView::kPcrBytes, "a whole PCR");
    check(packet.payload());
  });
  return 0;
}
