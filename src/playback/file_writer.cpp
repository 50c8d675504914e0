#include "playback/file_writer.hpp"

#include "pixelpass/base/startable_threads.hpp"

#include <boost/asio/post.hpp>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <system_error>
#include <utility>

namespace pixelpass::playback {
namespace {

struct MarkedFrame {
  Bytes marks;
  FramePtr frame;

  /// Bytes, with about what a frame takes beside its payload.
  [[nodiscard]] std::size_t cost() const {
    constexpr std::size_t kOverhead = 256;
    return marks.size() + frame->bytes.size() + kOverhead;
  }
};

}  // namespace

/// Shared by both threads: the network thread adds frames, the other one writes them.
class FileWriter::Work {
 public:
  Work(Descriptor fd, Before before)
      : fd_(std::move(fd)), deletion_(fd_.get()), to_empty_(before == Before::kReplaced) {}

  [[nodiscard]] bool has_room() const { return waiting_ < kMostWaiting; }
  [[nodiscard]] std::uint64_t written() const { return written_; }
  void add(MarkedFrame frame);
  /// No more frames come.
  void end();
  /// Posts the task to `io`, unless leave() has been called.
  void post(boost::asio::io_context& io, std::function<void()> task);
  /// The thread hangs: from now on it does not touch the network thread's io_context, which may go.
  void leave();
  /// Writes until no more frames come, and closes the file. Returns errno; 0: all frames are in it.
  int run();

 private:
  std::deque<MarkedFrame> take_all();
  int write(std::deque<MarkedFrame> frames);
  int write(const MarkedFrame& frame);
  int write(ByteView bytes);

  Descriptor fd_;
  DeletionWatch deletion_;
  bool to_empty_;
  std::atomic<std::size_t> waiting_ = 0;  ///< bytes
  std::atomic<std::uint64_t> written_ = 0;
  std::mutex mutex_;  ///< guards what follows
  std::condition_variable has_news_;
  std::deque<MarkedFrame> frames_;
  bool has_ended_ = false;
  bool is_left_ = false;
};

void FileWriter::Work::post(boost::asio::io_context& io, std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (!is_left_) boost::asio::post(io, std::move(task));
}

void FileWriter::Work::leave() {
  const std::lock_guard lock(mutex_);
  is_left_ = true;
}

void FileWriter::Work::add(MarkedFrame frame) {
  waiting_ += frame.cost();
  const std::lock_guard lock(mutex_);
  frames_.push_back(std::move(frame));
  has_news_.notify_one();
}

void FileWriter::Work::end() {
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  has_news_.notify_one();
}

int FileWriter::Work::run() {
  int error = 0;
  while (error == 0) {
    auto frames = take_all();
    if (frames.empty()) break;
    error = write(std::move(frames));
  }
  const Descriptor closed(fd_.release());
  return error;
}

/// Frees each frame once it is written.
int FileWriter::Work::write(std::deque<MarkedFrame> frames) {
  for (; !frames.empty(); frames.pop_front())
    if (const int error = write(frames.front())) return error;
  return 0;
}

/// Waits for frames; empty: no more come.
std::deque<MarkedFrame> FileWriter::Work::take_all() {
  std::unique_lock lock(mutex_);
  has_news_.wait(lock, [this] { return has_ended_ || !frames_.empty(); });
  return std::exchange(frames_, {});
}

int FileWriter::Work::write(const MarkedFrame& frame) {
  if (std::exchange(to_empty_, false) && ::ftruncate(fd_.get(), 0) < 0) return errno;
  for (const ByteView bytes : {ByteView(frame.marks), frame.frame->bytes.view()})
    if (const int error = write(bytes)) return error;
  waiting_ -= frame.cost();
  return deletion_.look(fd_.get());
}

int FileWriter::Work::write(ByteView bytes) {
  while (!bytes.empty()) {
    const auto size = ::write(fd_.get(), bytes.data(), bytes.size());
    if (size < 0 && errno != EINTR) return errno;
    if (size <= 0) continue;
    written_ += static_cast<std::uint64_t>(size);
    bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
  return 0;
}

FileWriter::FileWriter(boost::asio::io_context& io, Descriptor fd, Before before, const Broadcast& broadcast,
                       ErrorReport report, std::function<void()> on_loss)
    : broadcast_(broadcast),
      cursor_(broadcast.join()),
      report_(std::move(report)),
      on_loss_(std::move(on_loss)),
      patience_(io),
      work_(std::make_unique<Work>(std::move(fd), before)) {
  const auto run = [this, &io, work = work_.get(), alive = std::weak_ptr<bool>(alive_)] {
    const int error = work->run();
    work->post(io, [this, alive, error] {
      if (!alive.expired() && !hangs_) on_over(error);
    });
  };
  try {
    thread_ = std::thread(run);
  } catch (const std::system_error& why) {
    throw StartupError(no_thread("writes the recording", why));
  }
}

FileWriter::~FileWriter() {
  alive_.reset();
  if (hangs_) {
    static_cast<void>(work_.release());
    thread_.detach();
    return;
  }
  work_->end();
  thread_.join();
}

void FileWriter::on_broadcast() {
  if (is_over_) return;
  Cursor next = cursor_;
  while (auto item = broadcast_.next(next)) {
    if (item->skipped && on_loss_) std::exchange(on_loss_, {})();
    if (!work_->has_room()) return;
    cursor_ = next;
    take_next(std::move(*item));
  }
}

void FileWriter::take_next(Broadcast::Item item) {
  Bytes marks = marker_.before(item.frame->bytes.view(), item.skipped || item.frame->after_gap);
  work_->add({std::move(marks), std::move(item.frame)});
}

/// All that the broadcast still has for the file is handed over, even past the limit: it is the last.
void FileWriter::finish(std::function<void(std::optional<Error>)> done) {
  if (is_over_) return report_.finish(std::move(done));
  while (auto item = broadcast_.next(cursor_)) take_next(std::move(*item));
  when_finished_ = std::move(done);
  work_->end();
  wait_for_disk();
}

void FileWriter::wait_for_disk() {
  patience_.expires_after(kDiskAnswersWithin);
  patience_.async_wait([this, before = work_->written(),
                        alive = std::weak_ptr<bool>(alive_)](const boost::system::error_code& cancelled) {
    if (cancelled || alive.expired() || is_over_) return;
    work_->written() == before ? on_hung() : wait_for_disk();
  });
}

void FileWriter::on_hung() {
  hangs_ = true;
  work_->leave();
  std::exchange(when_finished_,
                {})(Error{"the disk that " + report_.name() + " is written to does not answer any more",
                          "look after that disk, or record to another one"});
}

void FileWriter::on_over(int error) {
  is_over_ = true;
  patience_.cancel();
  if (error != 0) report_.fail(error);
  if (when_finished_) report_.finish(std::exchange(when_finished_, {}));
}

std::uint64_t FileWriter::bytes_written() const {
  return work_->written();
}

}  // namespace pixelpass::playback
