#pragma once

#include "pixelpass/base/random.hpp"
#include "pixelpass/base/token_bucket.hpp"
#include "pixelpass/net/path.hpp"

#include "tunnel/connection_ids.hpp"
#include "tunnel/knock.hpp"
#include "tunnel/relay_pace.hpp"
#include "tunnel/send_stream.hpp"
#include "tunnel/tls.hpp"
#include <ngtcp2/ngtcp2.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace pixelpass::tunnel {

class Outbox;

/// Application error codes of CONNECTION_CLOSE and RESET_STREAM (RFC 9000, 20.2).
enum class CloseCode : std::uint64_t {
  kBye = 0,       ///< the reason phrase is for people
  kProtocol = 1,  ///< the other side broke our protocol
  kReplaced = 2,  ///< another connection of the same viewer has taken over
  kUnused = 3,    ///< another address answered first
  kLate = 4,      ///< a group that is worthless by now (stream only)
  kExcess = 5,    ///< more messages than our protocol has, or more kept for the other side than allowed
  kBusy = 6,      ///< room was needed for another newcomer: dial again
  kUnknown = 7,   ///< a kind of stream that this side does not know (stream only)
  kRefused = 16,  ///< + wire::RefusedReason
};

/// How a connection ended.
struct CloseInfo {
  enum class By : std::uint8_t { kUs, kPeer, kSilence, kTls, kTransport };
  By by = By::kUs;
  std::uint64_t code = 0;  ///< application code for kUs and kPeer
  std::string reason;
};

/// One QUIC connection over ngtcp2. Sans-IO; sends and receives by path. Thread: network.
class Connection {
 public:
  /// The protocol spoken over a connection: is told what happens, and asked what to send. Called from within
  /// on_datagram, on_timeout, close and flush. Lives exactly as long as its connection.
  class Protocol {
   public:
    virtual ~Protocol() = default;
    virtual void on_handshake_completed() = 0;
    /// `fin`: the stream's last bytes (may be empty).
    virtual void on_stream_data(std::int64_t stream, ByteView bytes, bool fin) = 0;
    /// The stream is over; nothing of it comes any more. `send` is what was sent on it, and may be destroyed.
    /// False: our protocol used nothing on it. The other side may then open another one in its place only at
    /// a limited rate.
    virtual bool on_stream_closed(std::int64_t stream, SendStream* send) = 0;
    /// The other side allows more of our streams: what waited for that may be tried again.
    virtual void on_stream_credit() {}
    /// The other side does not want the rest of this stream, which had more to send; it is cancelled
    /// afterwards.
    virtual void on_stop_sending(SendStream& send) = 0;
    /// The most urgent stream that has something to send, or null. Takes what that stream sends next from
    /// where it waits, and gives up what can no longer be sent: called while packets are written.
    virtual SendStream* prepare_next() = 0;
    /// Whether prepare_next would find a stream. Changes nothing.
    [[nodiscard]] virtual bool wants_to_send() const = 0;
    /// Whether all media so far is whole frames, so that it may be acknowledged a little later.
    [[nodiscard]] virtual bool has_only_whole_frames() const { return false; }
    /// When on_timeout has to be called next.
    [[nodiscard]] virtual std::optional<Instant> next_timeout() const { return std::nullopt; }
    virtual void on_timeout(Instant) {}
    /// The connection has ended. It is destroyed soon; nothing follows.
    virtual void on_closed(const CloseInfo& info) = 0;
  };

  /// The owner's entry for the connection: where it is kept, and what is kept with it.
  struct Place;
  Place* place = nullptr;

  /// Everything a connection needs that outlives it.
  struct Surroundings {
    const TlsContext& tls;
    ConnectionIds& ids;
    const Random& random;
  };

