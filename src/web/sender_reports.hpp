#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/net/path.hpp"

#include "web/bye_reason.hpp"
#include "web/rtp_stream.hpp"
#include "web/srtp_session.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace pixelpass::web {

/// Our sender reports (RFC 3550 section 6.4.1), which tell a browser how the clocks of picture and sound
/// relate. Each is for a moment a little later than now, by an unguessable amount, which leaves that relation
/// unchanged: a browser that echoes a report (LSR) thus proves that it hears where that was sent. Sans-IO.
class SenderReports {
 public:
  /// How often reports are sent, and how often the browser is asked to report.
  static constexpr Duration kInterval = 250ms;

  /// A report that a browser has echoed.
  struct Echo {
    net::Path path;  ///< that it was sent over
    Instant sent_at;
    bool is_first = false;  ///< and to be relied on: who guesses what reports say is believed nothing
  };
  /// How many wrong guesses are forgiven; a guess has a chance of some 1 in 13,000.
  static constexpr int kMostGuesses = 4;

  /// `srtp` outlives it.
  SenderReports(SrtpSession& srtp, Random random, Instant now)
      : srtp_(srtp), random_(std::move(random)), next_at_(now) {}

  /// Updates the relation of the clocks: one for both streams, so that the capture's jitter does not come
  /// between picture and sound. `leads`: it is checked again for each unit.
  void note_clocks(const AccessUnit& unit, bool leads);
  /// Sends every second report over this path; nullopt ends that.
  void try_path(const std::optional<net::Path>& path) { tried_ = path; }
  [[nodiscard]] Instant next_at() const { return next_at_; }
  /// Whether reports tell from now on that the browser is left behind.
  void tell_left_behind(bool is_left_behind) { is_left_behind_ = is_left_behind; }
  /// Makes reports for the streams that have sent a packet, if it is time. `path`: the media's.
  void make(const RtpStream& video, const RtpStream& audio, const net::Path& path, Instant now);
  /// Makes the last report, which says why there is no more media, for the media's path; waiting reports are
  /// dropped.
  void say_bye(const RtpStream& video, const RtpStream& audio, ByeReason reason, Instant now);
  /// `path`: the media's. False: the sink is full.
  bool flush(const net::Path& path, net::DatagramSink& sink);
  /// The echoed report. Nullopt: it is none of the last 40 seconds'. 0 stands for none.
  std::optional<Echo> take_echo(std::uint32_t last_report);

 private:
  struct Waiting {
    Bytes sealed;
    std::optional<net::Path> path;  ///< nullopt: the media's
  };
  struct Sent {
    std::uint32_t middle = 0;  ///< of its time, which is given back
    net::Path path;
    Instant at;
    bool is_echoed = false;
  };

  Instant choose_moment(const net::Path& path, Instant now);
  [[nodiscard]] std::uint32_t packets_of(const RtpStream& stream) const;
  [[nodiscard]] bool has_sent(std::uint32_t middle) const;
  void put(const RtpStream& stream, std::uint32_t packets, std::uint32_t payload_bytes, Instant moment,
           const std::optional<net::Path>& path);

  SrtpSession& srtp_;
  Random random_;
  std::deque<Waiting> waiting_;
  std::deque<Sent> sent_;  ///< the oldest first
  int guesses_ = 0;
  std::optional<net::Path> tried_;
  bool was_tried_ = false;  ///< by the last report
  bool is_left_behind_ = false;
  Instant next_at_;
  std::optional<Instant> pts_zero_;  ///< when the units' time began
};

}  // namespace pixelpass::web
