#include "session_call.hpp"

#include "session_units.hpp"
#include <gtest/gtest.h>

namespace pixelpass::sim {
namespace {

constexpr Duration kFrameInterval = 33ms;
constexpr Duration kFirstPicture = 100ms;  ///< to make it
constexpr std::size_t kKeyframeBytes = 20'000;
constexpr std::size_t kFrameBytes = 3'000;
constexpr std::uint64_t kFirstGroup = 1000;

}  // namespace

void SimSource::apply(const app::SourceCommand& command) {
  namespace kind = app::source_command;
  if (const auto* mute = std::get_if<kind::Mute>(&command)) muted_ = mute->muted;
  if (const auto* show = std::get_if<kind::Show>(&command)) shown_ = show->source;
  if (const auto* cover = std::get_if<kind::Cover>(&command)) covered_ = cover->covered;
  if (const auto* rate = std::get_if<kind::SetBitrate>(&command)) bitrate_bps_ = rate->bits_per_second;
  if (const auto* opus = std::get_if<kind::Opus>(&command)) {
    makes_opus_ = opus->wanted;
    return;
  }
  const bool was_playing = playing_;
  if (std::holds_alternative<kind::Play>(command)) playing_ = true;
  if (std::holds_alternative<kind::Pause>(command)) playing_ = false;
  if (std::holds_alternative<kind::Keyframe>(command)) ++forced_;
  if (!std::holds_alternative<kind::Mute>(command) && !std::holds_alternative<kind::Show>(command) &&
      !std::holds_alternative<kind::SetBitrate>(command))
    keyframe_due_ = true;
  if (!playing_ || was_playing) return;
  network_.at(network_.now() + kFirstPicture, [this, run = ++run_] { next_frame(run); });
}

void SimSource::next_frame(std::size_t run) {
  if (!gives_ || !playing_ || run != run_) return;
  if (std::exchange(keyframe_due_, false) || index_ >= frames_per_group_) {
    ++group_;
    index_ = 0;
  }
  give_units(index_ == 0);
  session_.on_frame(
      make_frame(kFirstGroup + group_, index_, index_ == 0 ? kKeyframeBytes : kFrameBytes, network_.now()));
  ++index_;
  ++frames_;
  on_frame_();
  network_.at(network_.now() + kFrameInterval, [this, run] { next_frame(run); });
}

void SimSource::give_units(bool keyframe) {
  constexpr std::size_t kOpusBytes = 120;
  Bytes picture = h264_start(keyframe);
  picture.resize(picture.size() + (keyframe ? kKeyframeBytes : kFrameBytes), 0x55);
  sim::give_units(session_, std::move(picture), keyframe, makes_opus_ ? kOpusBytes : 0, network_.now());
}

std::uint64_t SimSource::group() const {
  return kFirstGroup + group_;
}

SessionCall::SessionCall(std::uint64_t seed, const Options& options)
    : network(seed),
      seed_(seed),
      address_(*SocketAddress::parse("198.51.100.1:4433")),
      identity_(tunnel::Identity::generate(seeded_random(seed))),
      random_(seeded_random(seed + 2)) {
  app::HostSessionSettings settings{
      .tunnel = {.identity = identity_, .name = "host", .stream = {}},
      .audience = {options.max_viewers, options.expires_at, network.steady_clock()},
      .is_encoded_here = options.is_encoded_here,
      .is_bitrate_fixed = false,
      .is_web_on = options.is_web_on,
      .duration = options.duration,
      .first_group = kFirstGroup,
      .load = {}};
  settings.narrow_line = options.narrow_line;
  if (options.wants_stats)
    settings.load = [] {
      return app::HostLoad{.times = {30, 4ms, 9ms}, .dropped_frames = 3, .cpu_percent = 12.5, .rss = 4096};
    };
  session_ = std::make_unique<app::HostSession>(std::move(settings), seeded_random(seed + 1), network.now(),
                                                network.wall_clock());
  source_ = std::make_unique<SimSource>(network, *session_, [this] { touch(); });
  node_ = network.add(*session_, address_);
  network.on_step = [this] { drain(); };
  if (options.starts) start_source();
}

void SessionCall::drain() {
  while (const auto command = session_->poll_command()) source_->apply(*command);
  while (auto event = session_->poll_event()) events.push_back(std::move(*event));
  for (auto& viewer : viewers) viewer.drain();
}

Ticket SessionCall::ticket() const {
  Ticket ticket;
  ticket.fingerprint = identity_.fingerprint();
  ticket.secret = identity_.secret();
  ticket.candidates = {{CandidateKind::kHost, address_}};
  return ticket;
}

void SessionCall::renew_ticket(std::optional<std::chrono::seconds> lifetime, bool kicks_all) {
  identity_ = identity_.with_new_secret(random_);
  ASSERT_FALSE(order(app::command::NewTicket{identity_.secret(), lifetime, kicks_all}));
}

SimViewer& SessionCall::join(const Ticket& ticket) {
  const auto number = static_cast<int>(viewers.size()) + 1;
  return viewers.emplace_back(network, ticket, seed_ * 1000 + static_cast<std::uint64_t>(number), number);
}

SimBrowser& SessionCall::browse(const BrowserIdentity& certificate, const Ticket& ticket) {
  const auto number = static_cast<std::uint8_t>(browsers.size() + 1);
  BrowserSettings settings;
  settings.host = address_;
  settings.secret = ticket.secret;
  settings.identity = &certificate;
  settings.hello.certificate = certificate.hash();
  settings.hello.seconds = static_cast<std::uint32_t>(wall(network.now()).time_since_epoch().count());
  settings.hello.random = number;
  auto& browser = browsers.emplace_back(settings);
  network.add(browser, *SocketAddress::parse("203.0.113." + std::to_string(100 + number) + ":5000"));
  return browser;
}

SimViewer& SessionCall::watch() {
  auto& viewer = join();
  network.run_until([&] { return !viewer.frames.empty(); }, 10s);
  return viewer;
}

}  // namespace pixelpass::sim
