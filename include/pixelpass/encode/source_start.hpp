#pragma once

#include "pixelpass/encode/media_source.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace pixelpass::encode {

/// Makes a source on a thread of its own, since that may wait for the user's answer, for input, or for an
/// encoder's first picture.
/// Thread: any one.
class SourceStart {
 public:
  /// Makes the source or throws, a StartupError where people are to know why. Waits inside it are given up as
  /// soon as the token is asked to stop; what it throws then is ignored.
  using Make = std::function<std::unique_ptr<MediaSource>(const std::stop_token&)>;
  using Outcome = Result<std::unique_ptr<MediaSource>>;

  /// `on_over`: there is an outcome to take. Once, on the starting thread: hand over and return.
  SourceStart(Make make, std::function<void()> on_over);
  /// Gives up, and waits until the thread has ended. No on_over comes after it has returned.
  ~SourceStart();
  SourceStart(const SourceStart&) = delete;
  SourceStart& operator=(const SourceStart&) = delete;

  /// Asks the thread to give up. An outcome still comes, perhaps a source.
  void give_up() { thread_.request_stop(); }
  /// The outcome. To be called once, after on_over.
  Outcome take();

 private:
  void run(const std::stop_token& stop);

  const Make make_;
  const std::function<void()> on_over_;
  std::mutex mutex_;                ///< guards outcome_
  std::optional<Outcome> outcome_;  ///< not taken yet
  std::jthread thread_;             ///< last: uses all above
};

}  // namespace pixelpass::encode
