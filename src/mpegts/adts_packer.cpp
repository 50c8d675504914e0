#include "pixelpass/mpegts/adts_packer.hpp"

#include <utility>

namespace pixelpass::mpegts {
namespace {

/// The most bytes of a silent frame; it has some 10 to 30, one with sound hundreds. Two of these with their
/// headers fit into a transport packet.
constexpr std::size_t kLargestSilence = 80;

/// The only copy: of some ten bytes.
AccessUnit joined(AccessUnit first, const AccessUnit& second) {
  Bytes bytes(first.bytes.view().begin(), first.bytes.view().end());
  bytes.insert(bytes.end(), second.bytes.view().begin(), second.bytes.view().end());
  first.bytes = SharedBytes::adopt(std::move(bytes));
  first.duration += second.duration;
  return first;
}

}  // namespace

void AdtsPacker::add(AccessUnit unit, const OnUnit& on_unit) {
  if (waiting_) {
    on_unit(joined(*std::exchange(waiting_, std::nullopt), unit));
  } else if (unit.bytes.size() <= kLargestSilence) {
    waiting_ = std::move(unit);
  } else {
    on_unit(std::move(unit));
  }
}

}  // namespace pixelpass::mpegts
