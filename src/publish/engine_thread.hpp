#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/gst/media_thread.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <system_error>

namespace pixelpass::publish {

/// The media thread of one engine's connections, of which the one before may hang in its end. Such a thread
/// is left behind, and another one made in its place. Thread: network. The io_context outlives it; from
/// on_hung on the process may only end without destroying that (_exit(2)).
class EngineThread {
 public:
  /// For a connection to end: with the goodbye, as long as a source may take.
  static constexpr Duration kEndWithin = 2s;
  /// Threads that hang at once: each keeps a connection.
  static constexpr std::size_t kMostHanging = 3;

  /// Called from the io_context, never from within a call.
  struct Handlers {
    /// A library hangs on the thread. `is_last`: no other one is made until one that hangs is back.
    std::function<void(bool is_last)> on_hung;
    /// A thread cannot be started; nothing is waited for any more.
    std::function<void(const std::system_error&)> on_none;
  };

  EngineThread(boost::asio::io_context& io, Handlers handlers, Duration end_within = kEndWithin);
  /// Joins the thread; those that hang are left for good.
  ~EngineThread();
  EngineThread(const EngineThread&) = delete;
  EngineThread& operator=(const EngineThread&) = delete;

  /// Calls `then` when there is a thread that has done all it was given: at once for a new one. Only the last
  /// `then` is waited for.
  void when_free(std::function<void()> then);
  /// As when_free(), but another thread is made no more: `done` comes within `end_within`.
  void when_over(std::function<void()> done);
  /// Until the next when_free() or when_over(), once `then` was called.
  [[nodiscard]] gst::MediaThread& get() const { return *thread_; }

 private:
  void start();
  void ask();
  void on_answer(int number);
  void leave_behind();
  void go_on();

  boost::asio::io_context& io_;
  const Handlers handlers_;
  const Duration end_within_;
  boost::asio::steady_timer patience_;
  std::function<void()> then_;  ///< empty: nothing is waited for
  bool is_over_ = false;
  int number_ = 0;  ///< the present thread's
  std::unique_ptr<gst::MediaThread> thread_;
  std::map<int, std::unique_ptr<gst::MediaThread>> hung_;  ///< by their numbers
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
};

}  // namespace pixelpass::publish
