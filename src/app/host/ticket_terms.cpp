#include "app/host/ticket_terms.hpp"

#include "pixelpass/base/random.hpp"

#include "app/host/identity_file.hpp"

#include <utility>

namespace pixelpass::app {
namespace {

/// Pictures and sound stand still for that long where the disk does. 4 to 13 ms were measured.
constexpr Duration kDiskPatience = 1s;

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

void TicketTerms::renew() {
  auto renewed = identity_.with_new_secret(system_random);
  if (file_) replace_identity(*file_, renewed, kDiskPatience);
  identity_ = std::move(renewed);
  expires_at_ = from_now(lifetime_);
}

}  // namespace pixelpass::app
