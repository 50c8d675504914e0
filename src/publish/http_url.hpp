#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::publish {

/// Where a request goes (RFC 9110 section 4.2). A value; any thread.
struct HttpUrl {
  bool is_tls = false;
  std::string host;  ///< a name, or an address without its brackets
  std::uint16_t port = 80;
  std::string path = "/";     ///< and query, as they are sent
  std::string credentials{};  ///< what stands in front of an @, as it was written

  /// For the Host field: without the scheme's own port.
  [[nodiscard]] std::string authority() const;
  friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

inline constexpr std::size_t kMaxUrlText = 2048;

/// http:// or https:// (RFC 3986). Nullopt: it is written otherwise, or too long. Fragments are left out.
std::optional<HttpUrl> parse_http_url(std::string_view text);

/// What a server names (Location, RFC 9110 section 10.2.2), as seen from where it was asked. Nullopt: nothing
/// that we go to: other schemes, out of TLS into none, somebody's credentials, none at all.
std::optional<HttpUrl> resolve_location(const HttpUrl& from, std::string_view location);

}  // namespace pixelpass::publish
