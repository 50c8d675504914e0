#pragma once

#include "web/dtls.hpp"
#include <openssl/ec.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace pixelpass::web {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

/// A key with a certificate that it has signed itself.
struct CertifiedKey {
  CertifiedKey() : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
  }
  [[nodiscard]] CertificateHash hash() const {
    CertificateHash hash{};
    X509_digest(certificate.get(), EVP_sha256(), hash.data(), nullptr);
    return hash;
  }

  std::unique_ptr<EVP_PKEY, FreeKey> key;
  OwnedDtls<X509> certificate;
};

/// OpenSSL's own client, over memory: one buffer a datagram.
class DtlsClient {
 public:
  DtlsClient(const CertifiedKey* pair, const char* profiles) : context_(SSL_CTX_new(DTLS_client_method())) {
    if (pair != nullptr) {
      SSL_CTX_use_certificate(context_.get(), pair->certificate.get());
      SSL_CTX_use_PrivateKey(context_.get(), pair->key.get());
    }
    SSL_CTX_set_tlsext_use_srtp(context_.get(), profiles);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
    DTLS_set_link_mtu(ssl_.get(), 300);
    // A browser's hello is longer than a datagram: it has the keys of key exchanges to come.
    const Bytes filling(4 * 256, 255);
    SSL_set_alpn_protos(ssl_.get(), filling.data(), static_cast<unsigned>(filling.size()));
    in_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in_, -1);
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_connect_state(ssl_.get());
  }

  /// What it has to say next: records, each as a datagram.
  std::vector<Bytes> say() {
    SSL_do_handshake(ssl_.get());
    return records();
  }
  std::vector<Bytes> bye() {
    SSL_shutdown(ssl_.get());
    return records();
  }
  void hear(ByteView datagram) {
    BIO_write(in_, datagram.data(), static_cast<int>(datagram.size()));
    SSL_do_handshake(ssl_.get());
  }
  bool hears_bye(ByteView datagram) {
    BIO_write(in_, datagram.data(), static_cast<int>(datagram.size()));
    std::uint8_t nothing[16];
    SSL_read(ssl_.get(), nothing, sizeof nothing);
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  [[nodiscard]] bool is_connected() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  [[nodiscard]] std::string cipher() const { return SSL_get_cipher(ssl_.get()); }
  [[nodiscard]] Bytes exported(std::size_t length) const {
    Bytes out(length);
    SSL_export_keying_material(ssl_.get(), out.data(), length, "EXTRACTOR-dtls_srtp", 19, nullptr, 0, 0);
    return out;
  }

 private:
  std::vector<Bytes> records() {
    std::vector<Bytes> all;
    std::uint8_t* bytes = nullptr;
    const auto length = static_cast<std::size_t>(BIO_get_mem_data(out_, &bytes));
    for (std::size_t at = 0; at + 13 <= length;) {
      const std::size_t whole = 13 + static_cast<std::size_t>(bytes[at + 11] << 8U | bytes[at + 12]);
      all.emplace_back(bytes + at, bytes + at + whole);
      at += whole;
    }
    (void)BIO_reset(out_);
    return all;
  }

  OwnedDtls<SSL_CTX> context_;
  OwnedDtls<SSL> ssl_;
  BIO* in_;   ///< ssl_'s
  BIO* out_;  ///< ssl_'s
};

inline constexpr const char* kAllProfiles = "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM";

}  // namespace pixelpass::web
