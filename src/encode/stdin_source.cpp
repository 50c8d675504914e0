#include "pixelpass/base/startable_threads.hpp"
#include "pixelpass/base/wake_up.hpp"
#include "pixelpass/encode/media_source.hpp"
#include "pixelpass/gst/media_thread.hpp"
#include "pixelpass/mpegts/ts_splitter.hpp"

#include "encode/encode_meter.hpp"
#include "encode/frame_gate.hpp"
#include "encode/input_report.hpp"
#include "encode/passed_audio.hpp"
#include "encode/stream_pace.hpp"
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <deque>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace pixelpass::encode {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;  ///< what a pipe holds
constexpr auto kHowTo = "give it MPEG-TS with video: ffmpeg … -f mpegts - | pixelpass host --source -";
/// How many of the first bytes are kept to say what format they are.
constexpr std::size_t kBeginning = 64;
/// A frame that may be whole is passed on after this much silence: less than a picture's time, but more than
/// a writer takes from one write to the next.
constexpr Duration kIdle = std::chrono::milliseconds(2);

/// After this much time without input the user is told that the host still waits for some.
constexpr Duration kQuiet = std::chrono::seconds(2);

constexpr std::size_t kMostForAudio = 16 << 20;

/// The outcome of one wait for input.
enum class Input : std::uint8_t { kBytes, kEnd, kNothingYet, kFailed };

timespec timespec_of(Duration duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  return {seconds.count(), std::chrono::nanoseconds(duration - seconds).count()};
}

StreamPace::Input kind_of(int fd) {
  struct stat what {};
  return fstat(fd, &what) == 0 && S_ISREG(what.st_mode) ? StreamPace::Input::kFile : StreamPace::Input::kPipe;
}

Error silence(const std::string& why) {
  return {"who watches in a browser hears nothing: " + why, "pixelpass itself plays it"};
}

/// Reads a stream, splits it and passes it on, no faster than it plays; all on one thread, the reader's.
class StdinSource final : public MediaSource {
 public:
  StdinSource(int fd, MediaCallbacks callbacks) : fd_(fd), gate_(std::move(callbacks)), pace_(kind_of(fd)) {}
  ~StdinSource() override;
  StdinSource(const StdinSource&) = delete;
  StdinSource& operator=(const StdinSource&) = delete;

  /// Reads up to the first group, and keeps what came.
  void start(Duration timeout, const std::stop_token& stop);

  void play() override;
  void pause() override { gate_.close(); }
  void force_keyframe() override {}
  void set_bitrate(std::int64_t /*bits_per_second*/) override {}
  void set_limits(const PictureLimits& /*limits*/) override {}
  void set_muted(bool /*muted*/) override {}
  void set_opus(bool wanted) override;
  void show(int /*source*/) override {}
  void set_covered(bool /*covered*/) override {}
  [[nodiscard]] StreamDescription describe() const override;
  EncodeTimes take_times() override { return meter_.take(Clock::now()); }

 private:
  void run(const std::stop_token& stop);
  void tell_of_lost_tracks();
  /// Why no group has come before the deadline or the input's end.
  [[nodiscard]] StartupError no_group(Input input) const;
  /// Waits at most so long (nullopt: for ever), reads once, and feeds the splitter.
  Input read_once(std::optional<Duration> timeout);
  Input take(ssize_t got);
  /// Completes the frame that may be whole, after silence.
  void end_idle_frame();
  /// Hands on what was read, each frame when it is due. False: the source is being destroyed.
  bool pass_on(const std::stop_token& stop);
  void pass(Frame frame, bool waited);
  void give_to_audio(const Frame& frame);
  bool begin_media();
  void begin_audio();
  bool wait_until(Instant due, const std::stop_token& stop) const;
  [[nodiscard]] std::optional<Error> failure(Input input) const;

  int fd_;
  FrameGate gate_;
  EncodeMeter meter_{Clock::now()};
  StreamPace pace_;
  std::deque<Frame> read_;  ///< one read's frames, not passed on yet; the reader's, once that runs
  Bytes beginning_;         ///< of the input
  Instant began_{};         ///< to play
  mpegts::TsSplitter splitter_;
  mpegts::TsSplitter::Status status_ = mpegts::TsSplitter::Status::kOk;
  int read_error_ = 0;  ///< errno
  std::array<std::uint8_t, kReadBytes> buffer_;
  WakeUp stop_;
  std::atomic<bool> wants_opus_ = false;          ///< then there is a media thread
  std::atomic<std::size_t> bytes_for_audio_ = 0;  ///< that wait for it
  std::unique_ptr<PassedAudio> audio_;            ///< the media thread's, and after that has ended ours
  bool told_of_no_thread_ = false;                ///< the caller's
  bool told_of_silence_ = false;                  ///< the media thread's
  std::optional<gst::MediaThread> media_;         ///< from the first browser that listens on
  std::jthread reader_;                           ///< last: uses all above
};

StdinSource::~StdinSource() {
  gate_.shut();
  reader_.request_stop();
  stop_.ring();
  if (reader_.joinable()) reader_.join();
  media_.reset();
}

StreamDescription StdinSource::describe() const {
  return {.source = "stdin", .encoder = "passthrough", .audio = "passthrough"};
}

Input StdinSource::read_once(std::optional<Duration> timeout) {
  std::array<pollfd, 2> polled{{{fd_, POLLIN, 0}, {stop_.fd(), POLLIN, 0}}};
  timespec limit{};
  if (timeout) limit = timespec_of(*timeout);
  const int ready = ppoll(polled.data(), polled.size(), timeout ? &limit : nullptr, nullptr);
  if (ready <= 0 || polled[0].revents == 0) return Input::kNothingYet;  // also EINTR, and a stop
  return take(read(fd_, buffer_.data(), buffer_.size()));
}

Input StdinSource::take(ssize_t got) {
  const auto keep = [this](Frame frame) { read_.push_back(std::move(frame)); };
  if (got == 0) {
    status_ = splitter_.end(keep);
    return Input::kEnd;
  }
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return Input::kNothingYet;
    read_error_ = errno;
    return Input::kFailed;
  }
  const ByteView bytes = ByteView(buffer_).first(static_cast<std::size_t>(got));
  const auto missing = std::min(kBeginning - beginning_.size(), bytes.size());
  beginning_.insert(beginning_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(missing));
  status_ = splitter_.feed(bytes, Clock::now(), keep);
  return Input::kBytes;
}

