#pragma once

#include "pixelpass/media/access_unit.hpp"

#include <functional>
#include <optional>

namespace pixelpass::mpegts {

/// Puts AAC frames of silence together in twos. Each takes a transport packet of its own otherwise, 47 of
/// them a second, which is half of what a still screen costs in all; and nobody hears when silence comes.
/// Sans-IO.
class AdtsPacker {
 public:
  using OnUnit = std::function<void(AccessUnit)>;

  /// `unit`: of audio, follows on the one before. What comes out has its frames and times, or those of two.
  void add(AccessUnit unit, const OnUnit& on_unit);

 private:
  std::optional<AccessUnit> waiting_;  ///< a frame of silence
};

}  // namespace pixelpass::mpegts
