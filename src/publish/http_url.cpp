#include "publish/http_url.hpp"

#include <glib.h>

#include <algorithm>
#include <memory>

namespace pixelpass::publish {
namespace {

constexpr std::size_t kMaxHost = 253;  // RFC 1035 section 2.3.4, as text
constexpr auto kFlags = static_cast<GUriFlags>(G_URI_FLAGS_ENCODED);

struct FreeText {
  void operator()(char* text) const noexcept { g_free(text); }
};
struct FreeUri {
  void operator()(GUri* uri) const noexcept { g_uri_unref(uri); }
};

std::string text_of(const char* text) {
  return text == nullptr ? "" : text;
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_of_host(char c) {
  return g_ascii_isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == ':';
}

std::optional<HttpUrl> url_of(GUri* uri) {
  HttpUrl url;
  const std::string scheme = g_uri_get_scheme(uri);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  url.is_tls = scheme == "https";
  url.host = text_of(g_uri_get_host(uri));
  if (url.host.empty() || url.host.size() > kMaxHost || !std::ranges::all_of(url.host, is_of_host))
    return std::nullopt;
  const int port = g_uri_get_port(uri);
  if (port == 0 || port > 65535) return std::nullopt;
  url.port = port < 0 ? (url.is_tls ? 443 : 80) : static_cast<std::uint16_t>(port);
  const auto path = text_of(g_uri_get_path(uri));
  url.path = path.empty() ? "/" : path;
  if (const char* query = g_uri_get_query(uri)) url.path.append("?").append(query);
  url.credentials = text_of(g_uri_get_userinfo(uri));
  return url;
}

std::string text_of(const HttpUrl& url) {
  return (url.is_tls ? "https://" : "http://") + url.authority() + url.path;
}

}  // namespace

std::string HttpUrl::authority() const {
  const auto name = host.find(':') != host.npos ? "[" + host + "]" : host;
  return port == (is_tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

std::optional<HttpUrl> parse_http_url(std::string_view text) {
  if (text.size() > kMaxUrlText || !is_visible(text)) return std::nullopt;
  const std::unique_ptr<GUri, FreeUri> uri(g_uri_parse(std::string(text).c_str(), kFlags, nullptr));
  return uri ? url_of(uri.get()) : std::nullopt;
}

std::optional<HttpUrl> resolve_location(const HttpUrl& from, std::string_view location) {
  if (location.empty() || location.size() > kMaxUrlText || !is_visible(location)) return std::nullopt;
  const std::unique_ptr<char, FreeText> whole(
      g_uri_resolve_relative(text_of(from).c_str(), std::string(location).c_str(), kFlags, nullptr));
  const auto url = whole ? parse_http_url(whole.get()) : std::nullopt;
  if (!url || !url->credentials.empty() || (from.is_tls && !url->is_tls)) return std::nullopt;
  return url;
}

}  // namespace pixelpass::publish