  /// The viewer's side. `knock` is the first destination connection id.
  static std::unique_ptr<Connection> dial(const Surroundings& around, const net::Path& path,
                                          const Knock& knock, const Fingerprint& fingerprint,
                                          std::unique_ptr<Protocol> protocol, Instant now);
  /// Whether a connection may begin with this datagram, judged by its header.
  static bool can_begin_with(ByteView datagram);
  /// The host's side, from a first Initial whose knock was admitted; null when that is not a valid Initial.
  /// The datagram has to be given to on_datagram afterwards; is_gone() then tells that it did not decrypt.
  static std::unique_ptr<Connection> accept(const Surroundings& around, const net::Path& path,
                                            ByteView datagram, std::unique_ptr<Protocol> protocol,
                                            Instant now);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now);
  void on_timeout(Instant now);
  /// The next timeout, the protocol's included; Instant::max(): never.
  [[nodiscard]] Instant next_timeout() const;
  /// Sends what is to be sent. False: the sink is full.
  bool flush(Outbox& outbox, net::DatagramSink& sink, Instant now);

  /// Opens a stream for `send`; false when the other side allows no more for now.
  bool open_unidirectional(SendStream& send);
  bool open_bidirectional(SendStream& send);
  /// Sends an answer on a stream that the other side opened.
  void attach(std::int64_t stream, SendStream& send);
  /// Cancels the stream and tells the other side.
  void reset(SendStream& send, CloseCode code);
  /// Tells the other side that the rest of this stream is not wanted.
  void stop_receiving(std::int64_t stream, CloseCode code);
  /// Ignores a stream of an unknown kind: what was already on its way is read and dropped, and nothing is
  /// sent on it. The protocol hears only of its end.
  void ignore(std::int64_t stream);
  /// Limits the packets' size from now on. Path MTU discovery by itself never lowers it.
  void limit_packets(std::size_t bytes) { max_packet_ = bytes; }

  /// Sends a ping when nothing was sent for so long.
  void set_keep_alive(Duration after);

  /// Ends the connection; the next flush tells the other side. A call from within a callback takes effect
  /// when the callback has returned.
  void close(CloseCode code, std::string reason, Instant now);
  /// Ends the repetition of the close.
  void stop_closing() {
    if (state_ == State::kClosing) state_ = State::kGone;
  }
  [[nodiscard]] bool is_closed() const { return state_ != State::kOpen; }
  /// Whether nothing more will be sent, so that the connection can be destroyed.
  [[nodiscard]] bool is_gone() const { return state_ == State::kGone; }

  [[nodiscard]] std::optional<Exporter> export_keying_material() const {
    return tls_->export_keying_material();
  }
  [[nodiscard]] bool handshake_completed() const { return handshake_completed_; }
  [[nodiscard]] net::Path path() const;
  [[nodiscard]] Instant last_heard() const { return last_heard_; }
  struct Stats {
    Duration rtt{};  ///< smoothed (RFC 9002, 5.3)
    std::uint64_t sent_packets = 0;
    std::uint64_t lost_packets = 0;
    Duration latest_rtt{};  ///< with the other side's delay in acknowledging; as is `min_rtt`
    Duration min_rtt{};     ///< since the start; zero: none yet
    std::uint64_t bytes_in_flight = 0;
    std::uint64_t acknowledged_bytes = 0;  ///< of packets, headers and all
  };
  [[nodiscard]] Stats stats() const;

 private:
  enum class State : std::uint8_t { kOpen, kClosing, kGone };
  /// How many streams of unknown kinds are returned at once: a later version may open one for each picture.
  static constexpr double kIgnoredBurst = 64;
  static constexpr double kIgnoredPerSecond = 60;
  struct Callbacks;
  struct FreeConnection {
    void operator()(ngtcp2_conn* connection) const { ngtcp2_conn_del(connection); }
  };

  Connection(const Surroundings& around, std::unique_ptr<Protocol> protocol, Instant now);
  static ngtcp2_callbacks viewer_callbacks();
  static ngtcp2_callbacks host_callbacks();
  void adopt(ngtcp2_conn* connection);
  static ngtcp2_ssize write_packet(ngtcp2_conn*, ngtcp2_path*, ngtcp2_pkt_info*, std::uint8_t* out,
                                   std::size_t size, ngtcp2_tstamp now, void* self) noexcept;
  enum class Wrote : std::uint8_t { kNothing, kSome, kSinkIsFull, kFailed };
  Wrote write_quantum(Outbox& outbox, net::DatagramSink& sink, Instant now);
  Wrote write_batch(Outbox& outbox, net::DatagramSink& sink, std::size_t& left, Instant now);
  [[nodiscard]] Instant delay_acknowledgement(Instant timeout) const;
  bool waits_for_next_frame(Instant now);
  [[nodiscard]] bool has_nothing_in_flight() const;
  ngtcp2_ssize write_from(SendStream& send, ngtcp2_path* path, ngtcp2_pkt_info* info,
                          std::span<std::uint8_t> out, ngtcp2_tstamp now, bool& again);
  /// Notes that a call into ngtcp2 failed where no error can be returned: the connection ends at the next
  /// flush.
  void note(int error);
  /// Lets the other side open another stream in the place of one that is over.
  void return_stream(std::int64_t stream, bool at_once);
  void return_ignored(Instant now);
  void on_expiry(Instant now);
  void on_read_error(int error, Instant now);
  void fail(int error, Instant now);
  void close_if_asked(Instant now);
  void begin_closing(const ngtcp2_ccerr& error, const CloseInfo& info, Instant now);
  void end(const CloseInfo& info);
  bool send_close(Outbox& outbox, net::DatagramSink& sink);

  OwnConnectionIds ids_;
  const Random& random_;
  ngtcp2_crypto_conn_ref reference_{};
  // Declared before quic_, which points into both and has to be destroyed first.
  std::unique_ptr<Protocol> protocol_;
  std::optional<TlsSession> tls_;
  std::unique_ptr<ngtcp2_conn, FreeConnection> quic_;
  State state_ = State::kOpen;
  bool handshake_completed_ = false;
  bool stream_credit_ = false;
  std::deque<std::int64_t> ignored_;  // over, and not returned yet; no more than may be open at once
  TokenBucket ignored_budget_{kIgnoredBurst, kIgnoredPerSecond};
  bool close_unsent_ = false;
  bool in_library_ = false;  // ngtcp2 must not be asked to close from within its own callback
  int failure_ = 0;          // ngtcp2's code, of the first call that failed
  std::size_t max_packet_ = std::numeric_limits<std::size_t>::max();  // bytes of UDP payload
  std::optional<CloseInfo> wanted_close_;
  Bytes close_packet_;
  std::uint32_t heard_while_closing_ = 0;  // datagrams
  net::Path close_path_;
  Instant next_timeout_;                       // without the protocol's
  bool wrote_ours_ = false;                    // bytes of our streams, since the pacer let us write
  std::optional<std::uint64_t> lost_at_rest_;  // packets, when all had been said; nullopt: something waits
  bool brought_data_ = false;                  // the datagram that is being read, and in order
  bool in_order_ = true;                       // so did all since the last flush
  std::optional<Instant> unacknowledged_;      // since when the first data that is not waits for it
  Instant last_frame_ = Instant::min();
  RelayPace relay_pace_;
  Instant last_heard_;
};

}  // namespace pixelpass::tunnel
