#pragma once

#include "pixelpass/wire/control.hpp"

#include "tunnel/connection.hpp"
#include "tunnel/control_budget.hpp"
#include "tunnel/group_sender.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::tunnel {

/// The host's protocol over one connection: waits for a Hello, then answers messages and sends groups.
/// `Listener` decides what needs a view over all viewers (who may come in, what the app is told).
class HostLink final : public Connection::Protocol {
 public:
  /// Implemented by the host tunnel.
  class Listener {
   public:
    virtual ~Listener() = default;
    [[nodiscard]] virtual Instant now() const = 0;
    virtual void on_keyframe_request(HostLink& link) = 0;
    virtual void on_candidates(HostLink& link, const wire::Candidates& candidates) = 0;
    virtual void on_hello(HostLink& link, const wire::Hello& hello) = 0;
    virtual void on_move(HostLink& link, const wire::MoveMedia& move) = 0;
    virtual void on_link_closed(HostLink& link, const CloseInfo& info) = 0;
  };

  /// `number`: later ones have higher ones.
  HostLink(Listener& listener, const Broadcast& broadcast, std::uint64_t number)
      : listener_(listener), broadcast_(broadcast), number_(number) {}
  void bind(Connection& connection);

  /// `welcome.version` is filled in.
  void welcome(wire::Welcome welcome);
  /// Refuses the viewer, also one that watches: it gets no more pictures.
  void refuse(const wire::Refused& refused);
  void send_candidates(const wire::Candidates& candidates) { send(candidates); }
  void tell(const wire::LeftBehind& left) { send(left); }
  /// Sends groups from `first_group` on: this connection carries the viewer's media from now on.
  void start_media(std::uint64_t first_group, Duration latency);
  /// Lets the viewer in over another connection beside the one in use: carries nothing yet.
  void stand_by(const wire::Welcome& welcome, Duration latency);
  /// Sends what there is of the newest group, and what follows, although another connection carries the
  /// media. is_warm() becomes true once as much of it has arrived.
  void warm_up();
  [[nodiscard]] bool is_warm() const { return sender_ && sender_->acknowledged_bytes() >= warm_at_; }
  /// Carries the media from `group` on, instead of another connection. The rest of the groups that warmed it
  /// up is dropped.
  void take_over_from(std::uint64_t group);
  /// The same with the newest group, as far as there is one, since the other connection is dead.
  void take_over_at_once();
  /// Stands by, as another connection carries the media from `group` on; may finish the groups that it has
  /// begun.
  void stand_by_from(std::uint64_t group);
  void stand_by_at_once();
  /// Finishes and closes, as another connection sends groups from `group` on.
  void hand_over_from(std::uint64_t group);

  /// Opens and drops groups, and closes what has waited too long.
  void update(Instant now);
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] Connection& connection() const { return *connection_; }
  [[nodiscard]] const GroupSender* sender() const { return sender_ ? &*sender_ : nullptr; }
  [[nodiscard]] const wire::Report& report() const { return report_; }
  /// Whether the viewer has not proven yet that it may watch, or was told that it may not.
  [[nodiscard]] bool is_unproven() const { return state_ < State::kWatching; }
  [[nodiscard]] bool is_watching() const { return state_ == State::kWatching; }
  /// Whether everything that this viewer is to get over this connection has been acknowledged.
  [[nodiscard]] bool has_delivered() const;

  void on_handshake_completed() override;
  void on_stream_data(std::int64_t stream, ByteView bytes, bool fin) override;
  bool on_stream_closed(std::int64_t stream, SendStream* send) override;
  void on_stream_credit() override { update(listener_.now()); }
  void on_stop_sending(SendStream& send) override;
  SendStream* prepare_next() override;
  [[nodiscard]] bool wants_to_send() const override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  void on_timeout(Instant now) override { update(now); }
  void on_closed(const CloseInfo& info) override;

 private:
  /// kWatching: carries its viewer's media. From this state on the viewer has proven that it may watch.
  enum class State : std::uint8_t { kHandshake, kAwaitingHello, kRefused, kWatching, kStandby, kEnding };

  void on_new_stream(std::int64_t stream, ByteView bytes, bool fin);
  void on_control(ByteView bytes, bool fin);
  void on_message(const wire::ControlMessage& message);
  [[nodiscard]] bool sends_media() const { return sender_ && state_ != State::kRefused; }
  void say_moved(std::uint64_t group);
  void begin_sending(std::uint64_t first_group);
  void send(const wire::ControlMessage& message);
  void break_off(const char* why, CloseCode code = CloseCode::kProtocol);

  Listener& listener_;
  const Broadcast& broadcast_;
  const std::uint64_t number_;
  Connection* connection_ = nullptr;
  State state_ = State::kHandshake;
  std::optional<Instant> deadline_;  ///< of the state
  int version_ = 0;                  ///< spoken; 0 before the hello
  wire::RefusedReason refused_{};
  wire::ControlReader reader_;
  ControlBudget budget_;
  std::vector<wire::ControlMessage> messages_;
  SendStream control_;
  Duration latency_{};  ///< as the hello said
  std::optional<GroupSender> sender_;
  std::uint64_t warm_at_ = 0;  ///< acknowledged bytes
  bool brings_rest_ = false;   ///< it stands by, once it has finished what it has begun
  wire::Report report_;
};

}  // namespace pixelpass::tunnel
