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

  /// Makes the terms of a new ticket, with the first one's lifetime. The secret is also stored in the
  /// identity's file, so that a restart does not make the old ticket valid again. That waits for the disk, a
  /// second at most, at the request of the host's own user alone: a ticket that is announced as new stays so
  /// after a power cut. Throws StartupError if it cannot be written in time; then nothing has changed.
  void renew();

 private:
  const std::optional<std::filesystem::path> file_;
  const std::optional<std::chrono::seconds> lifetime_;
  tunnel::Identity identity_;
  std::optional<UnixTime> expires_at_;
};

}  // namespace pixelpass::app