void StdinSource::end_idle_frame() {
  splitter_.idle([this](Frame frame) { read_.push_back(std::move(frame)); });
}

bool StdinSource::pass_on(const std::stop_token& stop) {
  while (!read_.empty()) {
    const Instant now = Clock::now();
    const Instant due = pace_.due(decode_time(read_.front().bytes.view()), now);
    const bool waits = due > now;
    if (stop.stop_requested() || (waits && !wait_until(due, stop))) return false;
    pass(std::move(read_.front()), waits || read_.front().captured_at < began_);
    read_.pop_front();
  }
  return !stop.stop_requested();
}

/// A frame that waited here gets the present time as its capture time: it is as new to viewers as one that
/// was just read.
void StdinSource::pass(Frame frame, bool waited) {
  const Instant now = Clock::now();
  if (waited) frame.captured_at = now;
  meter_.add(now - frame.captured_at, frame.bytes.view().size());
  if (wants_opus_) give_to_audio(frame);
  gate_.pass(std::move(frame));
}

void StdinSource::set_opus(bool wanted) {
  if (wants_opus_ == wanted) return;
  if (!media_ && !begin_media()) return;
  media_->post([this, wanted] {
    audio_.reset();
    if (wanted) begin_audio();
  });
  wants_opus_ = wanted;
}

/// False: no thread can be had. The next browser that listens asks again.
bool StdinSource::begin_media() {
  try {
    media_.emplace();
    return true;
  } catch (const std::system_error& why) {
    if (!std::exchange(told_of_no_thread_, true))
      gate_.tell(silence(no_thread("makes the sound of browsers", why).what));
    return false;
  }
}

void StdinSource::begin_audio() {
  audio_ = std::make_unique<PassedAudio>(
      media_->context(), PassedAudio::Callbacks{[this](AccessUnit unit) { gate_.pass(std::move(unit)); },
                                                [this](const std::string& why) {
                                                  if (std::exchange(told_of_silence_, true)) return;
                                                  gate_.tell(silence(why));
                                                }});
}

/// Passes the frame to the audio transcoder. What a stuck media thread does not take is dropped.
void StdinSource::give_to_audio(const Frame& frame) {
  const auto bytes = frame.bytes.size();
  if (bytes_for_audio_ > kMostForAudio) return;
  bytes_for_audio_ += bytes;
  media_->post([this, frame, bytes] {
    bytes_for_audio_ -= bytes;
    if (audio_) audio_->feed(frame);
  });
}

