#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::publish {

/// The destination of a request (RFC 9110 section 4.2). A value; any thread.
struct HttpUrl {
  bool is_tls = false;
  std::string host;  ///< a name, or an address without its brackets
  std::uint16_t port = 80;
  std::string path = "/";     ///< and query, as they are sent
  std::string credentials{};  ///< what stands in front of an @, as it was written

  /// The value of the Host field: without the scheme's default port.
  [[nodiscard]] std::string authority() const;
  friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

inline constexpr std::size_t kMaxUrlText = 2048;

/// Parses http:// or https:// (RFC 3986). Nullopt: it has another form, or is too long. Fragments are
/// dropped.
std::optional<HttpUrl> parse_http_url(std::string_view text);

/// The URL that a server's Location names (RFC 9110 section 10.2.2), relative to the one that was asked.
/// Nullopt: none, or one that is not followed: another scheme, from TLS to plain text, with credentials.
std::optional<HttpUrl> resolve_location(const HttpUrl& from, std::string_view location);

}  // namespace pixelpass::publish
