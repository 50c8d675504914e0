#include "pixelpass/playback/mpv_ipc.hpp"

#include "pixelpass/base/backoff.hpp"

#include "playback/mpv_messages.hpp"
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace pixelpass::playback {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr Duration kFirstRetry = 20ms;  // mpv makes its socket some 100 ms after its start
constexpr Duration kLongestRetry = 500ms;
/// More unsent bytes than this mean that mpv has stopped reading: it is stopped, or stuck.
constexpr std::size_t kMaxUnsentBytes = 4 << 10;
constexpr std::size_t kReadBytes = 4 << 10;

/// Request numbers, by which answers are matched to questions.
enum RequestId : std::int64_t {
  kPosition = 1,
  kPause,
  kOutputDrops,
  kDecoderDrops,
  kMonitorRate,
  kPictureRate,
  kSpeed,
  kLast = kSpeed,
  kOther
};
constexpr std::array<const char*, 7> kProperties{
    "time-pos",         "pause", "frame-drop-count", "decoder-frame-drop-count", "display-fps",
    "estimated-vf-fps", "speed"};

/// A position; far beyond hours of a stream's time it is not believed.
std::optional<Ticks> position(const MpvAnswer& answer) {
  constexpr double kMostSeconds = 1e9;
  if (!answer.number || std::abs(*answer.number) > kMostSeconds) return std::nullopt;
  return std::chrono::round<Ticks>(std::chrono::duration<double>(*answer.number));
}

/// One of mpv's counters, which begin anew with each file.
class Total {
 public:
  /// The growth since the last answer. The first answer is not counted, since its time is unknown.
  std::uint64_t grown(const MpvAnswer& answer) {
    constexpr double kMost = 1e9;
    if (!answer.number || *answer.number < 0 || *answer.number > kMost) return 0;
    const auto now = static_cast<std::uint64_t>(*answer.number);
    const auto before = std::exchange(last_, now);
    return before && *before < now ? now - *before : 0;
  }

 private:
  std::optional<std::uint64_t> last_;
};

/// Pictures that a monitor cannot show, as one with 30 a second for a stream of 60: dropping them does not
/// mean that the machine is slow.
class MonitorAllowance {
 public:
  void on_rates(double monitor, double pictures, Instant now) {
    const auto since = std::exchange(at_, now);
    const double beyond = monitor > 0 ? std::max(0.0, pictures - monitor) : 0;
    if (since) left_ = std::min(beyond, left_ + beyond * std::chrono::duration<double>(now - *since).count());
  }
  /// The dropped pictures that the monitor does not explain.
  std::uint64_t unexplained(std::uint64_t dropped) {
    const auto explained = std::min(dropped, static_cast<std::uint64_t>(std::ceil(left_)));
    left_ = std::max(0.0, left_ - static_cast<double>(explained));
    return dropped - explained;
  }

 private:
  double left_ = 0;  ///< pictures, of a second at most
  std::optional<Instant> at_;
};

}  // namespace

class MpvIpc::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const std::string& path) : socket_(io), retry_(io), path_(path) {}

  void connect();
  void close();
  void ask(OnState on_state);
  void send(std::int64_t request, json::array command);

 private:
  void on_connected();
  void on_lost();
  void retry_later();
  void read();
  void flush();
  void on_message(const MpvMessage& message);
  void on_answer(const MpvAnswer& answer);

  stream_protocol::socket socket_;
  asio::steady_timer retry_;
  Backoff backoff_{kFirstRetry, kLongestRetry};
  std::string path_;
  bool connected_ = false;
  MpvMessages messages_;
  std::array<char, kReadBytes> input_{};
  std::string unsent_;
  std::string sending_;
  OnState on_state_;  ///< of the question that waits for its answer
  PlayerState state_;
  Total output_drops_;
  Total decoder_drops_;
  double monitor_rate_ = 0;  ///< pictures a second; 0: not known
  MonitorAllowance monitor_;
};

void MpvIpc::Impl::connect() {
  error_code ignored;
  socket_.close(ignored);
  // The constructor of the endpoint throws if the path is too long; whoever made the path has checked it.
  socket_.async_connect(stream_protocol::endpoint(path_), [weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (!self) return;
    if (!error) return self->on_connected();
    self->retry_later();
  });
}