bool StdinSource::wait_until(Instant due, const std::stop_token& stop) const {
  while (!stop.stop_requested()) {
    const Duration left = due - Clock::now();
    if (left <= Duration{}) return true;
    pollfd polled{stop_.fd(), POLLIN, 0};
    const timespec limit = timespec_of(left);
    ppoll(&polled, 1, &limit, nullptr);
  }
  return false;
}

/// The first call starts reading. Nothing is read between start() and then: the writer waits, and nothing is
/// lost.
void StdinSource::play() {
  gate_.open(Clock::now());
  if (reader_.joinable()) return;
  began_ = Clock::now();
  reader_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

std::optional<Error> StdinSource::failure(Input input) const {
  if (input == Input::kFailed) {
    return Error{"standard input cannot be read: " + std::generic_category().message(read_error_), kHowTo};
  }
  switch (status_) {
    case mpegts::TsSplitter::Status::kNotTransportStream:
      if (beginning_.empty()) return Error{"standard input ended before anything came", kHowTo};
      return Error{"what comes on standard input is not MPEG-TS, but " + name_of_input(beginning_), kHowTo};
    case mpegts::TsSplitter::Status::kNoVideo:
      return Error{"the MPEG-TS on standard input has no video track that can be shown, but " +
                       name_of_programs(splitter_.programs().programs()),
                   kHowTo};
    case mpegts::TsSplitter::Status::kOk:
      break;
  }
  return std::nullopt;
}

StartupError StdinSource::no_group(Input input) const {
  if (input == Input::kEnd) return {"standard input ended before its first keyframe", kHowTo};
  return {std::string(beginning_.empty() ? "nothing" : "no keyframe") + " came on standard input in time",
          kHowTo};
}

void StdinSource::start(Duration timeout, const std::stop_token& stop) {
  const std::stop_callback on_stop(stop, [this] { stop_.ring(); });
  const Instant deadline = Clock::now() + timeout;
  std::optional<Instant> tells_at = Clock::now() + kQuiet;
  Input input = Input::kNothingYet;
  while (splitter_.counters().groups == 0 && input != Input::kEnd) {
    if (stop.stop_requested()) throw StartupError(interrupted());
    if (tells_at && (!beginning_.empty() || Clock::now() >= *tells_at)) {
      tells_at.reset();
      if (beginning_.empty()) gate_.tell(Error{"waiting for a stream on standard input", kHowTo});
    }
    if (Clock::now() >= deadline) throw no_group(input);
    const Duration left =
        std::max(Duration{}, std::min(deadline, tells_at.value_or(deadline)) - Clock::now());
    const bool may_be_whole = splitter_.may_be_whole();
    input = read_once(may_be_whole ? std::min(left, kIdle) : left);
    if (may_be_whole && input == Input::kNothingYet) end_idle_frame();
    if (const auto error = failure(input)) throw StartupError(*error);
  }
  if (splitter_.counters().groups == 0) throw no_group(input);
  tell_of_lost_tracks();
}

void StdinSource::tell_of_lost_tracks() {
  const auto* program = splitter_.programs().chosen();
  const std::string lost = program == nullptr ? std::string() : name_of_lost_tracks(*program);
  if (lost.empty()) return;
  gate_.tell(Error{"of what comes on standard input viewers get the picture alone, not: " + lost,
                   "where that is its sound, encode it: ffmpeg … -c:v copy -c:a aac -f mpegts - | pixelpass "
                   "host --source -"});
}

void StdinSource::run(const std::stop_token& stop) {
  while (pass_on(stop)) {
    const bool may_be_whole = splitter_.may_be_whole();
    const Input input = read_once(may_be_whole ? std::optional(kIdle) : std::nullopt);
    if (may_be_whole && input == Input::kNothingYet) end_idle_frame();
    const auto error = failure(input);
    if (!error && input != Input::kEnd) continue;
    if (pass_on(stop)) gate_.end(error.value_or(Error{}));
    return;
  }
}

}  // namespace

std::unique_ptr<MediaSource> make_stdin_source(int fd, MediaCallbacks callbacks, Duration timeout,
                                               const std::stop_token& stop) {
  if (isatty(fd) != 0)
    throw StartupError("standard input is a terminal, and no stream comes from there", kHowTo);
  auto source = std::make_unique<StdinSource>(fd, std::move(callbacks));
  source->start(timeout, stop);
  return source;
}

}  // namespace pixelpass::encode
