#pragma once

#include "pixelpass/encode/media_source.hpp"

#include <functional>
#include <memory>
#include <thread>

namespace pixelpass::encode {

/// Destroys a source on a thread of its own, since a driver may hang in that (in a pipeline's last change of
/// state), and the caller need not wait for it. Thread: any one.
class SourceEnd {
 public:
  /// `on_over`: the source has gone. Once, on the ending thread: hand over and return.
  SourceEnd(std::unique_ptr<MediaSource> source, std::function<void()> on_over);
  /// No on_over comes after it has returned. A source that is not destroyed yet is left behind with its
  /// thread: from then on the process may only end by _exit(2), without destroying anything that they use.
  ~SourceEnd();
  SourceEnd(const SourceEnd&) = delete;
  SourceEnd& operator=(const SourceEnd&) = delete;

  [[nodiscard]] bool is_over() const;

 private:
  struct State;

  std::shared_ptr<State> state_;  ///< shared with the thread
  std::thread thread_;
};

}  // namespace pixelpass::encode
