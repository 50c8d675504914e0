#include "pixelpass/net/http_head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <cassert>
#include <sstream>
#include <string_view>

namespace pixelpass::net {
namespace {

namespace http = boost::beast::http;
using Request = http::request<http::empty_body>;

constexpr unsigned kHttp10 = 10;
constexpr unsigned kHttp11 = 11;

std::string_view view_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

/// Compares in constant time, so that the duration does not tell where the two differ: other users of this
/// machine can ask any number of times.
bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

bool host_allowed(std::string_view host, const HttpTarget& target) {
  if (target.hosts.empty()) return true;
  std::string port = ":";
  port += std::to_string(target.port);  // GCC 12 warns of the sum of both (its bug 105651)
  if (host.ends_with(port)) host.remove_suffix(port.size());
  return std::ranges::any_of(target.hosts, [host](const std::string& allowed) {
    return boost::beast::iequals({host.data(), host.size()}, allowed);
  });
}

struct Asked {
  std::string_view host;
  std::string_view path;
  bool has_host = false;
};

/// The request's target. Servers accept the absolute form, too; its authority then replaces Host (RFC 9112,
/// 3.2.2).
Asked asked_for(const Request& request) {
  constexpr std::string_view kScheme = "http://";
  const auto target = view_of(request.target());
  if (target.starts_with(kScheme)) {
    const auto rest = target.substr(kScheme.size());
    const auto slash = std::min(rest.find('/'), rest.size());
    return {.host = rest.substr(0, slash), .path = rest.substr(slash), .has_host = true};
  }
  const auto host = request.find(http::field::host);
  const bool has_host = host != request.end();
  return {
      .host = has_host ? view_of(host->value()) : std::string_view(), .path = target, .has_host = has_host};
}

/// Nor what was behind a link's `#` that something on its way has escaped.
std::string_view without_query(std::string_view path) {
  return path.substr(0, path.find_first_of("?%"));
}

HeadVerdict judge(const Request& request, const HttpTarget& target) {
  const bool known_version = request.version() == kHttp10 || request.version() == kHttp11;
  const auto hosts = request.count(http::field::host);
  if (!known_version || hosts > 1 || (hosts == 0 && request.version() == kHttp11))
    return HeadVerdict::kBadRequest;
  const Asked asked = asked_for(request);
  // HTTP/1.0 has no Host; DNS rebinding is done with browsers, which send one.
  if (asked.has_host && !host_allowed(asked.host, target)) return HeadVerdict::kNotFound;
  if (!equal_in_constant_time(target.takes_query ? without_query(asked.path) : asked.path, target.path))
    return HeadVerdict::kNotFound;
  if (request.method() == http::verb::get) return HeadVerdict::kServe;
  if (request.method() == http::verb::head) return HeadVerdict::kServeHead;
  return HeadVerdict::kMethodNotAllowed;
}

http::status status_of(HeadVerdict verdict) {
  switch (verdict) {
    case HeadVerdict::kNotFound:
      return http::status::not_found;
    case HeadVerdict::kMethodNotAllowed:
      return http::status::method_not_allowed;
    case HeadVerdict::kTooLarge:
      return http::status::request_header_fields_too_large;
    case HeadVerdict::kServe:
    case HeadVerdict::kServeHead:
      return http::status::ok;
    case HeadVerdict::kBadRequest:
    case HeadVerdict::kNeedMore:
      break;
  }
  return http::status::bad_request;
}

}  // namespace

HeadVerdict judge_head(ByteView bytes, const HttpTarget& target) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kMaxHeadBytes);
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error == http::error::header_limit) return HeadVerdict::kTooLarge;
  if (error == http::error::need_more)
    return bytes.size() < kMaxHeadBytes ? HeadVerdict::kNeedMore : HeadVerdict::kTooLarge;
  if (error) return HeadVerdict::kBadRequest;
  if (!parser.is_header_done()) return HeadVerdict::kNeedMore;
  return judge(parser.get(), target);
}

std::string response_head(HeadVerdict verdict, std::span<const HttpField> fields) {
  assert(verdict != HeadVerdict::kNeedMore);
  http::response<http::empty_body> response(status_of(verdict), kHttp11);
  response.set(http::field::connection, "close");
  response.set(http::field::cache_control, "no-store");
  if (response.result() == http::status::ok) {
    for (const auto& field : fields) response.set(field.name, field.value);
  } else {
    response.set(http::field::content_length, "0");
  }
  if (verdict == HeadVerdict::kMethodNotAllowed) response.set(http::field::allow, "GET, HEAD");
  std::ostringstream text;
  text << response.base();
  return text.str();
}

}  // namespace pixelpass::net
