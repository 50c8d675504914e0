#include "publish/engine_thread.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace pixelpass::publish {

EngineThread::EngineThread(boost::asio::io_context& io, Handlers handlers, Duration end_within)
    : io_(io), handlers_(std::move(handlers)), end_within_(end_within), patience_(io) {}

EngineThread::~EngineThread() {
  for (auto& [number, thread] : hung_) gst::MediaThread::leave_behind(std::move(thread));
}

void EngineThread::when_free(std::function<void()> then) {
  then_ = std::move(then);
  thread_ ? ask() : start();
}

void EngineThread::when_over(std::function<void()> done) {
  is_over_ = true;
  then_ = std::move(done);
  thread_ ? ask() : go_on();
}

void EngineThread::start() {
  if (hung_.size() == kMostHanging) return;
  try {
    thread_ = std::make_unique<gst::MediaThread>();
    ++number_;
  } catch (const std::system_error& why) {
    then_ = {};
    boost::asio::post(io_, [this, why, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired() && !is_over_) handlers_.on_none(why);
    });
    return;
  }
  go_on();
}

void EngineThread::ask() {
  thread_->post([this, &io = io_, alive = std::weak_ptr<bool>(alive_), number = number_] {
    boost::asio::post(io, [this, alive, number] {
      if (!alive.expired()) on_answer(number);
    });
  });
  patience_.expires_after(end_within_);
  patience_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const auto& cancelled) {
    if (!cancelled && !alive.expired() && then_) leave_behind();
  });
}

/// One that was left behind may come to its end after all, as on a machine that was only held up.
void EngineThread::on_answer(int number) {
  const bool was_hung = hung_.erase(number) > 0;
  if (!was_hung) return go_on();
  if (!thread_ && then_) start();
}

void EngineThread::leave_behind() {
  hung_.emplace(number_, std::move(thread_));
  handlers_.on_hung(hung_.size() == kMostHanging && !is_over_);
  is_over_ ? go_on() : start();
}

void EngineThread::go_on() {
  patience_.cancel();
  if (const auto then = std::exchange(then_, {})) then();
}

}  // namespace pixelpass::publish
