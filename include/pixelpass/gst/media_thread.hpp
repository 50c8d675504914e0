#pragma once

#include "pixelpass/gst/gst.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace pixelpass::gst {

/// A thread with its own GMainContext, for GStreamer's bus messages and our commands. Calls that block (a
/// pipeline's change of state) block this thread and not its owner's.
/// Thread: any calls it. The destructor stops and joins; tasks that have not begun are dropped.
class MediaThread {
 public:
  MediaThread();
  ~MediaThread();
  MediaThread(const MediaThread&) = delete;
  MediaThread& operator=(const MediaThread&) = delete;

  /// Runs it there, in the order of the calls. It must not throw. What it holds goes before the next one
  /// runs.
  void post(std::function<void()> task);
  /// The same, and returns when it has been done. Thread: any but this one.
  void call(const std::function<void()>& task);
  /// Whether the thread gets to a task within that time; not while a library hangs on it. Thread: any but
  /// this one.
  [[nodiscard]] bool answers(std::chrono::milliseconds within);
  /// One on which a library hangs is not joined: it stays for good, with its tasks. From then on the process
  /// may only end without destroying what they use, an io_context that they post to included (_exit(2)).
  /// Thread: any but this one.
  static void leave_behind(std::unique_ptr<MediaThread> hung);
  /// Its context, for sources to attach to. Lives as long as this.
  [[nodiscard]] GMainContext* context() const { return context_.get(); }

 private:
  void run(const std::stop_token& stop);
  void run_tasks();

  Owned<GMainContext> context_;
  std::mutex mutex_;  ///< guards tasks_
  std::deque<std::function<void()>> tasks_;
  std::jthread thread_;  ///< last: uses all above
};

}  // namespace pixelpass::gst
