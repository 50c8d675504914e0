#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/broadcast/broadcast.hpp"

#include "app/host/passed_pictures.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace pixelpass::app {

/// A stream that others encode, for those who take no MPEG-TS (browsers, engines over WHIP): taken apart only
/// while one of them is there, and what newcomers begin with. Sans-IO. Thread: network.
class PassedStream {
 public:
  /// Of a group that has begun: what a browser is sent of it within a moment, and what is taken apart for it.
  static constexpr std::size_t kMostAtOnce = 256 << 10;
  static constexpr std::size_t kMostLookedThrough = 8 << 20;

  /// Whether they can show it, which has changed.
  struct Verdict {
    bool is_servable = true;
    std::optional<Notice> notice;  ///< why not; once
  };
  /// The next frame. `is_wanted`: there is somebody for it. Without, it is taken apart only to see that what
  /// they cannot show is over.
  std::optional<Verdict> feed(const Frame& frame, bool is_wanted, const PassedPictures::OnUnit& on_unit);

  struct Beginning {
    std::vector<AccessUnit> units;
    bool is_all = true;  ///< of the group; else its keyframe alone
  };
  /// For who joins: nobody makes a keyframe for them, and the next one may be seconds away. Of a group that
  /// is too large for a browser's line to bring it at once the keyframe alone is shown until then. Nullopt:
  /// they have to wait. `broadcast`: of all that was fed, and no more.
  std::optional<Beginning> beginning(const Broadcast& broadcast);

  /// See PassedPictures.
  std::optional<AccessUnit> place(const AccessUnit& audio) { return pictures_.place(audio); }

 private:
  PassedPictures pictures_;
  bool is_fed_ = false;  ///< the last frame's were looked for
  bool told_of_objection_ = false;
};

}  // namespace pixelpass::app
