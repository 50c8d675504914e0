#pragma once

#include "pixelpass/base/error.hpp"

#include "app/host/identity_file.hpp"
#include "app/host/ticket_terms.hpp"
#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>

namespace pixelpass::app {

/// Gives a host's ticket another secret. With a file of the user's the secret is stored there first, so that
/// a restart does not make the old ticket valid again, and a ticket that was announced as new stays so after
/// a power cut. Waits for no disk. Thread: network.
class TicketRenewal {
 public:
  using Done = std::function<void(const std::optional<Error>&)>;

  /// Both outlive it.
  TicketRenewal(boost::asio::io_context& io, TicketTerms& terms) : io_(io), terms_(terms) {}

  /// Renews the terms and calls `done`, before it returns where there is no file; or changes nothing and
  /// calls `done` with the reason: a disk that does not answer is one after three seconds. Nothing is called
  /// after this is destroyed.
  void begin(Done done);

 private:
  boost::asio::io_context& io_;
  TicketTerms& terms_;
  std::optional<IdentityReplacement> replacement_;  ///< that is under way
};

}  // namespace pixelpass::app
