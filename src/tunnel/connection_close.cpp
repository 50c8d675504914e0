#include "tunnel/connection.hpp"
#include "tunnel/outbox.hpp"
#include "tunnel/quic_values.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::tunnel {
namespace {

/// The longest linger. Three PTOs are enough (RFC 9000, 10.2), but the other side influences a PTO.
constexpr Duration kMaxLinger = 3s;

CloseInfo describe_error(int error, const ngtcp2_conn* connection) {
  if (error == NGTCP2_ERR_IDLE_CLOSE || error == NGTCP2_ERR_HANDSHAKE_TIMEOUT)
    return {CloseInfo::By::kSilence, 0, "nothing was heard"};
  if (error == NGTCP2_ERR_CRYPTO)
    return {CloseInfo::By::kTls, ngtcp2_conn_get_tls_alert(const_cast<ngtcp2_conn*>(connection)),
            "TLS handshake failed"};
  return {CloseInfo::By::kTransport, 0, ngtcp2_strerror(error)};
}

}  // namespace

void Connection::close(CloseCode code, std::string reason, Instant now) {
  if (state_ != State::kOpen) return;
  if (in_library_) {
    if (!wanted_close_)
      wanted_close_ = CloseInfo{CloseInfo::By::kUs, static_cast<std::uint64_t>(code), std::move(reason)};
    return;
  }
  ngtcp2_ccerr error;
  ngtcp2_ccerr_set_application_error(&error, static_cast<std::uint64_t>(code),
                                     reinterpret_cast<const std::uint8_t*>(reason.data()), reason.size());
  begin_closing(error, {CloseInfo::By::kUs, static_cast<std::uint64_t>(code), reason}, now);
}

void Connection::close_if_asked(Instant now) {
  if (!wanted_close_) return;
  auto wanted = std::move(*wanted_close_);
  wanted_close_.reset();
  close(static_cast<CloseCode>(wanted.code), std::move(wanted.reason), now);
}

void Connection::fail(int error, Instant now) {
  auto info = describe_error(error, quic_.get());
  if (info.by == CloseInfo::By::kSilence) {
    end(info);
    return;
  }
  ngtcp2_ccerr close;
  ngtcp2_ccerr_default(&close);
  if (error == NGTCP2_ERR_CRYPTO)
    ngtcp2_ccerr_set_tls_alert(&close, ngtcp2_conn_get_tls_alert(quic_.get()), nullptr, 0);
  else
    ngtcp2_ccerr_set_liberr(&close, error, nullptr, 0);
  begin_closing(close, info, now);
}

void Connection::begin_closing(const ngtcp2_ccerr& error, const CloseInfo& info, Instant now) {
  ngtcp2_path_storage storage;
  ngtcp2_path_storage_zero(&storage);
  ngtcp2_pkt_info packet{};
  close_packet_.resize(NGTCP2_MAX_UDP_PAYLOAD_SIZE);
  const auto written =
      ngtcp2_conn_write_connection_close(quic_.get(), &storage.path, &packet, close_packet_.data(),
                                         close_packet_.size(), &error, to_quic_time(now));
  const Duration linger =
      std::min(kMaxLinger, 3 * Duration(static_cast<Duration::rep>(ngtcp2_conn_get_pto(quic_.get()))));
  end(info);
  // Nothing can be sent, by the other side's own limits or for want of keys, so it will not hear of the end.
  if (written <= 0) return;
  close_packet_.resize(static_cast<std::size_t>(written));
  close_path_ = from_quic_path(storage.path);
  close_unsent_ = true;
  state_ = State::kClosing;
  next_timeout_ = now + linger;
}

void Connection::end(const CloseInfo& info) {
  state_ = State::kGone;
  next_timeout_ = Instant::max();
  protocol_->on_closed(info);
}

/// Sends the close twice: nobody repeats it when the program ends, and a viewer that misses it waits a minute
/// for the host to return.
bool Connection::send_close(Outbox& outbox, net::DatagramSink& sink) {
  if (!close_unsent_) return true;
  const auto second = std::ranges::copy(close_packet_, outbox.buffer().begin()).out;
  std::ranges::copy(close_packet_, second);
  outbox.put(to_quic_path(close_path_), 2 * close_packet_.size(), close_packet_.size(), 0);
  close_unsent_ = false;
  return outbox.drain(sink);
}

}  // namespace pixelpass::tunnel
