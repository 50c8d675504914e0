#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <filesystem>
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
  /// From a file, made with mode 0600 if it does not exist: the ticket outlives the process, since the very
  /// bytes of the certificate are in it. Throws StartupError if it cannot be read, holds something else, or
  /// is readable by others.
  static Identity load_or_create(const std::filesystem::path& file, const Random& random);

  /// The same host with another secret: what was made with this one is not its any more.
  [[nodiscard]] Identity with_new_secret(const Random& random) const;
  /// From now on this is what load_or_create() reads from the file that it has read or made; whatever
  /// happens meanwhile, that is whole. Waits for the disk. Throws StartupError.
  void replace(const std::filesystem::path& file) const;

  /// SHA-256 of the certificate's DER form (RFC 8122), as tickets carry it.
  [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }
  [[nodiscard]] const Secret& secret() const { return secret_; }
  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }
  [[nodiscard]] x509_st* certificate() const { return certificate_.get(); }

 private:
  static std::optional<Identity> parse(ByteView bytes);
  [[nodiscard]] Bytes serialize() const;

  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
  Fingerprint fingerprint_{};
  Secret secret_{};
};

}  // namespace pixelpass::tunnel
