#pragma once

#include "pixelpass/base/error.hpp"

#include "playback/recording_file.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace pixelpass::playback {

/// Tells of the first error, on `io`, unless the writer has gone by then.
class ErrorReport {
 public:
  /// `when_reader_gone`: what the error has then for the program's end.
  ErrorReport(boost::asio::io_context& io, std::string name, std::function<void(Error)> on_error,
              ExitCode when_reader_gone = ExitCode::kCouldNotStart)
      : io_(io),
        name_(std::move(name)),
        on_error_(std::move(on_error)),
        when_reader_gone_(when_reader_gone) {}

  void fail(int error) {
    Error why = writing_failed(name_, error);
    if (error == EPIPE || error == ECONNRESET) why.exit_code = when_reader_gone_;
    fail(std::move(why));
  }
  /// Its reader does not take the rest.
  void give_up() {
    fail({"whoever reads from " + name_ + " did not take it within half a second",
          "a file takes all of it: --record FILE"});
  }
  /// Tells it here, unless it has been told.
  void finish(std::function<void(std::optional<Error>)> done) {
    const bool is_told = !std::exchange(on_error_, {});
    boost::asio::post(io_, [alive = std::weak_ptr<bool>(alive_), done = std::move(done),
                            error = is_told ? std::nullopt : failure_] {
      if (!alive.expired()) done(error);
    });
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool failed() const { return failure_.has_value(); }

 private:
  void fail(Error why) {
    if (failure_) return;
    failure_ = std::move(why);
    boost::asio::post(io_, [this, alive = std::weak_ptr<bool>(alive_)] {
      if (alive.expired() || !on_error_) return;
      std::exchange(on_error_, {})(*failure_);
    });
  }

  boost::asio::io_context& io_;
  std::string name_;
  std::function<void(Error)> on_error_;
  ExitCode when_reader_gone_;
  std::optional<Error> failure_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
};

}  // namespace pixelpass::playback
