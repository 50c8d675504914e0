#include "pixelpass/gst/media_thread.hpp"

#include <future>
#include <memory>
#include <utility>

namespace pixelpass::gst {

MediaThread::MediaThread()
    : context_(g_main_context_new()), thread_([this](const std::stop_token& stop) { run(stop); }) {}

MediaThread::~MediaThread() {
  thread_.request_stop();
  g_main_context_wakeup(context_.get());
  thread_.join();
}

void MediaThread::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  g_main_context_wakeup(context_.get());  // is remembered if the thread does not sleep
}

void MediaThread::call(const std::function<void()>& task) {
  std::promise<void> done;
  post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

bool MediaThread::answers(std::chrono::milliseconds within) {
  const auto answered = std::make_shared<std::promise<void>>();  // may outlive this call
  auto answer = answered->get_future();
  post([answered] { answered->set_value(); });
  return answer.wait_for(within) == std::future_status::ready;
}

void MediaThread::leave_behind(std::unique_ptr<MediaThread> hung) {
  static_cast<void>(hung.release());
}

void MediaThread::run(const std::stop_token& stop) {
  g_main_context_push_thread_default(context_.get());
  while (!stop.stop_requested()) {
    run_tasks();
    g_main_context_iteration(context_.get(), TRUE);
  }
  g_main_context_pop_thread_default(context_.get());
}

void MediaThread::run_tasks() {
  std::deque<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (auto& task : tasks) {
    task();
    task = nullptr;
  }
}

}  // namespace pixelpass::gst
