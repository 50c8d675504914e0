#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/net/path.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include "web/amplification_limit.hpp"
#include "web/bye_reason.hpp"
#include "web/srtp_keys.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::web {

/// Synchronisation sources, which the page writes into the answer: the same for all.
inline constexpr std::uint32_t kVideoSsrc = 0x50580001;
inline constexpr std::uint32_t kRtxSsrc = 0x50580002;
inline constexpr std::uint32_t kAudioSsrc = 0x50580003;

/// What the hello says of the browser's side: payload types as its offer numbers them (0: there is none).
struct MediaTerms {
  std::uint8_t video_type = 0;
  std::uint8_t rtx_type = 0;
  std::uint8_t audio_type = 0;
  std::uint8_t playout_delay_id = 0;  ///< of the header extension, 1 to 14; 0: not offered
  bool wrapped = false;               ///< H.264 comes as the payload of VP8, and the page decodes it
};

/// What a browser's line and its reports say.
struct SenderStatus {
  std::int64_t bytes_sent = 0;  ///< media payload, what was sent again left out; never falls
  std::uint64_t skipped_groups = 0;
  std::uint64_t lost_packets = 0;  ///< of the picture, as the browser reports them
  Duration rtt{};                  ///< zero: none yet
  Duration jitter{};               ///< of the picture's packets (RFC 3550 section 6.4.1)
  Instant heard_at{};              ///< the last authentic SRTCP; the epoch: none yet
  bool has_left = false;           ///< said bye
  tunnel::LineStatus line{};
};

/// One browser's media: access units in, SRTP packets out, SRTCP in. Begins with a keyframe. What waits for
/// longer than `latency` gives way to the next keyframe, as with a native viewer. A keyframe leaves at a
/// multiple of the bitrate, not in one burst. Holds the bytes of the last second's units (not copies), for
/// what is asked for again. A browser that reports nothing for seconds gets no more pictures until it does:
/// nothing else would hold them back on a line that brings nothing any more. Sans-IO. Thread: network.
class MediaSender {
 public:
  using Room = AmplificationLimit::Room;

  /// `latency`: how late a group may be before it is worthless.
  MediaSender(const MediaTerms& terms, const SrtpKeys& keys, const Random& random, Instant now,
              Duration latency = 200ms);
  ~MediaSender();

  /// What the encoder is told, bits a second: the pace goes by it.
  void set_bitrate(std::int64_t bits_per_second);
  /// H.264 and Opus; AAC is ignored.
  void on_unit(const AccessUnit& unit, Instant now);
  /// No picture has come yet that it could begin with.
  [[nodiscard]] bool awaits_first_picture() const;
  /// Pictures are of no use before the next keyframe: some were left out.
  void wait_for_keyframe();
  /// False: not authentic, or come again; dropped.
  bool on_rtcp(ByteView srtcp, Instant now);
  /// When there is something to flush, a report or what the pace held back.
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  void on_timeout(Instant now);
  /// Reports go over a path that is tried, too. Where `room` is little, pictures go before sound; a picture
  /// that there is none for waits, sound is left out, and neither counts as sent. False: the sink is full,
  /// call again once it is writable.
  bool flush(const net::Path& path, net::DatagramSink& sink, Instant now, const Room& room = nullptr);
  /// There is no media any more, and the browser is told why; the next flush sends it. It may get lost, and
  /// some browsers miss what comes first: to be said again.
  void say_bye(ByeReason reason, Instant now);
  /// Every second sender report goes there, to see whether the browser hears it, until there is none.
  void try_path(const std::optional<net::Path>& path);
  /// The paths over which the browser has heard a report, as only who has can tell; once for each report.
  std::vector<net::Path> take_heard_over();
  /// The browser asks for a keyframe (PLI, FIR), or has nothing to go on with but one. Says so once.
  bool take_keyframe_wanted();
  [[nodiscard]] SenderStatus status() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace pixelpass::web
