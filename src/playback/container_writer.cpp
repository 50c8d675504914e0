#include "playback/container_writer.hpp"

#include "pixelpass/base/token_bucket.hpp"
#include "pixelpass/mpegts/ts_demuxer.hpp"

#include "playback/container_file.hpp"
#include "playback/file_end.hpp"
#include "playback/recording_file.hpp"
#include "playback/recording_plan.hpp"
#include <boost/asio/post.hpp>

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

namespace pixelpass::playback {
namespace {

using namespace std::chrono_literals;

/// How long the end of a recording may take to be written; on a slower disk it is lost.
constexpr auto kFinishWithin = 5s;

}  // namespace

/// The work of the media thread. Made on the network thread; all but the counters belongs to the media
/// thread.
class ContainerWriter::Work {
 public:
  struct Told {
    boost::asio::io_context& io;
    std::weak_ptr<bool> alive;
    std::function<void(Error)> on_error;
    std::function<void(RecordingNotice)> on_notice;
  };

  Work(std::string path, RecordingFormat format, Descriptor first, Told told)
      : path_(std::move(path)),
        file_name_(path_),
        format_(format),
        next_(std::move(first)),
        told_(std::move(told)) {}

  void run_on(gst::MediaThread& thread) { thread_ = &thread; }
  void on_frame(const Frame& frame);
  void measure() { level_ = file_ ? file_->level() : 0; }
  /// Ends the file; returns an error if its end is missing, or why it ended before.
  std::optional<Error> finish();
  /// Thread: any.
  void tell(RecordingNotice notice);
  /// Posts the task there, unless leave() has been called. Thread: any.
  void on_network(std::function<void()> task);
  /// The thread hangs: from now on it does not touch the network thread's io_context, which may go.
  void leave();

  /// Nothing is missing, also where what wrote it does not end. Thread: any.
  [[nodiscard]] bool is_whole() const { return is_whole_; }
  /// Thread: any.
  [[nodiscard]] Error unfinished() const;

  [[nodiscard]] std::size_t waiting() const { return handed_over_ + level_; }
  [[nodiscard]] std::uint64_t written() const { return written_; }
  void count_handed_over(std::size_t bytes) { handed_over_ += bytes; }

 private:
  void run_steps();
  void run(const BeginFile& begin);
  /// The end of a file that is not complete.
  struct BadEnd {
    Error error;
    bool was_slow = false;  ///< nothing else is wrong with where it is
  };

  void run(const WriteUnit& unit);
  void run(const EndTrack& end);
  void open_file(const BeginFile& begin);
  void open_next();
  std::optional<BadEnd> end_file();
  void fail(Error error);
  void tell_failure(Error error);
  void tell_refusals();

