#pragma once

#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/tunnel/identity.hpp"

#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_ossl.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

namespace pixelpass::tunnel {

/// One deleter for all C handles of this stage.
struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ngtcp2_crypto_ossl_ctx* context) const { ngtcp2_crypto_ossl_ctx_del(context); }
};
template <class T>
using OwnedTls = std::unique_ptr<T, FreeTls>;

/// TLS 1.3 for QUIC with the host's certificate, which is trusted by its hash: no authorities, names or
/// dates. One for each side of a process, shared by its connections. Throws std::bad_alloc only.
class TlsContext {
 public:
  static TlsContext host(const Identity& identity);
  static TlsContext viewer();

  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

 private:
  explicit TlsContext(OwnedTls<SSL_CTX> context) : context_(std::move(context)) {}
  OwnedTls<SSL_CTX> context_;
};

using Exporter = std::array<std::uint8_t, 32>;

/// One connection's TLS. Declared before the ngtcp2_conn that uses it, so that the connection dies first.
class TlsSession {
 public:
  /// `reference` leads from the SSL to its ngtcp2_conn and has to outlive this.
  static TlsSession accept(const TlsContext& context, ngtcp2_crypto_conn_ref* reference);
  /// Fails the handshake unless the host shows the certificate with this SHA-256, and proves that it has the
  /// private key.
  static TlsSession dial(const TlsContext& context, ngtcp2_crypto_conn_ref* reference,
                         const Fingerprint& fingerprint);
  ~TlsSession();
  TlsSession(TlsSession&&) noexcept = default;
  TlsSession& operator=(TlsSession&&) = delete;

  [[nodiscard]] ngtcp2_crypto_ossl_ctx* native() const { return ossl_.get(); }
  /// Keying material that only both ends know (RFC 8446, 7.5); only after the handshake.
  [[nodiscard]] std::optional<Exporter> export_keying_material() const;

 private:
  TlsSession(const TlsContext& context, ngtcp2_crypto_conn_ref* reference);
  OwnedTls<SSL> ssl_;
  OwnedTls<ngtcp2_crypto_ossl_ctx> ossl_;
};

}  // namespace pixelpass::tunnel
