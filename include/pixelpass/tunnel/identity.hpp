#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <filesystem>
#include <memory>

struct evp_pkey_st;

namespace pixelpass::tunnel {

/// The host's Ed25519 key pair and the ticket's secret. Copies share the key. Any thread.
class Identity {
 public:
  static Identity generate(const Random& random);
  /// From a file (48 bytes: key seed, secret), made with mode 0600 if it does not exist: the ticket outlives
  /// the process. Throws StartupError if it cannot be read, has another size, or is readable by others.
  static Identity load_or_create(const std::filesystem::path& file, const Random& random);

  /// The same host with another secret: what was made with this one is not its any more.
  [[nodiscard]] Identity with_new_secret(const Random& random) const;
  /// From now on this is what load_or_create() reads from the file that it has read or made; whatever
  /// happens meanwhile, that is whole. Waits for the disk. Throws StartupError.
  void replace(const std::filesystem::path& file) const;

  [[nodiscard]] const HostKey& public_key() const { return public_key_; }
  [[nodiscard]] const Secret& secret() const { return secret_; }
  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }

 private:
  static Identity from_seed(std::span<const std::uint8_t, 48> seed);

  std::shared_ptr<evp_pkey_st> key_;
  HostKey public_key_{};
  Secret secret_{};
};

}  // namespace pixelpass::tunnel
