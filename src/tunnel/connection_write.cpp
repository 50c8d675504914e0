#include "tunnel/connection.hpp"
#include "tunnel/outbox.hpp"
#include "tunnel/quic_values.hpp"

#include <algorithm>
#include <array>

namespace pixelpass::tunnel {
namespace {

/// The most slices handed to ngtcp2 for one packet.
constexpr std::size_t kSlices = 16;
/// The longest delay of an acknowledgement: below what the other side was promised (max_ack_delay, 25 ms),
/// with a margin for a late timer.
constexpr Duration kAcknowledgeAfter = 20ms;
/// An acknowledgement that has waited this long goes with the next frame: at 60 frames a second that is every
/// second one.
constexpr Duration kFewestBetween = 12ms;

}  // namespace

bool Connection::flush(Outbox& outbox, net::DatagramSink& sink, Instant now) {
  if (state_ == State::kClosing) return send_close(outbox, sink);
  if (state_ == State::kOpen) return_ignored(now);
  if (waits_for_next_frame(now)) return true;
  while (state_ == State::kOpen) {
    if (now < relay_pace_.free_at()) {
      next_timeout_ = relay_pace_.free_at();
      return true;
    }
    const auto wrote = failure_ == 0 ? write_quantum(outbox, sink, now) : Wrote::kFailed;
    if (wrote == Wrote::kFailed) {
      fail(failure_, now);
      return send_close(outbox, sink);
    }
    if (wrote == Wrote::kSinkIsFull) return false;
    if (wrote == Wrote::kNothing) next_timeout_ = delay_acknowledgement(next_timeout_);
    if (wrote == Wrote::kNothing || lost_at_rest_) return true;
  }
  return true;
}

/// Writes what the congestion controller lets go at once. That is several batches where a packet is shorter
/// than the others. Later packets are paced: they wait for the timer.
Connection::Wrote Connection::write_quantum(Outbox& outbox, net::DatagramSink& sink, Instant now) {
  auto* quic = quic_.get();
  const auto smallest = ngtcp2_conn_get_path_max_tx_udp_payload_size(quic);
  auto left = ngtcp2_conn_get_send_quantum(quic);
  auto last = Wrote::kSome;
  bool has_written = false;
  wrote_ours_ = false;
  while (last == Wrote::kSome && left >= smallest) {
    last = write_batch(outbox, sink, left, now);
    if (last == Wrote::kSome) has_written = true;
  }
  if (last == Wrote::kFailed) return last;
  next_timeout_ = from_quic_time(ngtcp2_conn_get_expiry(quic));
  if (!has_written && last == Wrote::kNothing) return last;
  ngtcp2_conn_update_pkt_tx_time(quic, to_quic_time(now));
  // Everything is written although the pacer would allow more: when its timer fires, there is nothing to
  // send.
  if (last == Wrote::kNothing && wrote_ours_)
    lost_at_rest_ = stats().lost_packets;
  else
    next_timeout_ = from_quic_time(ngtcp2_conn_get_expiry(quic));
  return last == Wrote::kNothing ? Wrote::kSome : last;
}

/// Writes a batch of datagrams of one size; the last may be shorter. `left`: what remains of the quantum, in
/// bytes.
Connection::Wrote Connection::write_batch(Outbox& outbox, net::DatagramSink& sink, std::size_t& left,
                                          Instant now) {
  ngtcp2_path_storage storage;
  ngtcp2_path_storage_zero(&storage);
  ngtcp2_pkt_info info{};
  std::size_t segment = 0;
  const auto buffer = outbox.buffer();
  const auto result = ngtcp2_conn_write_aggregate_pkt2(quic_.get(), &storage.path, &info, buffer.data(),
                                                       std::min(left, buffer.size()), &segment,
                                                       &Connection::write_packet, 0, to_quic_time(now));
  if (result == 0) return Wrote::kNothing;
  if (result < 0) {
    note(static_cast<int>(result));
    return Wrote::kFailed;
  }
  lost_at_rest_.reset();
  unacknowledged_.reset();
  const auto bytes = static_cast<std::size_t>(result);
  outbox.put(storage.path, bytes, segment, static_cast<net::Ecn>(info.ecn));
  left -= std::min(left, bytes);
  if (outbox.path().is_relayed()) {
    relay_pace_.on_sent(bytes, now);
    left = 0;
  }
  return outbox.drain(sink) ? Wrote::kSome : Wrote::kSinkIsFull;
}

/// Delays an acknowledgement, which ngtcp2 sends after an eighth of a round trip. On a short path that would
/// be a packet for every second picture, although the next picture could carry it. While nothing is in
/// flight, and nothing waits to be sent again, no other timer of ngtcp2 suffers from the delay.
Instant Connection::delay_acknowledgement(Instant timeout) const {
  if (!lost_at_rest_ || ngtcp2_conn_is_server(quic_.get()) == 0 || protocol_->wants_to_send()) return timeout;
  ngtcp2_conn_info info;
  ngtcp2_conn_get_conn_info(quic_.get(), &info);
  if (info.bytes_in_flight > 0 || info.pkt_lost != *lost_at_rest_) return timeout;
  const Duration asked{static_cast<Duration::rep>(info.smoothed_rtt / 8)};
  return timeout + std::max(Duration::zero(), kAcknowledgeAfter - std::max<Duration>(asked, 1ms));
}

/// Whether the acknowledgement waits for the next frame. A viewer need not acknowledge each of several frames
/// in quick succession: that halves its datagrams. It waits only if nothing depends on it: after a lost
/// packet, or while the rest of a frame waits for the host's congestion window, the last frame is not whole,
/// and is acknowledged at once.
bool Connection::waits_for_next_frame(Instant now) {
  const bool is_close = now - kAcknowledgeAfter < last_frame_;
  const bool is_whole = std::exchange(in_order_, true) && protocol_->has_only_whole_frames();
  if (is_whole && last_heard_ == now) last_frame_ = now;
  const auto first = unacknowledged_.value_or(now);
  const bool may_wait = state_ == State::kOpen && failure_ == 0 && handshake_completed_ && is_whole &&
                        is_close && now - first < kFewestBetween && !protocol_->wants_to_send() &&
                        has_nothing_in_flight();
  if (!may_wait) return false;
  next_timeout_ = first + kAcknowledgeAfter;
  return true;
}

bool Connection::has_nothing_in_flight() const {
  ngtcp2_conn_info info;
  ngtcp2_conn_get_conn_info(quic_.get(), &info);
  return info.bytes_in_flight == 0;
}

ngtcp2_ssize Connection::write_packet(ngtcp2_conn*, ngtcp2_path* path, ngtcp2_pkt_info* info,
                                      std::uint8_t* out, std::size_t size, ngtcp2_tstamp now,
                                      void* self) noexcept {
  auto& connection = *static_cast<Connection*>(self);
  size = std::min(size, connection.max_packet_);
  for (;;) {
    // Without connection-level credit every stream would be marked as blocked, and only stream-level credit
    // would unblock it.
    const bool may_send =
        connection.handshake_completed_ && ngtcp2_conn_get_max_data_left(connection.quic_.get()) > 0;
    SendStream* send = may_send ? connection.protocol_->prepare_next() : nullptr;
    if (!send)
      return ngtcp2_conn_writev_stream(connection.quic_.get(), path, info, out, size, nullptr,
                                       NGTCP2_WRITE_STREAM_FLAG_NONE, kNoStream, nullptr, 0, now);
    bool again = false;
    const auto written = connection.write_from(*send, path, info, {out, size}, now, again);
    if (!again) return written;
  }
}

/// Puts as much of one stream into the packet as fits. `again`: there is room for another stream, or this one
/// cannot go on.
ngtcp2_ssize Connection::write_from(SendStream& send, ngtcp2_path* path, ngtcp2_pkt_info* info,
                                    std::span<std::uint8_t> out, ngtcp2_tstamp now, bool& again) {
  std::array<ngtcp2_vec, kSlices> slices;
  bool reaches_end = false;
  const auto used = send.gather(slices, out.size(), reaches_end);
  const std::uint32_t flags =
      NGTCP2_WRITE_STREAM_FLAG_MORE | (reaches_end ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0u);
  ngtcp2_ssize taken = -1;
  const auto written = ngtcp2_conn_writev_stream(quic_.get(), path, info, out.data(), out.size(), &taken,
                                                 flags, send.id, slices.data(), used, now);
  if (taken > 0) wrote_ours_ = true;
  if (taken >= 0) send.on_sent(static_cast<std::size_t>(taken), reaches_end);
  switch (written) {
    case NGTCP2_ERR_WRITE_MORE:
      again = true;
      return 0;
    case NGTCP2_ERR_STREAM_DATA_BLOCKED:
      again = true;
      send.set_blocked(true);
      return 0;
    case NGTCP2_ERR_STREAM_SHUT_WR:
    case NGTCP2_ERR_STREAM_NOT_FOUND:
      // That the other side has stopped a stream is seen here: ngtcp2's stream_stop_sending reports our own
      // stops, and a callback for the other side's came with 1.24 only.
      again = true;
      protocol_->on_stop_sending(send);
      send.cancel();
      return 0;
    default:
      return written;
  }
}

}  // namespace pixelpass::tunnel
