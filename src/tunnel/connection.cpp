#include "tunnel/connection.hpp"

#include "pixelpass/base/clean_text.hpp"

#include "tunnel/connection_ids.hpp"
#include "tunnel/connection_settings.hpp"
#include "tunnel/quic_values.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

namespace pixelpass::tunnel {
namespace {

CloseInfo describe_peer_close(const ngtcp2_ccerr& error) {
  std::string reason;
  if (error.reason != nullptr)
    reason = clean_text({reinterpret_cast<const char*>(error.reason), error.reasonlen});
  const bool application = error.type == NGTCP2_CCERR_TYPE_APPLICATION;
  if (application) return {CloseInfo::By::kPeer, error.error_code, std::move(reason)};
  // RFC 9001, 4.8: a TLS alert travels as 0x100 + alert.
  const bool tls = error.error_code >= NGTCP2_CRYPTO_ERROR && error.error_code < NGTCP2_CRYPTO_ERROR + 0x100;
  return {tls ? CloseInfo::By::kTls : CloseInfo::By::kTransport, error.error_code, std::move(reason)};
}

}  // namespace

Connection::Connection(const Surroundings& around, std::unique_ptr<Protocol> protocol, Instant now)
    : ids_(around.ids, *this),
      random_(around.random),
      protocol_(std::move(protocol)),
      next_timeout_(now),
      last_heard_(now) {
  reference_.user_data = this;
  reference_.get_conn = [](ngtcp2_crypto_conn_ref* reference) {
    return static_cast<Connection*>(reference->user_data)->quic_.get();
  };
}

Connection::~Connection() = default;

void Connection::adopt(ngtcp2_conn* connection) {
  quic_.reset(connection);
  ngtcp2_conn_set_tls_native_handle(connection, tls_->native());
  set_keep_alive(kKeepAlive);
}

void Connection::set_keep_alive(Duration after) {
  ngtcp2_conn_set_keep_alive_timeout(quic_.get(), to_quic_duration(after));
  next_timeout_ = from_quic_time(ngtcp2_conn_get_expiry(quic_.get()));
}

std::unique_ptr<Connection> Connection::dial(const Surroundings& around, const net::Path& path,
                                             const Knock& knock, const Fingerprint& fingerprint,
                                             std::unique_ptr<Protocol> protocol, Instant now) {
  std::unique_ptr<Connection> self(new Connection(around, std::move(protocol), now));
  self->tls_.emplace(TlsSession::dial(around.tls, &self->reference_, fingerprint));
  const auto settings = make_settings(around.random, now);
  const auto params = viewer_transport_params();
  ngtcp2_cid destination;
  ngtcp2_cid_init(&destination, knock.data(), knock.size());
  const ngtcp2_cid source = random_id(around.random);
  const auto quic_path = to_quic_path(path);
  ngtcp2_conn* connection = nullptr;
  const auto callbacks = viewer_callbacks();
  if (ngtcp2_conn_client_new(&connection, &destination, &source, &quic_path, NGTCP2_PROTO_VER_V1, &callbacks,
                             &settings, &params, nullptr, self.get()) != 0)
    throw std::bad_alloc();
  self->adopt(connection);
  self->ids_.add(source);
  return self;
}

bool Connection::can_begin_with(ByteView datagram) {
  ngtcp2_pkt_hd header;
  return ngtcp2_accept(&header, datagram.data(), datagram.size()) == 0;
}

std::unique_ptr<Connection> Connection::accept(const Surroundings& around, const net::Path& path,
                                               ByteView datagram, std::unique_ptr<Protocol> protocol,
                                               Instant now) {
  ngtcp2_pkt_hd header;
  if (ngtcp2_accept(&header, datagram.data(), datagram.size()) != 0) return nullptr;
  std::unique_ptr<Connection> self(new Connection(around, std::move(protocol), now));
  self->tls_.emplace(TlsSession::accept(around.tls, &self->reference_));
  const auto settings = make_settings(around.random, now);
  const auto params = host_transport_params(header.dcid);
  const ngtcp2_cid source = random_id(around.random);
  const auto quic_path = to_quic_path(path);
  ngtcp2_conn* connection = nullptr;
  const auto callbacks = host_callbacks();
  if (ngtcp2_conn_server_new(&connection, &header.scid, &source, &quic_path, header.version, &callbacks,
                             &settings, &params, nullptr, self.get()) != 0)
    return nullptr;
  self->adopt(connection);
  self->ids_.add(source);
  // Retransmitted Initials repeat the knock as their connection id, and so does the second part of a large
  // ClientHello.
  self->ids_.add(header.dcid);
  return self;
}

void Connection::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  if (state_ == State::kGone) return;
  if (state_ == State::kClosing) {
    // The other side has not seen our close yet, so it is repeated (RFC 9000, 10.2.1), with growing gaps.
    // What came may be its own close, and two ends that answered each close with another would never stop.
    if (std::has_single_bit(++heard_while_closing_)) close_unsent_ = true;
    return;
  }
  const auto quic_path = to_quic_path(path);
  ngtcp2_pkt_info info{};
  info.ecn = ecn;
  in_library_ = true;
  brought_data_ = false;
  const int error =
      ngtcp2_conn_read_pkt(quic_.get(), &quic_path, &info, bytes.data(), bytes.size(), to_quic_time(now));
  in_library_ = false;
  if (error != 0) {
    on_read_error(error, now);
    return;
  }
  last_heard_ = now;
  in_order_ = in_order_ && brought_data_;
  if (brought_data_ && !unacknowledged_) unacknowledged_ = now;
  close_if_asked(now);
  if (std::exchange(stream_credit_, false) && state_ == State::kOpen) protocol_->on_stream_credit();
}

