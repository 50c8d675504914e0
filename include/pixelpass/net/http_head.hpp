#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pixelpass::net {

/// A request's head is never longer.
inline constexpr std::size_t kMaxHeadBytes = 8 << 10;

/// What the endpoint serves, and under which names a client may have reached it.
struct HttpTarget {
  std::string path;                ///< the only one there is; begins with a slash
  std::vector<std::string> hosts;  ///< allowed in `Host`, lower case, without a port
  std::uint16_t port = 0;          ///< what `Host` has to name, if it names one
};

enum class HeadVerdict : std::uint8_t {
  kNeedMore,          ///< no end of the head yet
  kServe,             ///< 200 and the stream
  kServeHead,         ///< 200 without a body
  kBadRequest,        ///< 400
  kNotFound,          ///< 404: wrong path, or a foreign Host (DNS rebinding): the two look the same
  kMethodNotAllowed,  ///< 405
  kTooLarge,          ///< 431
};

/// Judges all bytes that a client has sent so far (RFC 9112). Pure; never throws on any input.
HeadVerdict judge_head(ByteView bytes, const HttpTarget& target);

/// The whole response, but for the stream's bytes after a kServe; not for kNeedMore. The stream ends with the
/// connection (RFC 9112, 6.3, case 8): no length, no chunks, so that HTTP/1.0 clients can read it too.
std::string response_head(HeadVerdict verdict);

}  // namespace pixelpass::net
