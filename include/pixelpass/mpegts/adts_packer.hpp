#pragma once

#include "pixelpass/media/access_unit.hpp"

#include <functional>
#include <optional>

namespace pixelpass::mpegts {

/// Joins silent AAC frames in pairs. Otherwise each takes a transport packet of its own, 47 a second, which
/// is half of a still screen's total; and a delay of silence is inaudible. Sans-IO.
class AdtsPacker {
 public:
  using OnUnit = std::function<void(AccessUnit)>;

  /// `unit`: audio that follows the one before. The output has its frames and times, or those of two units.
  void add(AccessUnit unit, const OnUnit& on_unit);

 private:
  std::optional<AccessUnit> waiting_;  ///< a frame of silence
};

}  // namespace pixelpass::mpegts
