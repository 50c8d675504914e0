#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/tunnel/identity.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace pixelpass::app {

/// From a file, made with mode 0600 if it does not exist: the ticket outlives the process, since the very
/// bytes of the certificate are in it. Throws StartupError if it cannot be read, holds something else, or is
/// readable by others. Any thread.
tunnel::Identity load_or_create_identity(const std::filesystem::path& file, const Random& random);

/// Replaces what load_or_create_identity() reads from a file that it has read or made; whatever happens
/// meanwhile, that is whole. A thread of its own waits for the disk, and is left behind where that does not
/// answer. Thread: network.
class IdentityReplacement {
 public:
  using Done = std::function<void(const std::optional<Error>&)>;

  /// Calls `done` on io's thread, after `patience` at the latest, and never before this returns: with an
  /// error the file is what it was, but for what its text says.
  IdentityReplacement(boost::asio::io_context& io, const std::filesystem::path& file,
                      const tunnel::Identity& identity, Duration patience, Done done);
  /// `done` is not called any more. What has not come about does not.
  ~IdentityReplacement();
  IdentityReplacement(const IdentityReplacement&) = delete;
  IdentityReplacement& operator=(const IdentityReplacement&) = delete;

 private:
  class Work;
  const std::shared_ptr<Work> work_;
  boost::asio::steady_timer patience_;
};

}  // namespace pixelpass::app
