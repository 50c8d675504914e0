#include "pixelpass/mpegts/media_filter.hpp"
#include "pixelpass/mpegts/ts_demuxer.hpp"

#include "fuzz.hpp"

using namespace pixelpass;
using namespace pixelpass::mpegts;
using fuzz::require;

namespace {

constexpr std::size_t kLongestFramePackets = 32;

/// Sections one behind the other become packets of their own, each table's last one not full: at most twice
/// as many. A section that began in an earlier frame and one more of each table come on top.
constexpr std::size_t most_of(std::size_t given) {
  constexpr std::size_t kMostTablePackets = 6;
  return 2 * given + 3 * kMostTablePackets * kTsPacketBytes;
}

/// What every player may rely on.
void check(const Frame& given, const Frame& passed, std::optional<mpegts::ProgramPlace>& place) {
  const ByteView bytes = passed.bytes.view();
  require(!bytes.empty() && bytes.size() % kTsPacketBytes == 0, "whole packets");
  require(bytes.size() <= most_of(given.bytes.size()),
          "two tables more at most, and those given in full packets");
  std::size_t index = 0;
  for_each_packet(bytes, [&](TsPacketView packet) {
    require(packet.in_sync(), "the sync byte");
    require((packet.bytes()[3] & 0xC0) == 0, "nothing is scrambled");
    require(packet.pid() == kPatPid || (packet.pid() > kLastTablePid && packet.pid() < kNullPid),
            "a fit PID");
    if (index++ == 0 && passed.keyframe) require(packet.pid() == kPatPid, "a group begins with its PAT");
    if (packet.pid() != kPatPid) return;
    SectionReader reader;
    bool whole = false;
    reader.feed(packet, [&](ByteView section, ByteView /*packets*/) {
      place = mpegts::read_pat(section);
      whole = true;
    });
    require(whole && place && !place->shares_pid, "a PAT of one packet and one programme");
  });
}

/// What is taken apart for a recording: with what has passed, and with what has not.
void check_unit(const ElementaryUnit& unit) {
  require(!unit.bytes.empty() && unit.bytes.size() <= TsDemuxer::kMostUnitBytes, "a unit that fits");
  require(unit.pts < kPtsWrap && unit.dts < kPtsWrap, "33 bits");
}

}  // namespace

/// The first byte of a run of packets' number decides how the input is cut into frames: its low bits are how
/// many packets, its highest bit is a keyframe.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  MediaFilter filter;
  TsDemuxer demuxer;
  TsDemuxer unfiltered;
  std::optional<mpegts::ProgramPlace> place;
  ByteView rest(data, size);
  for (bool first = true; !rest.empty(); first = false) {
    const std::uint8_t control = rest[0];
    rest = rest.subspan(1);
    const std::size_t wanted = (1 + control % kLongestFramePackets) * kTsPacketBytes;
    const ByteView bytes = rest.first(std::min(wanted, rest.size()));
    rest = rest.subspan(bytes.size());
    const Frame frame{.bytes = SharedBytes::copy_of(bytes),
                      .captured_at = {},
                      .keyframe = first || (control & 0x80) != 0,
                      .after_gap = (control & 0x40) != 0};
    const auto passed = filter.pass(frame);
    if (passed) check(frame, *passed, place);
    if (passed) demuxer.feed(*passed, check_unit);
    unfiltered.feed(frame, check_unit);
  }
  demuxer.flush(check_unit);
  unfiltered.flush(check_unit);
  return 0;
}
