#include "rate_call.hpp"

#include "session_units.hpp"

#include <cmath>
#include <iomanip>
#include <ostream>

namespace pixelpass::sim {
namespace {

constexpr int kFps = 30;
constexpr std::size_t kRateFramesPerGroup = std::size_t{2} * kFps;
/// Of the bitrate: what an encoder's buffer lets a keyframe have.
constexpr double kKeyframeSeconds = 0.1;
constexpr double kTsOverhead = 1.04;
constexpr Duration kJitter = 3ms;
constexpr double kAudioBitrate = 140'000;
constexpr std::size_t kHeaderBytes = 28;  // IP and UDP
/// A picture's number at its end, in bytes that are no start code's.
constexpr std::size_t kNumberBytes = 4;
constexpr unsigned kNumberBits = 7;

}  // namespace

std::optional<Duration> Bottleneck::pass(std::size_t bytes, Instant now) {
  const auto begin = std::max(free_at_, now);
  if (begin - now > queue) return std::nullopt;
  const std::chrono::duration<double> takes(static_cast<double>(bytes * 8) /
                                            static_cast<double>(bits_per_second));
  free_at_ = begin + std::chrono::duration_cast<Duration>(takes);
  return free_at_ - now;
}

void Bottleneck::hold(Duration duration, Instant now) {
  free_at_ = std::max(free_at_, now) + duration;
}

SimEncoder::SimEncoder(Network& network, app::HostSession& session, std::int64_t bitrate_bps,
                       std::uint64_t seed, std::function<void()> on_frame)
    : network_(network),
      session_(session),
      on_frame_(std::move(on_frame)),
      random_(seed),
      changes_{{network.now(), bitrate_bps}} {}

void SimEncoder::apply(const app::SourceCommand& command) {
  using namespace app::source_command;
  if (const auto* rate = std::get_if<SetBitrate>(&command))
    changes_.push_back({network_.now(), rate->bits_per_second});
  if (const auto* opus = std::get_if<Opus>(&command)) makes_opus_ = opus->wanted;
  if (std::holds_alternative<Keyframe>(command)) keyframe_due_ = true;
  if (std::holds_alternative<Pause>(command)) playing_ = false;
  if (!std::holds_alternative<Play>(command) || std::exchange(playing_, true)) return;
  keyframe_due_ = true;
  network_.at(network_.now(), [this, run = ++run_] { next_frame(run); });
}

std::size_t SimEncoder::frame_bytes() {
  const auto rate = static_cast<double>(bitrate_bps());
  const double group_seconds = static_cast<double>(kRateFramesPerGroup) / kFps;
  const double rest = (group_seconds - kKeyframeSeconds) / (kRateFramesPerGroup - 1);
  const double seconds =
      index_ == 0 ? kKeyframeSeconds : rest * std::uniform_real_distribution<>(0.7, 1.3)(random_);
  return static_cast<std::size_t>((rate * seconds * kTsOverhead + kAudioBitrate / kFps) / 8);
}

void SimEncoder::next_frame(std::size_t run) {
  if (!playing_ || run != run_) return;
  if (std::exchange(keyframe_due_, false) || index_ >= kRateFramesPerGroup) {
    ++group_;
    index_ = 0;
  }
  const auto bytes = frame_bytes();
  give_units(bytes);
  made_at_.push_back(network_.now());
  session_.on_frame(make_frame(group_, index_, bytes, network_.now()));
  ++index_;
  on_frame_();
  // A screen's pictures come when it has changed: two hosts' are never in step for long.
  const auto jitter =
      std::uniform_int_distribution<Duration::rep>(-kJitter.count(), kJitter.count())(random_);
  network_.at(network_.now() + Duration(1s) / kFps + Duration(jitter), [this, run] { next_frame(run); });
}

void SimEncoder::give_units(std::size_t bytes) {
  const bool keyframe = index_ == 0;
  Bytes picture = h264_start(keyframe);
  picture.resize(std::max(picture.size() + kNumberBytes, bytes), 0x55);
  for (std::size_t i = 0; i < kNumberBytes; ++i)
    picture[picture.size() - 1 - i] = static_cast<std::uint8_t>(0x80U | made_at_.size() >> i * kNumberBits);
  const auto opus_bytes = makes_opus_ ? static_cast<std::size_t>(kAudioBitrate / 8 / kFps) : 0;
  sim::give_units(session_, std::move(picture), keyframe, opus_bytes, network_.now());
}

Instant SimEncoder::made_at(ByteView picture) const {
  std::size_t number = 0;
  for (const auto byte : picture.last(kNumberBytes)) number = number << kNumberBits | (byte & 0x7fU);
  return made_at_.at(number);
}

double SimEncoder::mean_bitrate(Instant from, Instant to) const {
  double bits = 0;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const auto begin = std::max(from, changes_[i].at);
    const auto end = i + 1 < changes_.size() ? std::min(to, changes_[i + 1].at) : to;
    if (end > begin)
      bits +=
          std::chrono::duration<double>(end - begin).count() * static_cast<double>(changes_[i].bitrate_bps);
  }
  return bits / std::chrono::duration<double>(to - from).count();
}

