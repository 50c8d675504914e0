#include "sim_call.hpp"

#include <algorithm>
#include <cstring>

namespace pixelpass::sim {
namespace {

constexpr Duration kLatency = 200ms;

struct Tag {
  std::uint64_t group = 0;
  std::uint64_t index = 0;
};

SocketAddress host_address() {
  return *SocketAddress::parse("198.51.100.1:4433");
}

SocketAddress viewer_address(int number) {
  const auto net = std::to_string(113 + number / 250);
  return *SocketAddress::parse("203.0." + net + "." + std::to_string(number % 250) + ":5000");
}

}  // namespace

Frame make_frame(std::uint64_t group, std::size_t index, std::size_t bytes, Instant captured_at) {
  Bytes payload(bytes, static_cast<std::uint8_t>(group * 31 + index));
  const Tag tag{group, index};
  std::memcpy(payload.data(), &tag, sizeof tag);
  return {SharedBytes::adopt(std::move(payload)), captured_at, index == 0, false};
}

bool is_frame(const Frame& frame, std::uint64_t& group, std::size_t& index) {
  const auto bytes = frame.bytes.view();
  Tag tag;
  if (bytes.size() < sizeof tag) return false;
  std::memcpy(&tag, bytes.data(), sizeof tag);
  group = tag.group;
  index = tag.index;
  const auto filler = static_cast<std::uint8_t>(group * 31 + index);
  return std::ranges::all_of(bytes.subspan(sizeof tag), [&](std::uint8_t byte) { return byte == filler; });
}

SimHost::SimHost(Network& network, std::uint64_t seed, std::size_t max_viewers,
                 std::optional<UnixTime> expires_at)
    : network_(network),
      address_(host_address()),
      identity_(tunnel::Identity::generate(seeded_random(seed))),
      broadcast_({}, static_cast<std::uint64_t>(to_ms(network.now().time_since_epoch()))),
      audience_({max_viewers, expires_at, network.steady_clock()}),
      keyframes_(max_viewers) {
  tunnel::HostSettings settings{.identity = identity_, .name = "host", .stream = {}};
  settings.stream.source = "test";
  tunnel_ = std::make_unique<tunnel::HostTunnel>(
      std::move(settings), broadcast_, audience_, seeded_random(seed + 1), network.now(),
      [this, clock = network.wall_clock()] { return clock() + clock_ahead_; });
  node_ = network.add(*tunnel_, address_);
}

Ticket SimHost::ticket() const {
  Ticket ticket;
  ticket.fingerprint = identity_.fingerprint();
  ticket.secret = identity_.secret();
  ticket.candidates = {{CandidateKind::kHost, address_}};
  return ticket;
}

void SimHost::show(const Picture& picture) {
  picture_ = picture;
  showing_ = true;
  next_frame();
}

void SimHost::next_frame() {
  if (!showing_) return;
  const auto per_group = static_cast<std::uint64_t>(picture_.frames_per_group);
  const auto index = static_cast<std::size_t>(frames_ % per_group);
  broadcast_.push(make_frame(broadcast_.next_group() - (index > 0 ? 1 : 0), index,
                             index == 0 ? picture_.keyframe_bytes : picture_.frame_bytes, network_.now()));
  ++frames_;
  tunnel_->on_broadcast();
  network_.touch(node_);
  network_.at(network_.now() + Duration(1s) / picture_.fps, [this] { next_frame(); });
}

void SimHost::push(Frame frame) {
  broadcast_.push(std::move(frame));
  tunnel_->on_broadcast();
  network_.touch(node_);
}

void SimHost::drain() {
  while (auto event = tunnel_->poll_event()) {
    if (const auto* wanted = std::get_if<tunnel::KeyframeWanted>(&*event))
      keyframes_.on_wanted(*wanted, network_.now());
    events.push_back(std::move(*event));
  }
  if (keyframes_.take(network_.now())) ++keyframes_asked;
}

SimViewer::SimViewer(Network& network, const Ticket& ticket, std::uint64_t seed, int number,
                     std::chrono::seconds clock_ahead, bool more_paths)
    : network_(network), address_(viewer_address(number)), reader_(kLatency) {
  tunnel::ViewerSettings settings;
  settings.ticket = ticket;
  settings.more_paths = more_paths;
  settings.name = "viewer " + std::to_string(number);
  settings.latency = std::chrono::duration_cast<std::chrono::milliseconds>(kLatency);
  tunnel_ = std::make_unique<tunnel::ViewerTunnel>(
      std::move(settings), address_, seeded_random(seed), network.now(),
      [clock = network.wall_clock(), clock_ahead] { return clock() + clock_ahead; });
  node_ = network.add(*tunnel_, address_);
}

void SimViewer::drain() {
  const auto now = network_.now();
  while (auto event = tunnel_->poll_event()) {
    if (auto* media = std::get_if<tunnel::MediaFrame>(&*event))
      reader_.on_frame(media->group, media->index, std::move(media->frame), now);
    else if (const auto* ended = std::get_if<tunnel::GroupEnded>(&*event))
      reader_.on_group_ended(ended->group, ended->complete, now);
    else
      events.push_back(std::move(*event));
  }
  if (const auto due = reader_.next_timeout(); due && *due <= now) reader_.on_timeout(now);
  while (auto frame = reader_.poll_frame()) {
    Got got{.group = 0,
            .index = 0,
            .after_gap = frame->after_gap,
            .lag = now - frame->captured_at,
            .at = now,
            .bytes = frame->bytes.size()};
    if (!is_frame(*frame, got.group, got.index)) ++damaged;
    frames.push_back(got);
  }
  while (const auto group = reader_.poll_abandoned()) {
    tunnel_->abandon(*group);
    network_.touch(node_);
  }
}

Duration SimViewer::lag_at(double fraction, std::size_t from_frame) const {
  Percentiles lags(frames.size() + 1);
  for (std::size_t i = from_frame; i < frames.size(); ++i) lags.add(frames[i].lag);
  return lags.at(fraction);
}

std::string SimViewer::order_error() const {
  const auto name = [](const Got& got) {
    return std::to_string(got.group) + "/" + std::to_string(got.index);
  };
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto& got = frames[i];
    if (i == 0) {
      if (got.index != 0) return "begins at " + name(got);
      continue;
    }
    const auto& before = frames[i - 1];
    const bool same_group = got.group == before.group && got.index == before.index + 1;
    const bool new_group = got.group > before.group && got.index == 0;
    if (!same_group && !new_group) return name(got) + " after " + name(before);
    if (got.group > before.group + 1 && !got.after_gap)
      return name(got) + " does not say that it follows a gap";
  }
  return "";
}

Call::Call(std::uint64_t seed_in, std::size_t max_viewers, std::optional<UnixTime> expires_at)
    : seed(seed_in), network(seed_in), host(network, seed_in, max_viewers, expires_at) {
  network.on_step = [this] {
    host.drain();
    for (auto& viewer : viewers) viewer.drain();
  };
}

SimViewer& Call::join(const Ticket& ticket, std::chrono::seconds clock_ahead, bool more_paths) {
  const auto number = static_cast<int>(viewers.size()) + 1;
  return viewers.emplace_back(network, ticket, seed * 1000 + static_cast<std::uint64_t>(number), number,
                              clock_ahead, more_paths);
}

bool Call::until_all_see(Duration at_most) {
  return network.run_until(
      [this] { return std::ranges::all_of(viewers, [](const auto& v) { return !v.frames.empty(); }); },
      at_most);
}

}  // namespace pixelpass::sim
