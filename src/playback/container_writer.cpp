#include "playback/container_writer.hpp"

#include "pixelpass/mpegts/ts_demuxer.hpp"

#include "playback/container_file.hpp"
#include "playback/file_end.hpp"
#include "playback/recording_file.hpp"
#include "playback/recording_plan.hpp"
#include <boost/asio/post.hpp>

#include <filesystem>
#include <future>
#include <optional>
#include <utility>
#include <variant>

namespace pixelpass::playback {
namespace {

using namespace std::chrono_literals;

/// A disk that takes longer for the last moments of a recording has lost them.
constexpr auto kFinishWithin = 5s;

}  // namespace

/// What the media thread does. Made on the network thread; all but the counters belongs to the media thread.
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
  void finish();
  /// Thread: any.
  void tell(RecordingNotice notice);

  [[nodiscard]] std::size_t waiting() const { return handed_over_ + level_; }
  [[nodiscard]] std::uint64_t written() const { return written_; }
  void count_handed_over(std::size_t bytes) { handed_over_ += bytes; }

 private:
  void run_steps();
  void run(const BeginFile& begin);
  void run(const WriteUnit& unit);
  void run(const EndTrack& end);
  void open_file(const BeginFile& begin);
  void end_file();
  void fail(Error error);
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
  bool failed_ = false;
  // Any thread:
  std::atomic<std::size_t> handed_over_ = 0;  ///< bytes of frames that wait for this thread
  std::atomic<std::size_t> level_ = 0;        ///< bytes that wait for the muxer
  std::atomic<std::uint64_t> written_ = 0;
};

void ContainerWriter::Work::on_frame(const Frame& frame) {
  handed_over_ -= frame.bytes.size();
  if (failed_) return;
  demuxer_.feed(frame,
                [this](const mpegts::ElementaryUnit& unit) { plan_.on_unit(unit, demuxer_.tracks()); });
  tell_refusals();
  run_steps();
  measure();
}

void ContainerWriter::Work::run_steps() {
  while (const auto step = plan_.poll_step())
    if (!failed_) std::visit([this](const auto& what) { run(what); }, *step);
}

void ContainerWriter::Work::run(const BeginFile& begin) {
  end_file();
  try {
    open_file(begin);
  } catch (const StartupError& failure) {
    fail(failure.error());
  }
}

void ContainerWriter::Work::open_file(const BeginFile& begin) {
  if (!next_) {
    file_name_ = path_;
    next_.emplace(open_next_recording(file_name_, number_));
    tell({"the recording goes on in " + file_name_ + ": the stream has other tracks now",
          "its parts can be played one after the other"});
  }
  end_ = std::make_unique<FileEnd>(Descriptor(next_->release()), written_, [this](int error) {
    thread_->post([this, error] { fail(writing_failed(file_name_, error)); });
  });
  next_.reset();
  file_ = std::make_unique<ContainerFile>(
      format_, begin, thread_->context(),
      ContainerFile::Handlers{[end = end_.get()](ByteView bytes) { end->write(bytes); },
                              [this](const std::string& why) {
                                fail({"writing " + file_name_ + " failed: " + why, "record as .ts instead"});
                              }});
}

void ContainerWriter::Work::run(const WriteUnit& unit) {
  file_->write(unit);
}

void ContainerWriter::Work::run(const EndTrack& end) {
  file_->end_track(end.track);
}

void ContainerWriter::Work::end_file() {
  if (!file_) return;
  file_->finish(kFinishWithin);
  end_->give_up();
  file_.reset();
  end_.reset();
}

void ContainerWriter::Work::finish() {
  if (!failed_) {
    demuxer_.flush([this](const mpegts::ElementaryUnit& unit) { plan_.on_unit(unit, demuxer_.tracks()); });
    plan_.flush();
    run_steps();
  }
  end_file();
}

void ContainerWriter::Work::fail(Error error) {
  if (std::exchange(failed_, true)) return;
  if (end_) end_->give_up();
  file_.reset();
  end_.reset();
  level_ = 0;
  boost::asio::post(told_.io, [alive = told_.alive, on_error = told_.on_error, error = std::move(error)] {
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
  boost::asio::post(told_.io, [alive = told_.alive, on_notice = told_.on_notice, notice = std::move(notice)] {
    if (!alive.expired()) on_notice(notice);
  });
}

ContainerWriter::ContainerWriter(boost::asio::io_context& io, const std::string& path, RecordingFormat format,
                                 const Broadcast& broadcast, std::function<void(Error)> on_error,
                                 std::function<void(RecordingNotice)> on_notice)
    : broadcast_(broadcast), cursor_(broadcast.join()) {
  check_container(format);
  work_ = std::make_unique<Work>(path, format, open_recording(path),
                                 Work::Told{io, alive_, std::move(on_error), std::move(on_notice)});
  work_->run_on(thread_);
}

ContainerWriter::~ContainerWriter() {
  alive_.reset();
  std::promise<void> done;
  thread_.post([&] {
    work_->finish();
    done.set_value();
  });
  done.get_future().wait();
}

std::uint64_t ContainerWriter::bytes_written() const {
  return work_->written();
}

void ContainerWriter::on_broadcast() {
  while (work_->waiting() < kMostWaiting) {
    const auto item = broadcast_.next(cursor_);
    if (!item) {
      too_slow_ = false;
      return;
    }
    hand_over(*item);
  }
  too_slow_ = true;
  thread_.post([work = work_.get()] { work->measure(); });
}

void ContainerWriter::hand_over(const Broadcast::Item& item) {
  if (item.skipped && std::exchange(too_slow_, false) && !std::exchange(told_too_slow_, true))
    work_->tell({"the disk does not keep up: parts of the recording are missing", "record to a faster one"});
  Frame frame = *item.frame;
  frame.after_gap |= item.skipped;
  work_->count_handed_over(frame.bytes.size());
  thread_.post([work = work_.get(), frame = std::move(frame)] { work->on_frame(frame); });
}

std::unique_ptr<StreamWriter> StreamWriter::record(boost::asio::io_context& io, const std::string& path,
                                                   const Broadcast& broadcast,
                                                   std::function<void(Error)> on_error,
                                                   std::function<void(RecordingNotice)> on_notice) {
  const auto format = recording_format(path).value();
  if (format == RecordingFormat::kTransportStream) return to_file(io, path, broadcast, std::move(on_error));
  return std::make_unique<ContainerWriter>(io, path, format, broadcast, std::move(on_error),
                                           std::move(on_notice));
}

}  // namespace pixelpass::playback
