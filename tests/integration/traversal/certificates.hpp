#pragma once

#include "pixelpass/base/clock.hpp"

#include <openssl/types.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace pixelpass::traversal::test {

struct FreeOpenssl {
  void operator()(X509* certificate) const;
  void operator()(EVP_PKEY* key) const;
};
using OwnedCertificate = std::unique_ptr<X509, FreeOpenssl>;
using OwnedKey = std::unique_ptr<EVP_PKEY, FreeOpenssl>;

/// What a server has: two files in PEM.
struct ServerFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// A certificate authority of the test's own, in a folder of its own. Throws std::runtime_error.
class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  /// What SSL_CERT_FILE is to name for those who trust it.
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "authority.pem"; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// `names`: "DNS:localhost", "IP:127.0.0.1". Valid from a day ago until `ends` from now.
  [[nodiscard]] ServerFiles issue(const std::vector<std::string>& names, std::chrono::seconds ends = 24h);

 private:
  std::filesystem::path folder_;
  OwnedKey key_;
  OwnedCertificate certificate_;
  int issued_ = 0;
};

/// While it lives, OpenSSL trusts whom this file names, and nobody else. One thread.
class Trust {
 public:
  explicit Trust(const std::filesystem::path& file) {
    setenv("SSL_CERT_FILE", file.c_str(), 1);
    setenv("SSL_CERT_DIR", "/nonexistent", 1);
  }
  ~Trust() {
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
  }
  Trust(const Trust&) = delete;
  Trust& operator=(const Trust&) = delete;
};

}  // namespace pixelpass::traversal::test
