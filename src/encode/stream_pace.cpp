#include "encode/stream_pace.hpp"

#include "pixelpass/mpegts/ts_packet.hpp"

#include <utility>

namespace pixelpass::encode {
namespace {

using namespace std::chrono_literals;

/// The longest step of one clock; a longer one means that another clock begins. Slide shows stay below it.
constexpr Duration kLongestStep = 10s;
/// How late a file's reader may be and still catch up; a longer halt (a stopped process) is not made up for.
constexpr Duration kLate = 1s;
/// A pipe is played faster by one part in this many: more than any two clocks differ by, and invisible.
constexpr int kDrift = 1000;

}  // namespace

/// Without a DTS, and with pictures out of order against the standard, times go back a little: that step
/// counts as zero.
Duration StreamPace::step_to(Ticks decodes) {
  const auto before = std::exchange(last_, decodes);
  if (!before) return {};
  const auto step = std::chrono::duration_cast<Duration>(pts_difference(decodes, *before));
  if (step < 0s && step > -kLead) {
    last_ = before;
    return {};
  }
  if (step < 0s || step > kLongestStep) return last_step_;
  return last_step_ = step;
}

Instant StreamPace::due(std::optional<Ticks> decodes, Instant now) {
  const bool file = input_ == Input::kFile;
  const Duration lead = file ? Duration{} : Duration{kLead};
  const Duration step = decodes ? step_to(*decodes) : Duration{};
  due_ = due_ ? *due_ + step - (file ? Duration{} : step / kDrift) : now;
  if (file && now - *due_ > kLate) due_ = now;
  return *due_ - lead;
}

std::optional<Ticks> decode_time(ByteView packets) {
  std::optional<Ticks> found;
  for_each_packet(packets, [&found](TsPacketView packet) {
    if (found || !packet.starts_unit()) return;
    const auto pes = parse_pes_start(packet.payload());
    if (pes && pes->is_video()) found = pes->dts ? pes->dts : pes->pts;
  });
  return found;
}

}  // namespace pixelpass::encode
