#pragma once

#include "pixelpass/wire/control.hpp"
#include "pixelpass/wire/group_stream.hpp"

#include "tunnel/clock_offset.hpp"
#include "tunnel/connection.hpp"
#include "tunnel/control_budget.hpp"
#include "tunnel/dialer.hpp"

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace pixelpass::tunnel {

/// The viewer's protocol over one connection: says Hello when told to, passes on messages and frames.
class ViewerLink final : public Connection::Protocol {
 public:
  /// Implemented by the viewer tunnel.
  class Listener {
   public:
    virtual ~Listener() = default;
    [[nodiscard]] virtual Instant now() const = 0;
    virtual void on_handshake(ViewerLink& link) = 0;
    virtual void on_message(ViewerLink& link, const wire::ControlMessage& message) = 0;
    /// Bytes of some group have come.
    virtual void on_media_bytes() = 0;
    /// `frame.captured_at` is the host's clock.
    virtual void on_frame(ViewerLink& link, std::uint64_t group, std::size_t index, Frame frame) = 0;
    virtual void on_group_ended(ViewerLink& link, std::uint64_t group, bool complete) = 0;
    virtual void on_link_closed(ViewerLink& link, const CloseInfo& info) = 0;
  };

  ViewerLink(Listener& listener, LinkId id) : listener_(listener), id_(id) {}
  void bind(Connection& connection) { connection_ = &connection; }

  /// Opens the control stream and introduces us; `hello.proof` is filled in.
  void say_hello(wire::Hello hello, const Secret& secret);
  void send(const wire::ControlMessage& message);
  /// Whether a part of this group has come, and the rest is expected.
  [[nodiscard]] bool brings(std::uint64_t group) const;
  /// Tells the host that the rest of this group is not wanted.
  void abandon(std::uint64_t group);

  [[nodiscard]] Connection& connection() const { return *connection_; }
  [[nodiscard]] LinkId id() const { return id_; }

  void on_handshake_completed() override { listener_.on_handshake(*this); }
  void on_stream_data(std::int64_t stream, ByteView bytes, bool fin) override;
  bool on_stream_closed(std::int64_t stream, SendStream* send) override;
  void on_stop_sending(SendStream&) override {}
  [[nodiscard]] bool has_only_whole_frames() const override;
  SendStream* prepare_next() override { return wants_to_send() ? &control_ : nullptr; }
  [[nodiscard]] bool wants_to_send() const override { return control_.wants_to_send(); }
  void on_closed(const CloseInfo& info) override { listener_.on_link_closed(*this, info); }

 private:
  struct Incoming {
    wire::GroupStreamReader reader;
    bool complete = false;
    bool broken = false;
  };

  /// The most bytes of incomplete frames, over all streams: a host may begin a frame of 8 MiB on each.
  static constexpr std::size_t kMaxPartialBytes = 32 << 20;

  void on_control(ByteView bytes);
  void on_new_stream(std::int64_t stream, ByteView bytes, bool fin);
  void on_group_bytes(Incoming& incoming, ByteView bytes, bool fin);
  void give_up(std::int64_t stream, Incoming& incoming);
  /// Gives up the oldest groups until the others are within the limit.
  void bound_partial_frames();

  Listener& listener_;
  LinkId id_;
  Connection* connection_ = nullptr;
  wire::ControlReader reader_;
  ControlBudget budget_;
  SendStream control_;
  std::unordered_map<std::int64_t, Incoming> incoming_;
};

}  // namespace pixelpass::tunnel