  const std::string path_;
  std::string file_name_;
  const RecordingFormat format_;
  std::optional<Descriptor> next_;  ///< to be written to, opened already
  int number_ = 1;
  Told told_;
  gst::MediaThread* thread_ = nullptr;
  mpegts::TsDemuxer demuxer_;
  RecordingPlan plan_{can_hold};
  std::unique_ptr<FileEnd> end_;
  std::unique_ptr<ContainerFile> file_;  ///< behind end_, where its bytes go
  TokenBucket more_files_{kFilesAtOnce, kFilesPerSecond};
  int files_ = 1;
  std::optional<Error> failure_;
  bool is_ending_ = false;  ///< nothing more is written
  // Any thread:
  std::atomic<std::size_t> handed_over_ = 0;  ///< bytes of frames that wait for this thread
  std::atomic<std::size_t> level_ = 0;        ///< bytes that wait for the muxer
  std::atomic<std::uint64_t> written_ = 0;
  std::atomic<bool> is_whole_ = false;
  std::mutex network_mutex_;  ///< guards is_left_
  bool is_left_ = false;
};

void ContainerWriter::Work::on_network(std::function<void()> task) {
  const std::lock_guard lock(network_mutex_);
  if (!is_left_) boost::asio::post(told_.io, std::move(task));
}

void ContainerWriter::Work::leave() {
  const std::lock_guard lock(network_mutex_);
  is_left_ = true;
}

void ContainerWriter::Work::on_frame(const Frame& frame) {
  handed_over_ -= frame.bytes.size();
  if (failure_) return;
  demuxer_.feed(frame,
                [this](const mpegts::ElementaryUnit& unit) { plan_.on_unit(unit, demuxer_.tracks()); });
  tell_refusals();
  run_steps();
  measure();
}

void ContainerWriter::Work::run_steps() {
  while (const auto step = plan_.poll_step())
    if (!failure_) std::visit([this](const auto& what) { run(what); }, *step);
}

void ContainerWriter::Work::run(const BeginFile& begin) {
  if (const auto bad = end_file()) {
    if (!bad->was_slow) return fail(bad->error);
    tell({bad->error.what, bad->error.hint});  // a slow disk costs parts of the recording
  }
  try {
    open_file(begin);
  } catch (const StartupError& failure) {
    fail(failure.error());
  }
}

void ContainerWriter::Work::open_file(const BeginFile& begin) {
  if (!next_) open_next();
  end_ = std::make_unique<FileEnd>(Descriptor(next_->release()), written_, [this](int error) {
    thread_->post([this, error] { fail(writing_failed(file_name_, error)); });
  });
  next_.reset();
  file_ = std::make_unique<ContainerFile>(
      format_, begin, thread_->context(),
      ContainerFile::Handlers{end_->goes_back(),
                              [end = end_.get()](ByteView bytes, auto at) { end->write(bytes, at); },
                              [this](const std::string& why) {
                                fail({"writing " + file_name_ + " failed: " + why, "record as .ts instead"});
                              }});
}

void ContainerWriter::Work::open_next() {
  if (++files_ > kMostFiles || !more_files_.take(Clock::now()))
    throw StartupError("the stream's tracks change again and again, which takes a file each time",
                       "record as .ts, which takes everything");
  file_name_ = path_;
  next_.emplace(open_next_recording(file_name_, number_));
  tell({"the recording goes on in " + file_name_ + ": the stream has other tracks now",
        "its parts can be played one after the other"});
}

void ContainerWriter::Work::run(const WriteUnit& unit) {
  file_->write(unit);
}

void ContainerWriter::Work::run(const EndTrack& end) {
  file_->end_track(end.track);
}

/// Ends the file and reports errors of its last bytes here, since nobody handles events of its threads any
/// more.
std::optional<ContainerWriter::Work::BadEnd> ContainerWriter::Work::end_file() {
  if (!file_) return std::nullopt;
  const auto end = file_->finish(kFinishWithin);
  const int error = end_->error();  // before it is made to give up, which is another one
  end_->give_up();
  is_whole_ = is_ending_ && error == 0 && end == ContainerFile::End::kWritten;
  file_.reset();
  end_.reset();
  if (error != 0) return BadEnd{writing_failed(file_name_, error)};
  if (end == ContainerFile::End::kTooSlow)
    return BadEnd{{file_name_ + " took too long for the recording's last moments: they are missing",
                   "record to a faster disk"},
                  true};
  if (end == ContainerFile::End::kFailed)
    return BadEnd{
        {"writing " + file_name_ + " failed: its last moments are missing", "record as .ts instead"}};
  return std::nullopt;
}

std::optional<Error> ContainerWriter::Work::finish() {
  if (failure_) return failure_;
  demuxer_.flush([this](const mpegts::ElementaryUnit& unit) { plan_.on_unit(unit, demuxer_.tracks()); });
  plan_.flush();
  run_steps();
  if (failure_) return failure_;
  is_ending_ = true;
  const auto bad = end_file();
  return bad ? std::optional(bad->error) : std::nullopt;
}

void ContainerWriter::Work::fail(Error error) {
  if (failure_) return;
  failure_ = error;
  tell_failure(std::move(error));  // before what may hang
  if (end_) end_->give_up();
  file_.reset();
  end_.reset();
  level_ = 0;
}

Error ContainerWriter::Work::unfinished() const {
  return {"writing " + path_ + " does not end: it hangs in a library or on its disk",
          "what it has so far can be played; look at where it lies: a disk on the network may not answer"};
}

void ContainerWriter::Work::tell_failure(Error error) {
  on_network([alive = told_.alive, on_error = told_.on_error, error = std::move(error)] {
    if (!alive.expired()) on_error(error);
  });
}

void ContainerWriter::Work::tell_refusals() {
  while (const auto type = plan_.poll_refusal()) {
    const std::string kind = is_video(*type) ? "pictures" : "sound";
    tell({"the recording is without " + kind + " of a kind that pixelpass cannot put into " +
              std::filesystem::path(path_).extension().string(),
          "record as .ts, which takes everything"});
  }
}

void ContainerWriter::Work::tell(RecordingNotice notice) {
  on_network([alive = told_.alive, on_notice = told_.on_notice, notice = std::move(notice)] {
    if (!alive.expired()) on_notice(notice);
  });
}

ContainerWriter::ContainerWriter(boost::asio::io_context& io, std::string& path, OlderFile older,
                                 RecordingFormat format, const Broadcast& broadcast,
                                 std::function<void(Error)> on_error,
                                 std::function<void(RecordingNotice)> on_notice)
    : broadcast_(broadcast),
      cursor_(broadcast.join()),
      patience_(io),
      thread_(std::make_unique<gst::MediaThread>()) {
  check_container(format);
  const auto on_first_error = [this, on_error = std::move(on_error)](Error error) {
    told_of_error_ = true;
    on_error(std::move(error));
  };
  Descriptor first = open_recording(path, older);
  work_ = std::make_unique<Work>(path, format, std::move(first),
                                 Work::Told{io, alive_, on_first_error, std::move(on_notice)});
  work_->run_on(*thread_);
}

ContainerWriter::~ContainerWriter() {
  alive_.reset();
  if (hangs_) {
    static_cast<void>(work_.release());
    gst::MediaThread::leave_behind(std::move(thread_));
    return;
  }
  if (is_finished_) return;
  thread_->call([this] { work_->finish(); });
}

void ContainerWriter::finish(std::function<void(std::optional<Error>)> done) {
  is_finished_ = true;
  alive_ = std::make_shared<bool>();  // what is on its way is not told any more
  const std::weak_ptr<bool> alive(alive_);
  thread_->post([this, alive, work = work_.get(), done] {
    work->on_network([this, alive, error = work->finish(), done] {
      if (!alive.expired() && !hangs_) on_work_over(error, done);
    });
  });
  wait_for_end(done);
}

/// A slow disk that still takes something is waited for; what has written all of it, no longer.
void ContainerWriter::wait_for_end(const Done& done) {
  patience_.expires_after(kFinishWithin + kEndWithin);
  patience_.async_wait([this, alive = std::weak_ptr<bool>(alive_), before = work_->written(),
                        done](const boost::system::error_code& cancelled) {
    if (cancelled || alive.expired() || is_over_) return;
    work_->is_whole() || work_->written() == before ? on_hung(done) : wait_for_end(done);
  });
}

void ContainerWriter::on_work_over(std::optional<Error> error, const Done& done) {
  is_over_ = true;  // its timer may have fired in this very turn
  patience_.cancel();
  if (told_of_error_) error.reset();
  done(std::move(error));
}

void ContainerWriter::on_hung(const Done& done) {
  hangs_ = true;
  work_->leave();
  const bool is_known = told_of_error_ || work_->is_whole();
  done(is_known ? std::nullopt : std::optional(work_->unfinished()));
}

std::uint64_t ContainerWriter::bytes_written() const {
  return work_->written();
}

void ContainerWriter::on_broadcast() {
  Cursor next = cursor_;
  while (const auto item = broadcast_.next(next)) {
    // Told as soon as it is lost: the disk may stand still.
    if (item->skipped && !std::exchange(told_too_slow_, true)) work_->tell(disk_too_slow("the recording"));
    if (work_->waiting() >= kMostWaiting) return thread_->post([work = work_.get()] { work->measure(); });
    cursor_ = next;
    hand_over(*item);
  }
}

void ContainerWriter::hand_over(const Broadcast::Item& item) {
  Frame frame = *item.frame;
  frame.after_gap |= item.skipped;
  work_->count_handed_over(frame.bytes.size());
  thread_->post([work = work_.get(), frame = std::move(frame)] { work->on_frame(frame); });
}

std::unique_ptr<StreamWriter> StreamWriter::record(boost::asio::io_context& io, std::string& path,
                                                   OlderFile older, const Broadcast& broadcast,
                                                   std::function<void(Error)> on_error,
                                                   std::function<void(RecordingNotice)> on_notice) {
  const auto format = recording_format(path).value();
  if (format == RecordingFormat::kTransportStream)
    return to_file(io, path, older, broadcast, std::move(on_error), std::move(on_notice));
  return std::make_unique<ContainerWriter>(io, path, older, format, broadcast, std::move(on_error),
                                           std::move(on_notice));
}

}  // namespace pixelpass::playback
