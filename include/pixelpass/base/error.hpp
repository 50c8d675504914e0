#pragma once

#include <boost/system/result.hpp>

#include <exception>
#include <string>
#include <utility>

namespace pixelpass {

/// The program's exit codes: a promise to scripts. The help and the man page print this list.
enum class ExitCode : int {
  kDone = 0,
  kCouldNotStart = 1,   ///< something is missing; the hint says what
  kUsage = 2,           ///< the command line, or a ticket that cannot be read
  kNotReachable = 3,    ///< the host did not answer on any address
  kRefused = 4,         ///< full, locked, expired, version
  kConnectionLost = 5,  ///< lost and not regained
  kInterrupted = 130,
};

/// A failure as people see it: what failed (and what would have been accepted), what to do next.
struct Error {
  std::string what;
  std::string hint;
  ExitCode exit_code = ExitCode::kCouldNotStart;
};

/// The error of a start that the user cancelled, and need not be told.
inline Error interrupted() {
  return {"interrupted", "", ExitCode::kInterrupted};
}

/// The start cannot go on. Thrown while starting only, caught once, in main.
class StartupError : public std::exception {
 public:
  explicit StartupError(Error error) : error_(std::move(error)) {}
  StartupError(std::string what, std::string hint, ExitCode code = ExitCode::kCouldNotStart)
      : error_{std::move(what), std::move(hint), code} {}

  [[nodiscard]] const Error& error() const noexcept { return error_; }
  [[nodiscard]] const char* what() const noexcept override { return error_.what.c_str(); }

 private:
  Error error_;
};

/// The outcome of what may fail while running. `E` is an `Error` for people, or a small type if code decides
/// on it. Each has a throw_exception_from_error(): since Boost 1.88 `*result` is value().
template <class T, class E = Error>
using Result = boost::system::result<T, E>;

/// Lets `Result<T>::value()` throw what main catches.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw StartupError(error);
}

}  // namespace pixelpass
