#pragma once

#include "pixelpass/app/host/host.hpp"
#include "pixelpass/tunnel/identity.hpp"

#include <chrono>
#include <filesystem>
#include <optional>

namespace pixelpass::app {

/// A host's ticket except its addresses: its identity, its secret, until when newcomers may use it. Thread:
/// network.
class TicketTerms {
 public:
  /// Uses the user's identity, or one for this run alone. Throws StartupError.
  explicit TicketTerms(const HostOptions& options);

  [[nodiscard]] const tunnel::Identity& identity() const { return identity_; }
  [[nodiscard]] std::optional<UnixTime> expires_at() const { return expires_at_; }
  [[nodiscard]] std::optional<std::chrono::seconds> lifetime() const { return lifetime_; }

  /// The identity's file; nullopt: it is for this run alone.
  [[nodiscard]] const std::optional<std::filesystem::path>& file() const { return file_; }

  /// From now on these are a new ticket's, which has the first one's lifetime. TicketRenewal calls it.
  void renew(tunnel::Identity identity);

 private:
  const std::optional<std::filesystem::path> file_;
  const std::optional<std::chrono::seconds> lifetime_;
  tunnel::Identity identity_;
  std::optional<UnixTime> expires_at_;
};

}  // namespace pixelpass::app
