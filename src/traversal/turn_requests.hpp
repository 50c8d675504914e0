#pragma once

#include "pixelpass/traversal/turn_client.hpp"

#include "traversal/long_term_auth.hpp"
#include "traversal/retransmission.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::traversal {

/// A request to a TURN server.
struct TurnRequest {
  StunMethod method = StunMethod::kAllocate;
  bool frees = false;         ///< a Refresh that ends the allocation
  SocketAddress peer{};       ///< of a permission or a channel
  std::uint16_t channel = 0;  ///< of a channel
};

/// The outcome of a request.
struct TurnOutcome {
  TurnRequest request;
  Instant asked{};                     ///< what is granted lives from then on, at the latest
  std::optional<TurnError> error;      ///< nullopt: granted
  std::string detail;                  ///< what the server said to it
  std::optional<StunMessage> message;  ///< the answer, a view of what was given; none: there was no answer
};

/// The requests to one TURN server: signed, repeated until they are answered or given up, their answers
/// checked. Answers challenges and stale nonces by itself. Sans-IO.
class TurnRequests {
 public:
  TurnRequests(const TurnClient::Settings& settings, Random random);

  void ask(const TurnRequest& request, Instant now) { send(request, 0, now); }
  /// Limits the time for outstanding requests of this method.
  void give_up_by(StunMethod method, Instant when);
  /// Nullopt: nobody asked for it, it is not the server's, or it was a challenge.
  std::optional<TurnOutcome> on_answer(const StunMessage& answer, Instant now);
  /// Returns the requests that were given up.
  std::vector<TurnOutcome> on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  std::optional<Bytes> poll_transmit();

  /// Forgets all that is outstanding or waits to be sent.
  void clear();
  [[nodiscard]] bool is_outstanding(StunMethod method) const;
  [[nodiscard]] bool has_key() const { return auth_.has_key(); }
  [[nodiscard]] std::optional<Duration> round_trip() const { return round_trip_; }
  /// For an indication, which has an id too.
  TransactionId make_id() { return make_transaction_id(random_); }

 private:
  struct Outstanding {
    TurnRequest request;
    int stale_nonces = 0;
    TransactionId id{};
    bool is_signed = false;
    Bytes bytes;
    Instant asked;
    Retransmission repetition;
    std::optional<TurnError> unsigned_error;
    std::string unsigned_detail;
  };

  void send(const TurnRequest& request, int stale_nonces, Instant now);
  [[nodiscard]] Bytes write(const TurnRequest& request, const TransactionId& id) const;
  void transmit(const Bytes& bytes);
  std::optional<TurnOutcome> refused(const Outstanding& outstanding, const StunMessage& answer, Instant now);
  bool try_again(const Outstanding& outstanding, const StunMessage& answer, int code, Instant now);

  bool want_v6_;
  bool is_stream_;
  Random random_;
  LongTermAuth auth_;
  std::vector<Outstanding> outstanding_;
  std::deque<Bytes> to_send_;
  std::optional<Duration> round_trip_;
};

/// The meaning of an error code in an answer to a TURN request.
TurnError turn_error(int code);

}  // namespace pixelpass::traversal
