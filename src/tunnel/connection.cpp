#include "tunnel/connection.hpp"

#include "pixelpass/base/clean_text.hpp"

#include "tunnel/connection_ids.hpp"
#include "tunnel/connection_settings.hpp"
#include "tunnel/outbox.hpp"
#include "tunnel/quic_values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <new>
#include <utility>

namespace pixelpass::tunnel {
namespace {

/// Slices handed to ngtcp2 for one packet.
constexpr std::size_t kSlices = 16;
/// Three PTOs are enough (RFC 9000, 10.2), but the other side has a say in how long those are.
constexpr Duration kMaxLinger = 3s;

CloseInfo describe_error(int error, const ngtcp2_conn* connection) {
  if (error == NGTCP2_ERR_IDLE_CLOSE || error == NGTCP2_ERR_HANDSHAKE_TIMEOUT)
    return {CloseInfo::By::kSilence, 0, "nothing was heard"};
  if (error == NGTCP2_ERR_CRYPTO)
    return {CloseInfo::By::kTls, ngtcp2_conn_get_tls_alert(const_cast<ngtcp2_conn*>(connection)),
            "TLS handshake failed"};
  return {CloseInfo::By::kTransport, 0, ngtcp2_strerror(error)};
}

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
    : ids_(around.ids),
      random_(around.random),
      protocol_(std::move(protocol)),
      next_timeout_(now),
      last_heard_(now) {
  reference_.user_data = this;
  reference_.get_conn = [](ngtcp2_crypto_conn_ref* reference) {
    return static_cast<Connection*>(reference->user_data)->quic_.get();
  };
}

Connection::~Connection() {
  ids_.remove_all(*this);
}

void Connection::adopt(ngtcp2_conn* connection) {
  quic_.reset(connection);
  ngtcp2_conn_set_tls_native_handle(connection, tls_->native());
  ngtcp2_conn_set_keep_alive_timeout(connection, to_quic_duration(kKeepAlive));
}

std::unique_ptr<Connection> Connection::dial(const Surroundings& around, const net::Path& path,
                                             const Knock& knock, const HostKey& host_key,
                                             std::unique_ptr<Protocol> protocol, Instant now) {
  std::unique_ptr<Connection> self(new Connection(around, std::move(protocol), now));
  self->tls_.emplace(TlsSession::dial(around.tls, &self->reference_, host_key));
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
  around.ids.add(source, *self);
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
  around.ids.add(source, *self);
  // Retransmitted Initials come with the knock again, and so does the rest of a ClientHello that fills two.
  around.ids.add(header.dcid, *self);
  return self;
}

void Connection::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  if (state_ == State::kGone) return;
  if (state_ == State::kClosing) {
    // It has not seen our close yet: say it again (RFC 9000, 10.2.1), but ever more rarely. What comes may be
    // its own close, and two ends that answered each with one would never stop.
    if (std::has_single_bit(++heard_while_closing_)) close_unsent_ = true;
    return;
  }
  const auto quic_path = to_quic_path(path);
  ngtcp2_pkt_info info{};
  info.ecn = ecn;
  in_library_ = true;
  const int error =
      ngtcp2_conn_read_pkt(quic_.get(), &quic_path, &info, bytes.data(), bytes.size(), to_quic_time(now));
  in_library_ = false;
  if (error != 0) {
    on_read_error(error, now);
    return;
  }
  last_heard_ = now;
  next_timeout_ = from_quic_time(ngtcp2_conn_get_expiry(quic_.get()));
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
  if (state_ == State::kClosing) {
    if (now >= next_timeout_) state_ = State::kGone;
    return;
  }
  if (state_ == State::kGone) return;
  if (now >= next_timeout_) on_expiry(now);
  if (state_ != State::kOpen) return;
  if (const auto due = protocol_->next_timeout(); due && *due <= now) protocol_->on_timeout(now);
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

bool Connection::flush(Outbox& outbox, net::DatagramSink& sink, Instant now) {
  if (state_ == State::kClosing) return send_close(outbox, sink);
  if (state_ == State::kOpen) return_ignored(now);
  while (state_ == State::kOpen) {
    if (failure_ != 0) {
      fail(failure_, now);
      return send_close(outbox, sink);
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

/// What is not returned now is with a later packet: a viewer's pings come once a second.
void Connection::return_ignored(Instant now) {
  while (!ignored_.empty() && ignored_budget_.take(now)) {
    return_stream(ignored_.front(), true);
    ignored_.pop_front();
  }
}

void Connection::note(int error) {
  if (failure_ == 0) failure_ = error;
}

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
  // Nothing can be said to the other side, by its own limits or for want of keys: it will hear nothing more.
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

/// Twice: nobody repeats it when the program ends, and a viewer that misses it waits a minute for the host to
/// return.
bool Connection::send_close(Outbox& outbox, net::DatagramSink& sink) {
  if (!close_unsent_) return true;
  const auto second = std::ranges::copy(close_packet_, outbox.buffer().begin()).out;
  std::ranges::copy(close_packet_, second);
  outbox.put(to_quic_path(close_path_), 2 * close_packet_.size(), close_packet_.size(), 0);
  close_unsent_ = false;
  return outbox.drain(sink);
}

net::Path Connection::path() const {
  return from_quic_path(*ngtcp2_conn_get_path(quic_.get()));
}

Connection::Stats Connection::stats() const {
  ngtcp2_conn_info info;
  ngtcp2_conn_get_conn_info(quic_.get(), &info);
  return {Duration(static_cast<Duration::rep>(info.smoothed_rtt)), info.pkt_sent, info.pkt_lost};
}

}  // namespace pixelpass::tunnel
