#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pixelpass::net {

/// A request's head is never longer.
inline constexpr std::size_t kMaxHeadBytes = 8 << 10;

/// The resource that is served, and the names under which a client may have reached it.
struct HttpTarget {
  std::string path;                ///< the only one there is; begins with a slash
  std::vector<std::string> hosts;  ///< allowed in `Host`, lower case, without a port; empty: all are
  std::uint16_t port = 0;          ///< what `Host` has to name, if it names one
  bool takes_query = false;        ///< what is behind the path, a query or escaped, makes no difference
};

/// A line of an answer's head. Neither has a line's end in it.
struct HttpField {
  std::string name;
  std::string value;
};

enum class HeadVerdict : std::uint8_t {
  kNeedMore,          ///< no end of the head yet
  kServe,             ///< 200 and what is served
  kServeHead,         ///< 200 without a body
  kBadRequest,        ///< 400
  kNotFound,          ///< 404: wrong path, or a foreign Host (DNS rebinding): the two look the same
  kMethodNotAllowed,  ///< 405
  kTooLarge,          ///< 431
};

/// Judges all bytes that a client has sent so far (RFC 9112). Pure; never throws on any input.
HeadVerdict judge_head(ByteView bytes, const HttpTarget& target);

/// The whole response, except for the body after a kServe; not for kNeedMore. Every answer ends its
/// connection and must not be cached; `fields` are added for what is served. Without a length among them the
/// body ends with the connection (RFC 9112, 6.3, case 8).
std::string response_head(HeadVerdict verdict, std::span<const HttpField> fields);

}  // namespace pixelpass::net
