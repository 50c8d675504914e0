#include "tunnel/connection.hpp"
#include "tunnel/connection_ids.hpp"
#include <ngtcp2/ngtcp2_crypto.h>

namespace pixelpass::tunnel {

/// ngtcp2's callbacks: the one place where C code calls into a connection. Each is noexcept, and calls the
/// connection in its user data.
struct Connection::Callbacks {
  static Connection& of(void* user_data) { return *static_cast<Connection*>(user_data); }

  static int on_handshake_completed(ngtcp2_conn*, void* user_data) noexcept {
    auto& self = of(user_data);
    self.handshake_completed_ = true;
    self.protocol_->on_handshake_completed();
    return 0;
  }

  static int on_stream_data(ngtcp2_conn* quic, std::uint32_t flags, std::int64_t stream, std::uint64_t,
                            const std::uint8_t* data, std::size_t size, void* user_data, void*) noexcept {
    // Data is taken at once, so the window can move on at once; it bounds what is in flight, not what is
    // kept.
    if (ngtcp2_conn_extend_max_stream_offset(quic, stream, size) != 0) return NGTCP2_ERR_CALLBACK_FAILURE;
    ngtcp2_conn_extend_max_offset(quic, size);
    auto& self = of(user_data);
    self.brought_data_ = true;
    // The protocol has closed this connection: the rest of the datagram does not matter.
    if (self.wanted_close_) return 0;
    self.protocol_->on_stream_data(stream, {data, size}, (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0);
    return 0;
  }

  static int on_acknowledged(ngtcp2_conn*, std::int64_t, std::uint64_t offset, std::uint64_t size, void*,
                             void* stream_data) noexcept {
    if (stream_data) static_cast<SendStream*>(stream_data)->on_acknowledged(offset + size);
    return 0;
  }

  static int on_stream_close(ngtcp2_conn* quic, std::uint32_t, std::int64_t stream, std::uint64_t,
                             void* user_data, void* stream_data) noexcept {
    auto& self = of(user_data);
    const bool known = self.protocol_->on_stream_closed(stream, static_cast<SendStream*>(stream_data));
    if (ngtcp2_conn_is_local_stream(quic, stream) == 0) self.return_stream(stream, known);
    return 0;
  }

  /// The other side has reset a bidirectional stream before anything came on it: only we keep it open.
  static int on_stream_reset(ngtcp2_conn* quic, std::int64_t stream, std::uint64_t, std::uint64_t, void*,
                             void* stream_data) noexcept {
    const bool is_theirs = ngtcp2_conn_is_local_stream(quic, stream) == 0;
    if (!is_theirs || stream_data || ngtcp2_is_bidi_stream(stream) == 0) return 0;
    const auto code = static_cast<std::uint64_t>(CloseCode::kUnknown);
    return ngtcp2_conn_shutdown_stream_write(quic, 0, stream, code) == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
  }

  static int on_stream_window(ngtcp2_conn*, std::int64_t, std::uint64_t, void*, void* stream_data) noexcept {
    if (stream_data) static_cast<SendStream*>(stream_data)->set_blocked(false);
    return 0;
  }

  static int on_stream_credit(ngtcp2_conn*, std::uint64_t, void* user_data) noexcept {
    of(user_data).stream_credit_ = true;
    return 0;
  }

  static int on_new_connection_id(ngtcp2_conn*, ngtcp2_cid* id, ngtcp2_stateless_reset_token* token,
                                  std::size_t size, void* user_data) noexcept {
    auto& self = of(user_data);
    id->datalen = size;
    self.random_(std::span(id->data, size));
    self.random_(std::span(token->data));
    self.ids_.add(*id);
    return 0;
  }

  static int on_remove_connection_id(ngtcp2_conn*, const ngtcp2_cid* id, void* user_data) noexcept {
    of(user_data).ids_.remove(*id);
    return 0;
  }

  static void on_random(std::uint8_t* out, std::size_t size, const ngtcp2_rand_ctx* context) noexcept {
    (*static_cast<const Random*>(context->native_handle))({out, size});
  }

  static ngtcp2_callbacks make() {
    ngtcp2_callbacks c{};
    c.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
    c.encrypt = ngtcp2_crypto_encrypt_cb;
    c.decrypt = ngtcp2_crypto_decrypt_cb;
    c.hp_mask = ngtcp2_crypto_hp_mask_cb;
    c.update_key = ngtcp2_crypto_update_key_cb;
    c.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    c.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    c.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
    c.get_path_challenge_data2 = ngtcp2_crypto_get_path_challenge_data2_cb;
    c.rand = on_random;
    c.get_new_connection_id2 = on_new_connection_id;
    c.remove_connection_id = on_remove_connection_id;
    c.handshake_completed = on_handshake_completed;
    c.recv_stream_data = on_stream_data;
    c.acked_stream_data_offset = on_acknowledged;
    c.stream_close = on_stream_close;
    c.stream_reset = on_stream_reset;
    c.extend_max_stream_data = on_stream_window;
    c.extend_max_local_streams_uni = on_stream_credit;
    return c;
  }
};

ngtcp2_callbacks Connection::viewer_callbacks() {
  auto callbacks = Callbacks::make();
  callbacks.client_initial = ngtcp2_crypto_client_initial_cb;
  callbacks.recv_retry = ngtcp2_crypto_recv_retry_cb;
  return callbacks;
}

ngtcp2_callbacks Connection::host_callbacks() {
  auto callbacks = Callbacks::make();
  callbacks.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
  return callbacks;
}

}  // namespace pixelpass::tunnel
