#include "pixelpass/encode/source_end.hpp"

#include <mutex>
#include <system_error>
#include <utility>

namespace pixelpass::encode {

struct SourceEnd::State {
  void end() {
    source.reset();
    const std::lock_guard lock(mutex);
    is_over = true;
    if (on_over) on_over();
  }

  std::unique_ptr<MediaSource> source;  ///< the thread's
  std::mutex mutex;                     ///< guards what follows
  std::function<void()> on_over;        ///< empty: nobody waits
  bool is_over = false;
};

SourceEnd::SourceEnd(std::unique_ptr<MediaSource> source, std::function<void()> on_over)
    : state_(std::make_shared<State>()) {
  state_->source = std::move(source);
  state_->on_over = std::move(on_over);
  try {
    thread_ = std::thread([state = state_] { state->end(); });
  } catch (const std::system_error&) {  // no thread is to be had
    state_->end();
  }
}

SourceEnd::~SourceEnd() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->on_over = nullptr;
  }
  if (is_over())
    thread_.join();
  else
    thread_.detach();
}

bool SourceEnd::is_over() const {
  const std::lock_guard lock(state_->mutex);
  return state_->is_over;
}

}  // namespace pixelpass::encode
