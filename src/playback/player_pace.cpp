#include "pixelpass/playback/player_pace.hpp"

#include <algorithm>

namespace pixelpass::playback {

void PlayerPace::on_second(const PlayerSecond& second) {
  const double may_drop = second.pictures * (kMayDrop + std::max(0.0, second.speed - 1));
  const bool drops = second.dropped >= kFewestDropped && static_cast<double>(second.dropped) > may_drop;
  const bool falls =
      last_lag_ && second.lag && *second.lag >= kBehind && *second.lag - *last_lag_ >= kFallsBehind;
  if (second.lag && unheard_ >= kGone) starting_ = kStart;
  unheard_ = second.lag ? 0 : unheard_ + 1;
  const bool is_starting = starting_ > 0;
  if (is_starting) --starting_;
  dropping_ = drops && !is_starting ? dropping_ + 1 : 0;
  falling_ = falls && !is_starting ? falling_ + 1 : 0;
  last_lag_ = second.lag;
}

}  // namespace pixelpass::playback
