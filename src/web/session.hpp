#pragma once

#include "pixelpass/base/deadline_queue.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include "web/browser_paths.hpp"
#include "web/handshakes.hpp"
#include "web/ice_lite.hpp"
#include "web/media_sender.hpp"
#include "web/session_index.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>

namespace pixelpass::web {

/// One connection of a browser, identified by its user name: its checks, its handshake, and then its media.
/// Does not know who may watch. Sans-IO. Thread: network.
class Session final : public DeadlineQueue<Session>::Element, public SessionIndex::Entry {
 public:
  enum class State : std::uint8_t {
    kProving,    ///< shakes hands, or has not begun to
    kProven,     ///< is who its hello says; what becomes of it is to be said
    kWatching,   ///< gets media
    kBeingTold,  ///< why it gets none
    kEnding,     ///< says goodbye to who has not heard it
    kGone,
  };

  /// `ice`: with the secret that the check was signed with. `context` outlives it.
  Session(const DtlsContext& context, const Check& check, const IceLite& ice, Instant now);

  void on_check(const net::Path& path, const Check& check, std::size_t bytes, Instant now);
  /// False: the datagram is of no use.
  bool on_dtls(const net::Path& path, ByteView datagram, Instant now);
  bool on_rtcp(const net::Path& path, ByteView datagram, Instant now);
  /// Whether an unknown path may be this browser's, moved by the NAT in front of it: an authentic packet over
  /// it counts as a check.
  [[nodiscard]] bool may_have_moved_to(const net::Path& path) const;
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  /// Whether the session is over: nothing was heard for too long, or the goodbye was repeated for long
  /// enough.
  [[nodiscard]] bool is_overdue(Instant now) const { return deadline() <= now; }
  /// Sends what is due. False: the sink is full.
  bool flush(net::DatagramSink& sink, Instant now);

  /// Starts media for a session that is proven.
  void watch(std::uint32_t viewer, const Random& random, std::int64_t bits_per_second, Instant now);
  /// Ends the media of a session that is proven or watches: the browser is told why, and then that it is
  /// over.
  void refuse(ByeReason reason, const Random& random, Instant now);
  /// Says goodbye, and sends nothing more; before it the reason, if it watches and there is one.
  void end(std::optional<ByeReason> reason, Instant now);
  /// Ends without a goodbye.
  void vanish();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Hello& hello() const { return hello_; }
  [[nodiscard]] const std::string& user_name() const { return user_name_; }
  [[nodiscard]] const IceLite& ice() const { return ice_; }
  [[nodiscard]] const Secret& secret() const { return ice_.secret(); }
  [[nodiscard]] bool was_proven() const { return proven_at_ != Instant{}; }
  /// The viewer's number; 0: none yet.
  [[nodiscard]] std::uint32_t viewer() const { return viewer_; }
  [[nodiscard]] bool is_watched_by(std::uint32_t viewer) const {
    return state_ == State::kWatching && viewer_ == viewer;
  }
  /// The path that the browser uses, once it has proven that it hears us there; until then the former one.
  /// During the handshake, the path of the newest check.
  [[nodiscard]] const net::Path& path() const { return path_; }
  [[nodiscard]] const BrowserPaths& paths() const { return paths_; }
  [[nodiscard]] bool begins_handshake(ByteView datagram) const {
    return handshakes_.begins_another(datagram);
  }
  std::size_t take_failed_handshakes() { return handshakes_.take_failed(); }
  /// Whether the browser has said goodbye.
  [[nodiscard]] bool has_left() const;
  /// The media; null: it does not watch.
  [[nodiscard]] MediaSender* sender() { return sender_ ? &*sender_ : nullptr; }
  [[nodiscard]] const MediaSender* sender() const { return sender_ ? &*sender_ : nullptr; }

  // Its owner's:
  bool is_touched = false;               ///< it waits to be flushed
  std::list<Session>::iterator place{};  ///< among all
  std::uint64_t number = 0;              ///< later ones have higher ones

 private:
  struct Outgoing {
    net::Path path;
    Bytes bytes;
    std::size_t segment = 0;
  };

  class Within;

  [[nodiscard]] Instant deadline() const;
  void prove(Instant now);
  void follow(const net::Path& path);
  void doubt_silence(Instant now);
  bool flush_media(net::DatagramSink& sink, Instant now);
  void start_sender(const Random& random, Instant now);
  void tell(Instant now);
  void take_from_handshakes();
  void put(const net::Path& path, Bytes bytes, std::size_t copies);
  void say_goodbye_again(const net::Path& path, Instant now);

  Hello hello_;
  std::string user_name_;
  IceLite ice_;
  Instant began_at_;
  std::optional<Instant> handshake_at_;
  Instant proven_at_{};
  ByeReason reason_{};
  int times_told_ = 0;
  Instant tell_at_{};
  std::optional<Instant> media_since_;  ///< that the browser has not shown to have heard anything of
  std::int64_t answered_bytes_ = 0;     ///< of media, before
  bool was_answered_ = false;
  Instant ending_at_{};
  Instant goodbye_at_{};
  State state_ = State::kProving;
  std::uint32_t viewer_ = 0;
  net::Path path_;
  BrowserPaths paths_;
  Handshakes handshakes_;
  std::optional<MediaSender> sender_;
  std::deque<Outgoing> out_;
};

}  // namespace pixelpass::web