RateHost::RateHost(Network& network, std::uint64_t seed, const SocketAddress& address,
                   std::int64_t bitrate_bps, std::size_t max_viewers)
    : network_(network), address_(address), identity_(tunnel::Identity::generate(seeded_random(seed))) {
  app::HostSessionSettings settings{.tunnel = {.identity = identity_, .name = "host", .stream = {}},
                                    .audience = {max_viewers, std::nullopt, network.steady_clock()},
                                    .is_encoded_here = true,
                                    .is_bitrate_fixed = false,
                                    .duration = std::nullopt,
                                    .first_group = 1,
                                    .load = [] { return app::HostLoad{}; }};
  session_ = std::make_unique<app::HostSession>(std::move(settings), seeded_random(seed + 1), network.now(),
                                                network.wall_clock());
  node_ = network.add(*session_, address_);
  network.up(node_).delay = network.down(node_).delay = 0ms;
  encoder_ = std::make_unique<SimEncoder>(network, *session_, bitrate_bps, seed + 2,
                                          [this] { network_.touch(node_); });
  StreamDescription stream;
  stream.source = "test";
  stream.bitrate_bps = bitrate_bps;
  session_->start(stream, network.now());
}

Ticket RateHost::ticket() const {
  Ticket ticket;
  ticket.fingerprint = identity_.fingerprint();
  ticket.secret = identity_.secret();
  ticket.candidates = {{CandidateKind::kHost, address_}};
  return ticket;
}

void RateHost::drain() {
  while (const auto command = session_->poll_command()) encoder_->apply(*command);
  while (auto event = session_->poll_event()) events.push_back(std::move(*event));
}

RateCall::RateCall(std::uint64_t seed) : network(seed), seed_(seed) {
  network.on_step = [this] {
    for (auto& host : hosts) host.drain();
    for (auto& viewer : viewers) viewer.drain();
  };
  network.on_transmit = [this](Network::NodeId, const Bytes& datagram) { datagram_bytes_ = datagram.size(); };
  network.on_way = [this](const SocketAddress&, const SocketAddress& to) -> std::optional<Duration> {
    for (const auto& [viewer, line] : lines_)
      if (viewer == to) return line->pass(datagram_bytes_ + kHeaderBytes, network.now());
    return Duration{};
  };
}

RateHost& RateCall::add_host(std::int64_t bitrate_bps, std::size_t max_viewers) {
  const auto number = hosts.size() + 1;
  const auto address = *SocketAddress::parse("198.51.100." + std::to_string(number) + ":4433");
  return hosts.emplace_back(network, seed_ + 100 * number, address, bitrate_bps, max_viewers);
}

SimViewer& RateCall::join(RateHost& host, Bottleneck& line, double loss) {
  const auto number = static_cast<int>(viewers.size()) + 1;
  auto& viewer =
      viewers.emplace_back(network, host.ticket(), seed_ * 1000 + static_cast<std::uint64_t>(number), number);
  network.set_both(viewer.node(), {.delay = kWay, .loss = loss});
  lines_.emplace_back(viewer.address(), &line);
  return viewer;
}

