#include "app/host/ticket_terms.hpp"

#include "pixelpass/base/random.hpp"

#include "app/host/identity_file.hpp"

#include <utility>

namespace pixelpass::app {
namespace {

std::optional<UnixTime> from_now(std::optional<std::chrono::seconds> lifetime) {
  return lifetime ? std::optional(system_wall_time() + *lifetime) : std::nullopt;
}

}  // namespace

TicketTerms::TicketTerms(const HostOptions& options)
    : file_(options.identity),
      lifetime_(options.expires),
      identity_(file_ ? load_or_create_identity(*file_, system_random)
                      : tunnel::Identity::generate(system_random)),
      expires_at_(from_now(lifetime_)) {}

void TicketTerms::renew(tunnel::Identity identity) {
  identity_ = std::move(identity);
  expires_at_ = from_now(lifetime_);
}

}  // namespace pixelpass::app
