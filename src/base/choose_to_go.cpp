#include "pixelpass/base/choose_to_go.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace pixelpass {
namespace {

constexpr std::size_t kPrefixBytes = 8;  // of IPv6: a home's network

}  // namespace

std::vector<std::uint8_t> line_of(const SocketAddress& address) {
  const auto plain = address.unmapped();
  const auto bytes = plain.bytes();
  const auto part = plain.is_v6() ? bytes.first(kPrefixBytes) : bytes;
  return {part.begin(), part.end()};
}

std::size_t choose_to_go(std::span<const SocketAddress> oldest_first) {
  struct Line {
    std::size_t count = 0;
    std::size_t oldest = 0;
  };
  std::map<std::vector<std::uint8_t>, Line> lines;
  for (std::size_t i = 0; i < oldest_first.size(); ++i) {
    auto& line = lines[line_of(oldest_first[i])];
    if (line.count++ == 0) line.oldest = i;
  }
  const auto goes_before = [](const auto& a, const auto& b) {
    if (a.second.count != b.second.count) return a.second.count > b.second.count;
    return a.second.oldest < b.second.oldest;
  };
  return std::ranges::min_element(lines, goes_before)->second.oldest;
}

}  // namespace pixelpass
