#pragma once

#include "pixelpass/base/random.hpp"
#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include "traversal/agent_output.hpp"
#include "traversal/packet_rate.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::traversal {

/// One attempt to open NATs from both sides: signed checks (STUN binding requests, RFC 8445's without its
/// roles and priorities) to all addresses in turn, answers to the other end's. Sans-IO.
class Punch {
 public:
  Punch(AttemptId id, CheckKey key, AttemptSettings settings, const Random& random, AgentOutput& output,
        Instant now);

  [[nodiscard]] AttemptId id() const { return id_; }
  [[nodiscard]] const std::string& username() const { return key_.username; }
  /// When it ends.
  [[nodiscard]] Instant until() const { return until_; }
  [[nodiscard]] bool has_found() const { return found_at_.has_value(); }

  /// The hops that the core's datagrams to this address are to have, too; 0: as usual.
  [[nodiscard]] int near_hops(const SocketAddress& remote, Instant now) const;
  /// Something else of the other end has come from there: nothing to it has to stay near any more.
  void on_heard(const SocketAddress& remote);
  void add_remotes(const std::vector<SocketAddress>& remotes, Instant now);
  /// A request with our user name.
  void on_request(const net::Path& path, const StunMessage& request, Instant now);
  /// Whether it answers a check of ours; only then is anything done about it.
  bool on_answer(const net::Path& path, const StunMessage& answer, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] Instant next_timeout() const { return std::min(until_, next_check()); }

 private:
  struct Pair {
    net::Path path;         ///< as it is told
    SocketAddress local{};  ///< the address that the other end has asked, where it has
    Instant next{};         ///< no check before
    Instant last_sent{};
    bool sent_this_round = false;
    bool asked = false;  ///< a check of the other end has come
    bool found = false;  ///< a check of ours was answered
  };
  struct Check {
    std::uint32_t number = 0;  ///< 0: none
    std::size_t pair = 0;
    Instant sent{};
  };

  [[nodiscard]] bool is_ours(const TransactionId& id) const;
  Pair* find(const net::Path& path);
  Pair* find_or_add(const net::Path& path, Instant now);
  void answer(const net::Path& path, const StunMessage& request, Instant now);
  [[nodiscard]] Instant next_check() const;
  [[nodiscard]] bool has_lingered(Instant at) const;
  void send_next(Instant now);
  void send_check(Pair& pair, Instant now);
  /// Whether checks stay near, since the other end has not asked yet.
  [[nodiscard]] bool waits_near(const Pair& pair, Instant now) const;
  [[nodiscard]] bool stays_near(const Pair& pair, Instant now) const;
  [[nodiscard]] Duration until_next(const Pair& pair, Instant now) const;
  void pause(Instant now);
  TransactionId note_check(const Pair& pair, Instant now);

  static constexpr std::size_t kPrefixBytes = 8;
  static constexpr std::size_t kRemembered = 128;  ///< checks: more than two seconds of them

  AttemptId id_;
  CheckKey key_;
  AttemptSettings settings_;
  AgentOutput& output_;
  Instant began_;
  Instant until_;
  Instant round_began_;
  Instant round_ends_;  ///< where there are pauses
  Instant slot_{};      ///< no check before
  std::optional<Instant> found_at_;
  PacketRate rate_;
  PacketRate answer_rate_;
  std::array<std::uint8_t, kPrefixBytes> prefix_{};  ///< of our transaction ids; the other end's has another
  std::uint32_t checks_ = 0;
  std::array<Check, kRemembered> remembered_{};
  std::vector<Pair> pairs_;
};

}  // namespace pixelpass::traversal
