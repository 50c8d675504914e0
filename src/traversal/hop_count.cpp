#include "traversal/hop_count.hpp"

#include <cstdint>

namespace pixelpass::traversal {
namespace {

/// RFC 1918, RFC 6598 (between a provider's NAT and ours), RFC 3927, this machine. Documentation's addresses
/// count as outer ones: a laboratory's are.
bool is_behind_a_nat(const SocketAddress& address) {
  const auto plain = address.unmapped();
  if (plain.is_v6()) return false;
  const auto bytes = plain.bytes();
  const std::uint8_t a = bytes[0], b = bytes[1];
  return a == 10 || a == 127 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) ||
         (a == 100 && b >= 64 && b < 128) || (a == 169 && b == 254);
}

}  // namespace

void HopCount::note(int hops, const SocketAddress& ended_at) {
  if (hops < 1 || hops > kMost) return;
  auto& known = ended_at_[static_cast<std::size_t>(hops - 1)];
  if (!known) known = ended_at;
}

std::optional<int> HopCount::first_outer() const {
  for (int hops = 1; hops <= kMost; ++hops)
    if (const auto& end = ended_at_[static_cast<std::size_t>(hops - 1)]; end && !is_behind_a_nat(*end))
      return hops;
  return std::nullopt;
}

bool HopCount::is_sure() const {
  for (const auto& end : ended_at_) {
    if (!end) return false;
    if (!is_behind_a_nat(*end)) return true;
  }
  return true;
}

}  // namespace pixelpass::traversal
