#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/encode/media_source.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include "app/meters.hpp"

#include <map>
#include <vector>

namespace pixelpass::app {

/// The source's and the process's part of a host's statistics, since the last call.
struct HostLoad {
  encode::EncodeTimes times;
  std::uint64_t dropped_frames = 0;  ///< between the source and the network, since the start
  double cpu_percent = 0;            ///< of one core
  std::size_t rss = 0;               ///< bytes
};

/// Makes the host's `stats` out of what its parts count. Sans-IO. Thread: network.
class HostMeter {
 public:
  explicit HostMeter(Instant now) : made_(now), picture_(now), audio_(now) {}
  /// Counts an encoder's unit; Opus is not counted, as it is the same sound once more.
  void count(const AccessUnit& unit);
  HostStats take(const std::vector<tunnel::ViewerStatus>& viewers, const HostLoad& load,
                 const Broadcast::Counters& made, Instant now);

 private:
  Rate made_, picture_, audio_;
  std::uint64_t picture_bytes_ = 0, audio_bytes_ = 0;
  std::map<std::uint32_t, Rate> viewers_;  ///< by viewer number; only who is there
};

}  // namespace pixelpass::app
