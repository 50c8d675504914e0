#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <memory>
#include <optional>

struct evp_pkey_st;
struct x509_st;

namespace pixelpass::tunnel {

/// What the host is known by: a P-256 key pair with a certificate that it signs for itself, whose hash stands
/// in tickets, and the ticket's secret. A native viewer and a browser (which knows hosts by such hashes
/// alone) are shown the same certificate. Copies share key and certificate. Any thread.
class Identity {
 public:
  static Identity generate(const Random& random);
  /// From what serialize() made; nullopt for all else.
  static std::optional<Identity> parse(ByteView bytes);
  /// As it is kept, with the private key: whoever asks for it cleanses it.
  [[nodiscard]] Bytes serialize() const;

  /// The same host with another secret: what was made with this one is not its any more.
  [[nodiscard]] Identity with_new_secret(const Random& random) const;

  /// SHA-256 of the certificate's DER form (RFC 8122), as tickets carry it.
  [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }
  [[nodiscard]] const Secret& secret() const { return secret_; }
  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }
  [[nodiscard]] x509_st* certificate() const { return certificate_.get(); }

 private:
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
  Fingerprint fingerprint_{};
  Secret secret_{};
};

}  // namespace pixelpass::tunnel
