#pragma once

#include "pixelpass/app/control/control_request.hpp"
#include "pixelpass/base/error.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::app {

/// The control socket's messages, one JSON object a line (UTF-8, RFC 8259; ended by a line feed). A request
/// is {"command": NAME}, with "viewer": N for kick, "code": TEXT for reply, "bitrate_bps": N for bitrate and
/// "new": true for a new ticket. An answer is {"event": "answer", "version": N, "command": NAME, "host":
/// NAME, "pid": N, …}, or has "error": {"what", "hint", "exit_code"} after those. Both only ever grow:
/// unknown fields are ignored. Sans-IO; any thread.

/// The protocol's version. It changes only if the meaning of something changes, never for additions. A
/// request without a version is of the first.
inline constexpr int kControlVersion = 1;

/// The longest request: a reply code in the middle of a pasted chat fits.
inline constexpr std::size_t kMaxControlLine = 16384;

/// The request without a line feed. A reply code that would make it too long is cut off.
std::string request_line(const ControlRequest& request);
/// An error says what was wrong. Never throws.
Result<ControlRequest> parse_request(std::string_view line);

struct HostName {
  std::string name;
  std::int64_t pid = 0;
};

/// `fields`: what the host answers besides its name.
boost::json::object answer_object(const HostName& host, ControlCommand command,
                                  const boost::json::object& fields);
/// `command`: nullopt if the request could not be read.
boost::json::object error_object(const HostName& host, std::optional<ControlCommand> command,
                                 const Error& error);

/// Nullopt: the line is no answer. Never throws.
std::optional<boost::json::object> parse_answer(std::string_view line);
/// The host's objection, if it has one.
std::optional<Error> error_in(const boost::json::object& answer);
/// Empty and 0 where the answer has none.
HostName host_in(const boost::json::object& answer);

/// Assembles lines, each of at most so many bytes, from pieces.
class ControlLines {
 public:
  explicit ControlLines(std::size_t most_bytes = kMaxControlLine) : most_bytes_(most_bytes) {}

  /// False: a line is too long, and nothing more is taken.
  bool feed(std::string_view bytes);
  /// The next complete line, without its line feed.
  std::optional<std::string> next();

 private:
  std::size_t most_bytes_;
  std::string buffer_;
  bool overflowed_ = false;
};

}  // namespace pixelpass::app