SimBrowser& RateCall::browse(RateHost& host, Bottleneck& line, double loss, bool gives_feedback) {
  const auto number = static_cast<std::uint8_t>(browsers.size() + 1);
  BrowserSettings settings;
  settings.host = host.address();
  settings.secret = host.ticket().secret;
  settings.identity = &certificates_.emplace_back();
  settings.hello.certificate = settings.identity->hash();
  settings.hello.seconds = static_cast<std::uint32_t>(wall(network.now()).time_since_epoch().count());
  settings.hello.random = number;
  if (gives_feedback) {
    settings.hello.transport_id = 4;
    settings.hello.flags = 4;  // also of sound
  }
  const auto address = *SocketAddress::parse("203.0.113." + std::to_string(100 + number) + ":5000");
  auto& browser = browsers.emplace_back(settings);
  network.set_both(network.add(browser, address), {.delay = kWay, .loss = loss});
  lines_.emplace_back(address, &line);
  return browser;
}

void CubicFlow::start() {
  most_ = 0;
  reduced_at_ = network_.now();
  fill();
}

/// RFC 9438, 4.2: C = 0.4, beta = 0.7.
double CubicFlow::window_at(Instant now) const {
  const double since = std::chrono::duration<double>(now - reduced_at_).count();
  const double k = std::cbrt(most_ * 0.3 / 0.4);
  return 0.4 * std::pow(since - k, 3) + most_;
}

void CubicFlow::fill() {
  while (in_flight_ + 1 <= window_) {
    ++in_flight_;
    const auto out = line_.pass(kSegmentBytes + kHeaderBytes + 24, network_.now());
    // A loss shows once what follows it is acknowledged.
    const auto round_trip = 2 * RateCall::kWay + out.value_or(line_.queue);
    network_.at(network_.now() + round_trip, [this, lost = !out] { lost ? on_lost() : on_acknowledged(); });
  }
}

void CubicFlow::on_acknowledged() {
  --in_flight_;
  delivered_ += kSegmentBytes;
  if (window_ < threshold_)
    window_ += 1;
  else
    window_ = std::max(window_, std::min(window_at(network_.now()), window_ + 0.5));
  fill();
}

void CubicFlow::on_lost() {
  --in_flight_;
  const auto round_trip = 2 * RateCall::kWay + line_.queue;
  if (network_.now() - reduced_at_ > round_trip) {
    most_ = window_;
    window_ = threshold_ = std::max(2.0, window_ * 0.7);
    reduced_at_ = network_.now();
  }
  fill();
}

namespace {

RateFigures of_lags(const Percentiles& lags, double bytes, Duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  return {.lag_p50 = lags.at(0.5),
          .lag_p95 = lags.at(0.95),
          .shown = static_cast<double>(lags.count()) / (seconds * kFps),
          .goodput = bytes * 8 / seconds};
}

}  // namespace

RateFigures figures(const SimViewer& viewer, Instant from, Instant to) {
  Percentiles lags(viewer.frames.size() + 1);
  double bytes = 0;
  for (const auto& frame : viewer.frames) {
    if (frame.at < from || frame.at >= to) continue;
    lags.add(frame.lag);
    bytes += static_cast<double>(frame.bytes);
  }
  return of_lags(lags, bytes, to - from);
}

RateFigures figures(const SimBrowser& browser, const SimEncoder& encoder, Instant from, Instant to) {
  Percentiles lags(browser.pictures().size() + 1);
  double bytes = 0;
  for (const auto& picture : browser.pictures()) {
    if (picture.shown_at < from || picture.shown_at >= to) continue;
    lags.add(picture.shown_at - encoder.made_at(picture.bytes));
    bytes += static_cast<double>(picture.bytes.size());
  }
  return of_lags(lags, bytes, to - from);
}

std::ostream& operator<<(std::ostream& out, const RateFigures& figures) {
  return out << std::fixed << std::setprecision(2) << "lag p50 " << to_ms(figures.lag_p50) << " p95 "
             << to_ms(figures.lag_p95) << " ms, " << figures.shown * 100 << " % shown, "
             << figures.goodput / 1e6 << " Mbit/s";
}

}  // namespace pixelpass::sim
