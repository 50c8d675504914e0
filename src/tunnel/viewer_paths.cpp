#include "tunnel/connection_settings.hpp"
#include "tunnel/viewer_core.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::tunnel {
namespace {

/// How long a spare is waited for: it answers within a round trip, or is as dead as the active link.
constexpr Duration kFallBackPatience = 1s;

}  // namespace

void ViewerTunnel::Core::add_path(const net::Path& added) {
  const auto path = links_.as_ours(added);
  if (std::ranges::find(paths_, path) == paths_.end()) {
    if (paths_.size() >= kMaxPaths) return;
    paths_.push_back(path);
  }
  dialer_.add(path, now_);
  keeper_.add(path, now_);
}

void ViewerTunnel::Core::remove_path(const net::Path& removed) {
  const auto path = links_.as_ours(removed);
  if (std::erase(paths_, path) == 0) return;
  dialer_.remove(path);
  keeper_.remove(path);
  const auto links = links_.all();  // closing one takes it off the list
  for (auto* link : links)
    if (link->connection().path() == path) links_.close(*link, CloseCode::kUnused, "", now_);
}

void ViewerTunnel::Core::on_handshake(ViewerLink& link) {
  const auto took = link.connection().stats().rtt;
  if (keeper_.owns(link.id()))
    keeper_.on_handshake(link.id(), took, round_trip(), now_);
  else
    dialer_.on_handshake(link.id(), took, now_);
}

void ViewerTunnel::Core::take_steps() {
  while (state_ != State::kEnded) {
    if (const auto step = dialer_.take_step(now_))
      carry_out(*step);
    else if (const auto beside = keeper_.take_step(now_))
      carry_out(*beside);
    else
      break;
  }
  watch_.set_spare(keeper_.has_spare() && !fall_back_, offset_.round_trip().value_or(Duration{}), now_);
}

void ViewerTunnel::Core::carry_out(const Dialer::Step& step) {
  if (step.kind == Dialer::Step::Kind::kDial) return links_.dial(step.link, step.path, now_);
  auto* link = links_.find(step.link);
  if (!link) return;
  if (step.kind == Dialer::Step::Kind::kAsk)
    links_.say_hello(*link, last_group_, now_);
  else
    links_.close(*link, CloseCode::kUnused, "", now_);
}

void ViewerTunnel::Core::carry_out(const PathKeeper::Step& step) {
  using Kind = PathKeeper::Step::Kind;
  if (step.kind == Kind::kDial) return links_.dial(step.link, step.path, now_);
  auto* link = links_.find(step.link);
  if (!link) return;
  if (step.kind == Kind::kClose)
    links_.close(*link, CloseCode::kUnused, "", now_);
  else
    links_.stand_by(*link, step.kind == Kind::kMove);
}

Duration ViewerTunnel::Core::round_trip() const {
  const auto* link = active();
  if (const auto measured = offset_.round_trip()) return *measured;
  return link ? link->connection().stats().rtt : Duration{};
}

/// Makes the link active. The former one still brings the rest of what it has begun. The clock stays the same
/// host's.
void ViewerTunnel::Core::on_media_moved(ViewerLink& link, std::uint64_t group) {
  if (!keeper_.owns(link.id())) return;
  if (auto* old = active()) {
    old->connection().set_keep_alive(kStandbyKeepAlive);
    links_.touch(*old);
  }
  keeper_.on_moved(link.id(), now_);
  const auto before = std::exchange(media_path_, link.connection().path());
  dialer_.replace_active(link.id(), media_path_, now_);
  link.connection().set_keep_alive(kKeepAlive);
  boundary_ = group;
  fall_back_.reset();
  watch_.begin(now_);
  events_.emplace_back(PathChanged{before, media_path_});
}

/// The first frame that the active link was to carry has come.
void ViewerTunnel::Core::on_carried(ViewerLink& link, std::uint64_t group) {
  if (!boundary_ || group < *boundary_ || !dialer_.is_active(link.id())) return;
  boundary_.reset();
  keeper_.on_carried(now_);
}

void ViewerTunnel::Core::on_active_lost(std::string reason) {
  if (state_ == State::kConnected && !fall_back(reason)) begin_search(std::move(reason));
}

/// Asks for media over the spare. False: there is none, or it was asked and does not answer.
bool ViewerTunnel::Core::fall_back(const std::string& reason) {
  if (fall_back_) return now_ < fall_back_->until;
  const auto spare = keeper_.fall_back(now_);
  auto* link = spare ? links_.find(*spare) : nullptr;
  if (!link) return false;
  link->send(wire::MoveMedia{.at_once = true});
  links_.touch(*link);
  fall_back_ = FallBack{now_ + kFallBackPatience, reason};
  watch_.end();
  return true;
}

}  // namespace pixelpass::tunnel
