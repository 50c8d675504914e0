#include "tunnel/tls.hpp"

#include <new>
#include <string_view>

namespace pixelpass::tunnel {
namespace {

// RFC 7301: each name is preceded by its length. The name is the same in every version, and the hello says
// which: a host with another name here would look like another host, not like an older one.
constexpr std::uint8_t kAlpn[] = {'\x0b', 'p', 'i', 'x', 'e', 'l', 'p', 'a', 's', 's', '/', '1'};
constexpr std::string_view kExporterLabel = "EXPORTER-pixelpass-1";

// RFC 6698, 7.2 to 7.4.
constexpr std::uint8_t kDaneEndEntity = 3;
constexpr std::uint8_t kWholeCertificate = 0;
constexpr std::uint8_t kSha256 = 1;

/// Checks a call of OpenSSL's set-up that fails only if memory is short, or by a bug of ours.
void check(bool ok) {
  if (!ok) throw std::bad_alloc();
}

int select_alpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                unsigned in_length, void*) {
  const int result =
      SSL_select_next_proto(const_cast<unsigned char**>(out), out_length, kAlpn, sizeof kAlpn, in, in_length);
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

OwnedTls<SSL_CTX> make_context(const SSL_METHOD* method) {
  // Looks up the algorithms once: otherwise each packet's encryption would do so.
  check(ngtcp2_crypto_ossl_init() == 0);
  OwnedTls<SSL_CTX> context(SSL_CTX_new(method));
  check(context != nullptr);
  SSL_CTX* c = context.get();
  check(SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) == 1);
  check(SSL_CTX_set_ciphersuites(c, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256") == 1);
  // A single group, whose key share fits into one Initial: OpenSSL's default with ML-KEM needs two, which is
  // one more packet to lose.
  check(SSL_CTX_set1_groups_list(c, "X25519") == 1);
  check(SSL_CTX_set1_sigalgs_list(c, "ecdsa_secp256r1_sha256") == 1);
  check(SSL_CTX_set_num_tickets(c, 0) == 1);
  // The certificate is the whole chain; without this OpenSSL would look for more of it at each handshake.
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  return context;
}

}  // namespace

TlsContext TlsContext::host(const Identity& identity) {
  auto context = make_context(TLS_server_method());
  check(SSL_CTX_use_certificate(context.get(), identity.certificate()) == 1);
  check(SSL_CTX_use_PrivateKey(context.get(), identity.key()) == 1);  // fails if it is not the certificate's
  SSL_CTX_set_alpn_select_cb(context.get(), select_alpn, nullptr);
  return TlsContext(std::move(context));
}

TlsContext TlsContext::viewer() {
  auto context = make_context(TLS_client_method());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  // Trusting a certificate by its hash is what DANE does (RFC 6698); no DNS is asked.
  check(SSL_CTX_dane_enable(context.get()) == 1);
  return TlsContext(std::move(context));
}

TlsSession::TlsSession(const TlsContext& context, ngtcp2_crypto_conn_ref* reference)
    : ssl_(SSL_new(context.get())) {
  check(ssl_ != nullptr);
  // ngtcp2's callbacks find the connection through this.
  check(SSL_set_app_data(ssl_.get(), reference) == 1);
  ngtcp2_crypto_ossl_ctx* ossl = nullptr;
  check(ngtcp2_crypto_ossl_ctx_new(&ossl, ssl_.get()) == 0);
  ossl_.reset(ossl);
}

TlsSession TlsSession::accept(const TlsContext& context, ngtcp2_crypto_conn_ref* reference) {
  TlsSession session(context, reference);
  check(ngtcp2_crypto_ossl_configure_server_session(session.ssl_.get()) == 0);
  SSL_set_accept_state(session.ssl_.get());
  return session;
}

TlsSession TlsSession::dial(const TlsContext& context, ngtcp2_crypto_conn_ref* reference,
                            const Fingerprint& fingerprint) {
  TlsSession session(context, reference);
  SSL* ssl = session.ssl_.get();
  check(ngtcp2_crypto_ossl_configure_client_session(ssl) == 0);
  SSL_set_connect_state(ssl);
  check(SSL_set_alpn_protos(ssl, kAlpn, sizeof kAlpn) == 0);
  check(SSL_dane_enable(ssl, nullptr) == 1);
  // Accepts exactly this certificate, whatever its names and dates are (RFC 7671, 5.1), and no other one of
  // the same key.
  check(SSL_dane_tlsa_add(ssl, kDaneEndEntity, kWholeCertificate, kSha256, fingerprint.data(),
                          fingerprint.size()) == 1);
  return session;
}

TlsSession::~TlsSession() {
  // OpenSSL may call back during its destruction, when the connection has gone.
  if (ssl_) SSL_set_app_data(ssl_.get(), nullptr);
}

std::optional<Exporter> TlsSession::export_keying_material() const {
  Exporter out{};
  const int ok = SSL_export_keying_material(ssl_.get(), out.data(), out.size(), kExporterLabel.data(),
                                            kExporterLabel.size(), nullptr, 0, 0);
  if (ok != 1) return std::nullopt;
  return out;
}

}  // namespace pixelpass::tunnel
