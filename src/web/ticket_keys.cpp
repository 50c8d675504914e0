#include "web/ticket_keys.hpp"

#include <algorithm>
#include <iterator>

namespace pixelpass::web {

void TicketKeys::renew(const Secret& secret, const std::function<bool(const Secret&)>& is_in_use) {
  newest_first_.emplace_front(secret);
  if (newest_first_.size() <= kEarlier + 1) return;
  const auto newest = std::prev(newest_first_.rend());
  const auto oldest_unused = std::find_if(newest_first_.rbegin(), newest,
                                          [&](const Known& known) { return !is_in_use(known.secret); });
  newest_first_.erase(oldest_unused == newest ? std::prev(newest_first_.end())
                                              : std::prev(oldest_unused.base()));
}

std::optional<TicketKeys::Read> TicketKeys::read(ByteView datagram) const {
  if (!IceLite::is_check(datagram)) return std::nullopt;
  for (const auto& known : newest_first_)
    if (auto check = known.ice.read(datagram))
      return Read{std::move(*check), &known, &known == &newest_first_.front()};
  return std::nullopt;
}

}  // namespace pixelpass::web
