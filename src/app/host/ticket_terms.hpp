#pragma once

#include "pixelpass/app/host/host.hpp"
#include "pixelpass/tunnel/identity.hpp"

#include <chrono>
#include <filesystem>
#include <optional>

namespace pixelpass::app {

/// What a host's ticket says but for the ways: whose it is, its secret, until when newcomers may use it.
/// Thread: network.
class TicketTerms {
 public:
  /// With the user's identity, or one for this run alone. Throws StartupError.
  explicit TicketTerms(const HostOptions& options);

  [[nodiscard]] const tunnel::Identity& identity() const { return identity_; }
  [[nodiscard]] std::optional<UnixTime> expires_at() const { return expires_at_; }
  [[nodiscard]] std::optional<std::chrono::seconds> lifetime() const { return lifetime_; }

  /// For a new ticket, which lasts as long as the first did. An identity's file has the new secret, too: a
  /// restart does not make the old ticket good again. That waits for the disk (4 to 13 ms were measured),
  /// which only the host's own user can ask for: a ticket that is told as new stays so through a power cut.
  /// Throws StartupError where it cannot be written, and nothing has changed.
  void renew();

 private:
  const std::optional<std::filesystem::path> file_;
  const std::optional<std::chrono::seconds> lifetime_;
  tunnel::Identity identity_;
  std::optional<UnixTime> expires_at_;
};

}  // namespace pixelpass::app
