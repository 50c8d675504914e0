#include "pixelpass/base/wake_up.hpp"
#include "pixelpass/encode/encode_meter.hpp"
#include "pixelpass/encode/frame_gate.hpp"
#include "pixelpass/encode/media_source.hpp"
#include "pixelpass/encode/ts_splitter.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace pixelpass::encode {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;  ///< what a pipe holds
constexpr auto kHowTo = "give it MPEG-TS with video: ffmpeg … -f mpegts - | pixelpass host --source -";

/// What one wait for input came to.
enum class Input : std::uint8_t { kBytes, kEnd, kNothingYet, kFailed };

/// Reads a stream, splits it and passes it through; one thread, that of the reader.
class StdinSource final : public MediaSource {
 public:
  StdinSource(int fd, MediaCallbacks callbacks) : fd_(fd), gate_(std::move(callbacks)) {}
  ~StdinSource() override;
  StdinSource(const StdinSource&) = delete;
  StdinSource& operator=(const StdinSource&) = delete;

  /// Reads up to the first group, and keeps what came.
  void start(Duration timeout);

  void play() override;
  void pause() override { gate_.close(); }
  void force_keyframe() override {}
  void set_bitrate(std::int64_t /*bits_per_second*/) override {}
  [[nodiscard]] wire::StreamDescription describe() const override;
  EncodeTimes take_times() override { return meter_.take(Clock::now()); }

 private:
  void run(const std::stop_token& stop);
  /// Waits at most `timeout_ms` (-1: for ever), reads once, and feeds the splitter.
  Input read_once(int timeout_ms);
  void on_frame(Frame frame);
  [[nodiscard]] std::optional<Error> failure(Input input) const;

  int fd_;
  FrameGate gate_;
  EncodeMeter meter_{Clock::now()};
  std::vector<Frame> held_;   ///< what came before the first play(); the reader's, once it runs
  bool ever_played_ = false;  ///< set once, before the reader runs
  TsSplitter splitter_;
  TsSplitter::Status status_ = TsSplitter::Status::kOk;
  int read_error_ = 0;  ///< errno
  std::array<std::uint8_t, kReadBytes> buffer_;
  WakeUp stop_;
  std::jthread reader_;  ///< last: uses all above
};

StdinSource::~StdinSource() {
  gate_.shut();
  reader_.request_stop();
  stop_.ring();
  if (reader_.joinable()) reader_.join();
}

wire::StreamDescription StdinSource::describe() const {
  return {.source = "stdin", .encoder = "passthrough", .audio = "passthrough"};
}

Input StdinSource::read_once(int timeout_ms) {
  std::array<pollfd, 2> polled{{{fd_, POLLIN, 0}, {stop_.fd(), POLLIN, 0}}};
  const int ready = poll(polled.data(), polled.size(), timeout_ms);
  if (ready <= 0 || polled[0].revents == 0) return Input::kNothingYet;  // also EINTR, and a stop
  const ssize_t got = read(fd_, buffer_.data(), buffer_.size());
  const auto hand_on = [this](Frame frame) { on_frame(std::move(frame)); };
  if (got == 0) {
    status_ = splitter_.end(hand_on);
    return Input::kEnd;
  }
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return Input::kNothingYet;
    read_error_ = errno;
    return Input::kFailed;
  }
  status_ = splitter_.feed(ByteView(buffer_).first(static_cast<std::size_t>(got)), Clock::now(), hand_on);
  return Input::kBytes;
}

void StdinSource::on_frame(Frame frame) {
  meter_.add(Clock::now() - frame.captured_at);
  // The one keyframe that there will ever be may be among these.
  if (!ever_played_) return held_.push_back(std::move(frame));
  gate_.pass(frame.captured_at, frame.keyframe, [&frame] { return std::move(frame); });
}

/// Nothing is read between start() and the first of these: whoever writes waits, and nothing is lost.
void StdinSource::play() {
  if (ever_played_) {
    gate_.open(Clock::now());
    return;
  }
  ever_played_ = true;
  gate_.open(held_.empty() ? Clock::now() : held_.front().captured_at);
  reader_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

std::optional<Error> StdinSource::failure(Input input) const {
  if (input == Input::kFailed) {
    return Error{"standard input cannot be read: " + std::generic_category().message(read_error_), kHowTo};
  }
  switch (status_) {
    case TsSplitter::Status::kNotTransportStream:
      return Error{"what comes on standard input is not MPEG-TS", kHowTo};
    case TsSplitter::Status::kNoVideo:
      return Error{"the MPEG-TS on standard input has no video track that can be shown", kHowTo};
    case TsSplitter::Status::kOk:
      break;
  }
  return std::nullopt;
}

void StdinSource::start(Duration timeout) {
  const Instant deadline = Clock::now() + timeout;
  Input input = Input::kNothingYet;
  while (splitter_.counters().groups == 0 && input != Input::kEnd) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) {
      throw StartupError("no keyframe came on standard input in time", kHowTo);
    }
    input = read_once(static_cast<int>(left.count()));
    if (const auto error = failure(input)) throw StartupError(*error);
  }
  if (splitter_.counters().groups == 0) {
    throw StartupError("standard input ended before its first keyframe", kHowTo);
  }
}

void StdinSource::run(const std::stop_token& stop) {
  constexpr int kForEver = -1;
  for (Frame& frame : std::exchange(held_, {}))
    gate_.pass(frame.captured_at, frame.keyframe, [&frame] { return std::move(frame); });
  while (!stop.stop_requested()) {
    const Input input = read_once(kForEver);
    const auto error = failure(input);
    if (!error && input != Input::kEnd) continue;
    gate_.end(error.value_or(Error{}));
    return;
  }
}

}  // namespace

std::unique_ptr<MediaSource> make_stdin_source(int fd, MediaCallbacks callbacks, Duration timeout) {
  auto source = std::make_unique<StdinSource>(fd, std::move(callbacks));
  source->start(timeout);
  return source;
}

}  // namespace pixelpass::encode
