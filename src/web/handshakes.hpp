#pragma once

#include "pixelpass/net/path.hpp"

#include "web/dtls.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace pixelpass::web {

/// The DTLS handshakes of one session. There may be several: anybody with a copy of a check may begin one,
/// but only the browser, which has the certificate's key, can complete one; the others end with that. Each is
/// answered where it began, whichever path the browser prefers meanwhile, so completing it proves that the
/// browser hears us there. Sans-IO.
class Handshakes {
 public:
  static constexpr std::size_t kMost = 3;
  /// After this long, an incomplete handshake is answered where its last datagram came from: it may have
  /// begun with a copy, sent from an address where nobody hears us.
  static constexpr Duration kMostAtOnePath = 300ms;

  struct Outgoing {
    net::Path path;
    Bytes datagram;
  };

  /// As DtlsSession; `context` outlives it.
  Handshakes(const DtlsContext& context, const CertificateHash& expected)
      : context_(context), expected_(expected) {}

  /// Whether this datagram would begin another handshake.
  [[nodiscard]] bool begins_another(ByteView datagram) const;
  /// `nominated`: the browser wants this path to be used, also for a handshake that it began over another.
  /// False: the datagram belongs to no handshake.
  bool on_datagram(const net::Path& path, ByteView datagram, bool nominated, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  std::optional<Outgoing> poll_datagram();
  [[nodiscard]] bool empty() const { return attempts_.empty(); }
  /// How many handshakes have failed since the last call.
  std::size_t take_failed() { return std::exchange(failed_, 0); }

  /// Whether one has been completed.
  [[nodiscard]] bool is_complete() const { return complete_; }
  /// The path of the browser's last datagram. Only once complete.
  [[nodiscard]] const net::Path& path() const { return attempts_.front().heard_over; }
  /// The path over which the browser has heard us, as its answers show; nullopt: it may be one of several.
  /// Only once complete.
  [[nodiscard]] std::optional<net::Path> proven_path() const;
  [[nodiscard]] std::optional<SrtpKeys> keys() const;
  /// Whether the browser has sent close_notify.
  [[nodiscard]] bool is_closed() const;
  /// As DtlsSession::close, over this path from now on. An incomplete handshake gets nothing.
  void close(const net::Path& path);
  /// Repeats it.
  void close_again(const net::Path& path, Instant now);

 private:
  struct Attempt {
    ClientRandom random{};
    Instant answered_since;  ///< over `path`
    net::Path path;          ///< where it is answered
    net::Path heard_over;    ///< the last datagram
    std::unique_ptr<DtlsSession> dtls;
    std::optional<net::Path> said_over{};  ///< the first thing
    bool was_said_elsewhere = false;
  };

  Attempt* begin(const ClientRandom& random, const net::Path& path, Instant now);
  Attempt* find(const net::Path& path, ByteView datagram, bool nominated, Instant now);
  void make_room();
  void look_at(Attempt& attempt);

  const DtlsContext& context_;
  CertificateHash expected_;
  std::vector<Attempt> attempts_;  ///< the oldest first; once one is complete, that one alone
  bool complete_ = false;
  std::size_t failed_ = 0;
};

}  // namespace pixelpass::web