void Connection::on_read_error(int error, Instant now) {
  if (error == NGTCP2_ERR_DRAINING)
    end(describe_peer_close(*ngtcp2_conn_get_ccerr(quic_.get())));
  else if (error == NGTCP2_ERR_DROP_CONN)
    end({CloseInfo::By::kTransport, 0, "dropped"});
  else
    fail(error, now);
}

void Connection::on_timeout(Instant now) {
  if (state_ == State::kClosing && now >= next_timeout_) state_ = State::kGone;
  if (state_ != State::kOpen) return;
  if (now >= next_timeout_) on_expiry(now);
  if (state_ != State::kOpen) return;
  const auto due = protocol_->next_timeout();
  if (due && *due <= now) protocol_->on_timeout(now);
}

void Connection::on_expiry(Instant now) {
  if (const int error = ngtcp2_conn_handle_expiry(quic_.get(), to_quic_time(now)); error != 0)
    fail(error, now);
  else
    next_timeout_ = from_quic_time(ngtcp2_conn_get_expiry(quic_.get()));
}

Instant Connection::next_timeout() const {
  const auto protocols = state_ == State::kOpen ? protocol_->next_timeout() : std::nullopt;
  return protocols ? std::min(*protocols, next_timeout_) : next_timeout_;
}

bool Connection::open_unidirectional(SendStream& send) {
  return ngtcp2_conn_open_uni_stream(quic_.get(), &send.id, &send) == 0;
}

bool Connection::open_bidirectional(SendStream& send) {
  return ngtcp2_conn_open_bidi_stream(quic_.get(), &send.id, &send) == 0;
}

void Connection::attach(std::int64_t stream, SendStream& send) {
  send.id = stream;
  note(ngtcp2_conn_set_stream_user_data(quic_.get(), stream, &send));
}

void Connection::reset(SendStream& send, CloseCode code) {
  note(ngtcp2_conn_shutdown_stream_write(quic_.get(), 0, send.id, static_cast<std::uint64_t>(code)));
  send.cancel();
}

void Connection::stop_receiving(std::int64_t stream, CloseCode code) {
  note(ngtcp2_conn_shutdown_stream_read(quic_.get(), 0, stream, static_cast<std::uint64_t>(code)));
}

void Connection::ignore(std::int64_t stream) {
  constexpr auto kCode = static_cast<std::uint64_t>(CloseCode::kUnknown);
  note(ngtcp2_conn_shutdown_stream_read(quic_.get(), 0, stream, kCode));
  if (ngtcp2_is_bidi_stream(stream) != 0)
    note(ngtcp2_conn_shutdown_stream_write(quic_.get(), 0, stream, kCode));
}

void Connection::return_stream(std::int64_t stream, bool at_once) {
  if (!at_once) return ignored_.push_back(stream);
  if (ngtcp2_is_bidi_stream(stream) != 0)
    ngtcp2_conn_extend_max_streams_bidi(quic_.get(), 1);
  else
    ngtcp2_conn_extend_max_streams_uni(quic_.get(), 1);
}

/// Returns the streams; those not returned now follow with a later packet, as a viewer's pings come once a
/// second.
void Connection::return_ignored(Instant now) {
  while (!ignored_.empty() && ignored_budget_.take(now)) {
    return_stream(ignored_.front(), true);
    ignored_.pop_front();
  }
}

void Connection::note(int error) {
  if (failure_ == 0) failure_ = error;
}

net::Path Connection::path() const {
  return from_quic_path(*ngtcp2_conn_get_path(quic_.get()));
}

Connection::Stats Connection::stats() const {
  ngtcp2_conn_info info;
  ngtcp2_conn_get_conn_info(quic_.get(), &info);
  const auto time = [](ngtcp2_duration value) { return Duration(static_cast<Duration::rep>(value)); };
  const auto gone = info.bytes_lost + info.bytes_in_flight;
  return {.rtt = time(info.smoothed_rtt),
          .sent_packets = info.pkt_sent,
          .lost_packets = info.pkt_lost,
          .latest_rtt = time(info.latest_rtt),
          .min_rtt = info.min_rtt == UINT64_MAX ? Duration{} : time(info.min_rtt),
          .bytes_in_flight = info.bytes_in_flight,
          .acknowledged_bytes = info.bytes_sent - std::min(info.bytes_sent, gone)};
}

}  // namespace pixelpass::tunnel
