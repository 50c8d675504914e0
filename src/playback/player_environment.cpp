#include "pixelpass/playback/player.hpp"

#include <algorithm>
#include <string_view>

namespace pixelpass::playback {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether this is a proxy's variable: http_proxy, HTTPS_PROXY, all_proxy, no_proxy, socks_proxy, …
bool is_proxy(std::string_view name) {
  constexpr std::string_view kEnd = "_proxy";
  return name.size() >= kEnd.size() &&
         std::ranges::equal(name.substr(name.size() - kEnd.size()), kEnd, {}, lower);
}

}  // namespace

std::vector<char*> player_environment(char* const* ours, Proxies proxies) {
  std::vector<char*> theirs;
  for (; *ours != nullptr; ++ours) {
    const std::string_view entry(*ours);
    const std::string_view name = entry.substr(0, entry.find('='));
    const bool is_kept = proxies == Proxies::kKeep || !is_proxy(name);
    if (is_kept && !name.starts_with("PIXELPASS_")) theirs.push_back(*ours);
  }
  theirs.push_back(nullptr);
  return theirs;
}

}  // namespace pixelpass::playback