void MpvIpc::Impl::retry_later() {
  retry_.expires_after(backoff_.on_failed());
  retry_.async_wait([weak = weak_from_this()](error_code cancelled) {
    const auto again = weak.lock();
    if (!cancelled && again) again->connect();
  });
}

void MpvIpc::Impl::on_connected() {
  connected_ = true;
  send(kOther, {"request_log_messages", "warn"});
  read();
}

// Reconnects: mpv drops clients in the first moments of its start, and accepts them later.
void MpvIpc::Impl::on_lost() {
  if (!connected_) return;
  close();
  messages_ = {};
  state_ = {};
  unsent_.clear();
  retry_later();
}

void MpvIpc::Impl::close() {
  connected_ = false;
  on_state_ = {};
  retry_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

void MpvIpc::Impl::ask(OnState on_state) {
  if (!connected_ || on_state_) return;
  on_state_ = std::move(on_state);
  for (std::int64_t request = kPosition; request <= kLast; ++request)
    send(request, {"get_property", kProperties[static_cast<std::size_t>(request - 1)]});
}

void MpvIpc::Impl::send(std::int64_t request, json::array command) {
  if (!connected_) return;
  const json::object line{{"command", std::move(command)}, {"request_id", request}};
  unsent_ += json::serialize(line) + '\n';
  if (unsent_.size() > kMaxUnsentBytes) return on_lost();
  flush();
}

void MpvIpc::Impl::flush() {
  if (!sending_.empty() || unsent_.empty()) return;
  sending_.swap(unsent_);
  asio::async_write(socket_, asio::buffer(sending_),
                    [self = shared_from_this()](error_code error, std::size_t) {
                      self->sending_.clear();
                      if (error) return self->on_lost();
                      self->flush();
                    });
}

void MpvIpc::Impl::read() {
  socket_.async_read_some(
      asio::buffer(input_), [self = shared_from_this()](error_code error, std::size_t size) {
        if (!self->connected_) return;
        if (error) return self->on_lost();
        self->messages_.feed({self->input_.data(), size},
                             [&](const MpvMessage& message) { self->on_message(message); });
        if (self->connected_) self->read();
      });
}

void MpvIpc::Impl::on_message(const MpvMessage& message) {
  if (const auto* answer = std::get_if<MpvAnswer>(&message)) return on_answer(*answer);
  ++state_.underruns;
}

void MpvIpc::Impl::on_answer(const MpvAnswer& answer) {
  switch (answer.request) {
    case kPosition:
      state_.position = position(answer);
      return;
    case kPause:
      state_.paused = answer.flag.value_or(false);
      return;
    case kOutputDrops:
      state_.dropped += output_drops_.grown(answer);
      return;
    case kDecoderDrops:
      state_.dropped += decoder_drops_.grown(answer);
      return;
    case kMonitorRate:
      monitor_rate_ = answer.number.value_or(0);
      return;
    case kPictureRate:
      monitor_.on_rates(monitor_rate_, answer.number.value_or(0), Clock::now());
      state_.dropped = monitor_.unexplained(state_.dropped);
      return;
    case kSpeed: {
      state_.speed = answer.number.value_or(1);
      if (const auto on_state = std::exchange(on_state_, {})) on_state(std::exchange(state_, {}));
      return;
    }
    default:
      return;
  }
}

MpvIpc::MpvIpc(asio::io_context& io, const std::string& socket, std::string url)
    : impl_(std::make_shared<Impl>(io, socket)), url_(std::move(url)) {
  impl_->connect();
}

MpvIpc::~MpvIpc() {
  impl_->close();
}

void MpvIpc::ask(OnState on_state) {
  impl_->ask(std::move(on_state));
}

void MpvIpc::set_speed(double speed) {
  impl_->send(kOther, {"set_property", "speed", speed});
}

void MpvIpc::jump() {
  // A seek would not do: mpv seeks only within what it has read, up to the last keyframe there, seconds from
  // the live edge, and refuses to go beyond. Opening the URL brings a new keyframe.
  impl_->send(kOther, {"loadfile", url_, "replace"});
}

void MpvIpc::reopen_sound() {
  impl_->send(kOther, {"ao-reload"});
}

}  // namespace pixelpass::playback
