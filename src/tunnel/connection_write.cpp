#include "tunnel/connection.hpp"
#include "tunnel/outbox.hpp"
#include "tunnel/quic_values.hpp"

#include <algorithm>
#include <array>

namespace pixelpass::tunnel {
namespace {

/// Slices handed to ngtcp2 for one packet.
constexpr std::size_t kSlices = 16;

}  // namespace

bool Connection::flush(Outbox& outbox, net::DatagramSink& sink, Instant now) {
  if (state_ == State::kClosing) return send_close(outbox, sink);
  if (state_ == State::kOpen) return_ignored(now);
  while (state_ == State::kOpen) {
    if (failure_ != 0) {
      fail(failure_, now);
      return send_close(outbox, sink);
    }
    if (now < relay_pace_.free_at()) {
      next_timeout_ = relay_pace_.free_at();
      return true;
    }
    ngtcp2_path_storage storage;
    ngtcp2_path_storage_zero(&storage);
    ngtcp2_pkt_info info{};
    std::size_t segment = 0;
    const auto buffer = outbox.buffer();
    // Writes at most the congestion controller's quantum and paces what follows: the next batch waits for the
    // timer.
    const auto written =
        ngtcp2_conn_write_aggregate_pkt(quic_.get(), &storage.path, &info, buffer.data(), buffer.size(),
                                        &segment, &Connection::write_packet, to_quic_time(now));
    if (written < 0) {
      fail(static_cast<int>(written), now);
      return send_close(outbox, sink);
    }
    next_timeout_ = from_quic_time(ngtcp2_conn_get_expiry(quic_.get()));
    if (written == 0) return true;
    outbox.put(storage.path, static_cast<std::size_t>(written), segment, static_cast<net::Ecn>(info.ecn));
    if (outbox.path().is_relayed()) relay_pace_.on_sent(static_cast<std::size_t>(written), now);
    if (!outbox.drain(sink)) return false;
  }
  return true;
}

ngtcp2_ssize Connection::write_packet(ngtcp2_conn*, ngtcp2_path* path, ngtcp2_pkt_info* info,
                                      std::uint8_t* out, std::size_t size, ngtcp2_tstamp now,
                                      void* self) noexcept {
  auto& connection = *static_cast<Connection*>(self);
  size = std::min(size, connection.max_packet_);
  for (;;) {
    // Without credit for the whole connection each stream would be taken for blocked, and only credit of its
    // own would free it again.
    const bool may_send =
        connection.handshake_completed_ && ngtcp2_conn_get_max_data_left(connection.quic_.get()) > 0;
    SendStream* send = may_send ? connection.protocol_->next_to_send() : nullptr;
    if (!send)
      return ngtcp2_conn_writev_stream(connection.quic_.get(), path, info, out, size, nullptr,
                                       NGTCP2_WRITE_STREAM_FLAG_NONE, kNoStream, nullptr, 0, now);
    bool again = false;
    const auto written = connection.write_from(*send, path, info, {out, size}, now, again);
    if (!again) return written;
  }
}

/// Puts as much of one stream into the packet as fits. `again`: there is room, or this stream cannot go on.
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
      // That the other side has stopped a stream shows here: ngtcp2's stream_stop_sending tells of our own
      // stops, and a callback for theirs came with 1.24 only.
      again = true;
      protocol_->on_stop_sending(send);
      send.cancel();
      return 0;
    default:
      return written;
  }
}

}  // namespace pixelpass::tunnel
