#include "tunnel/group_sender.hpp"

#include "pixelpass/wire/group_stream.hpp"
#include "pixelpass/wire/stream_kind.hpp"

#include "tunnel/connection_settings.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::tunnel {
namespace {

/// Handed to a stream ahead of what is sent: a few batches, so that the rest can still be dropped.
constexpr std::size_t kTopUpBytes = 256 << 10;
/// A stream with less than that is topped up: what a packet takes at the most is always there, and the
/// broadcast is not asked again for each one.
constexpr std::size_t kLowBytes = 2 << 10;
/// Round trips granted to the acknowledgement of what was sent in time.
constexpr int kAcknowledgementRounds = 2;
/// In front of a group's first frame.
constexpr std::size_t kFirstHeaderBytes =
    wire::kKindBytes + wire::kGroupHeaderBytes + wire::kFrameHeaderBytes;
static_assert(kFirstHeaderBytes <= SendStream::kMaxHeaderBytes);

}  // namespace

void GroupSender::start(Connection& connection, std::uint64_t first_group) {
  connection_ = &connection;
  next_group_ = std::max(first_group, broadcast_.join().group);
}

void GroupSender::resume(std::uint64_t first_group) {
  end_group_.reset();
  next_group_ = std::max({next_group_, first_group, broadcast_.join().group});
}

/// What a viewer gets elsewhere is not skipped.
void GroupSender::drop_begun() {
  for (auto& group : groups_) {
    if (group.stream.cancelled()) continue;
    group.ended = true;
    connection_->reset(group.stream, CloseCode::kLate);
  }
}

bool GroupSender::is_finished() const {
  return end_group_ && next_group_ >= *end_group_ && groups_.empty();
}

void GroupSender::update(Instant now) {
  if (!connection_) return;
  begin_new_groups();
  drop_late(now);
  watch_losses(now);
}

std::uint64_t GroupSender::acknowledged_bytes() const {
  auto bytes = acknowledged_before_;
  for (const auto& group : groups_) bytes += group.stream.acknowledged_bytes();
  return bytes;
}

std::size_t GroupSender::waiting_bytes() const {
  std::size_t bytes = 0;
  for (const auto& group : groups_) {
    if (group.stream.cancelled()) continue;
    bytes += group.stream.unsent_bytes() + unread_bytes(group);
  }
  return bytes;
}

std::size_t GroupSender::undelivered_bytes() const {
  std::size_t bytes = 0;
  for (const auto& group : groups_)
    if (!group.stream.cancelled()) bytes += group.stream.held_bytes() + unread_bytes(group);
  return bytes;
}

/// What the broadcast has of it for this viewer and no stream has yet.
std::size_t GroupSender::unread_bytes(const Group& group) const {
  const bool is_over = group.ended || broadcast_.is_gone(group.number, group.next_frame);
  return is_over ? 0 : broadcast_.bytes_of(group.number) - group.read_bytes;
}

void GroupSender::watch_losses(Instant now) {
  const auto acknowledged = acknowledged_bytes();
  if (acknowledged != std::exchange(acknowledged_, acknowledged)) acknowledged_at_ = now;
  const auto stats = connection_->stats();
  guard_.update({stats.sent_packets, stats.lost_packets, stats.acknowledged_bytes, stats.rtt}, now);
  mtu_guard_.update({stats.lost_packets, acknowledged, stats.rtt}, now);
  connection_->limit_packets(mtu_guard_.max_packet());
}

std::optional<wire::MediaPosition> GroupSender::newest_media() const {
  if (broadcast_.empty()) return std::nullopt;
  const auto newest = broadcast_.newest_group();
  if (newest < next_group_ && begun_ != newest) return std::nullopt;
  return wire::MediaPosition{newest, broadcast_.newest_frames()};
}

bool GroupSender::gets_through(Instant now, Duration lately) const {
  return now - acknowledged_at_ < lately || std::ranges::all_of(groups_, [](const Group& group) {
           return group.stream.cancelled() || group.stream.held_bytes() == 0;
         });
}

bool GroupSender::has_delivered() const {
  return (broadcast_.empty() || next_group_ > broadcast_.newest_group()) && !owes_rest();
}

bool GroupSender::owes_rest() const {
  return std::ranges::any_of(groups_, [this](const Group& group) {
    const bool handed_over = group.ended || broadcast_.at(group.number, group.next_frame) == nullptr;
    return !group.stream.cancelled() && !(handed_over && group.stream.held_bytes() == 0);
  });
}

void GroupSender::begin_new_groups() {
  while (!broadcast_.empty() && next_group_ <= broadcast_.newest_group()) {
    if (end_group_ && next_group_ >= *end_group_) return;
    // One that acknowledges no reset makes us keep streams, whatever credit it gives.
    if (groups_.size() >= kMaxGroupStreams) return;
    // Several wait when the viewer gave no credit for streams: only the newest is worth one.
    const auto newest = broadcast_.newest_group();
    const auto number = end_group_ ? std::min(newest, *end_group_ - 1) : newest;
    if (broadcast_.is_gone(number, 0)) {
      counters_.skipped_groups += number + 1 - next_group_;
      next_group_ = number + 1;
      return;
    }
    auto& group = groups_.emplace_front();
    group.number = number;
    if (!connection_->open_unidirectional(group.stream)) {
      groups_.pop_front();
      return;
    }
    begun_ = number;
    counters_.skipped_groups += number - next_group_;
    ++counters_.groups;
    next_group_ = number + 1;
  }
}

void GroupSender::top_up(Group& group) {
  while (!group.ended && group.stream.unsent_bytes() < kTopUpBytes) {
    const FramePtr* frame = broadcast_.at(group.number, group.next_frame);
    if (!frame) {
      if (broadcast_.is_gone(group.number, group.next_frame)) {
        give_up(group);
      } else if (broadcast_.is_complete(group.number)) {
        group.stream.finish();
        group.ended = true;
      }
      return;
    }
    std::array<std::uint8_t, kFirstHeaderBytes> header;
    auto end = header.begin();
    if (group.next_frame == 0) {
      end = std::ranges::copy(wire::encode(wire::StreamKind::kGroup), end).out;
      end = std::ranges::copy(wire::encode_group_header(group.number), end).out;
    }
    end = std::ranges::copy(wire::encode_frame_header(**frame), end).out;
    group.stream.append(ByteView(header.begin(), end), (*frame)->bytes);
    counters_.bytes += static_cast<std::int64_t>((*frame)->bytes.size());
    group.read_bytes += (*frame)->bytes.size();
    ++group.next_frame;
  }
}

void GroupSender::give_up(Group& group) {
  group.ended = true;
  ++counters_.skipped_groups;
  connection_->reset(group.stream, CloseCode::kLate);
}

/// Sent is not enough: what is lost is sent again, ahead of all that is newer, for as long as the stream
/// lives.
std::optional<Instant> GroupSender::deadline(const Group& group) const {
  const auto newer = group.number + 1;
  if (group.stream.cancelled() || broadcast_.empty() || newer > broadcast_.newest_group())
    return std::nullopt;
  if (broadcast_.is_evicted(newer)) return Instant::min();
  const auto due = broadcast_.started_at(newer) + latency_;
  return group.stream.all_sent() ? due + kAcknowledgementRounds * connection_->stats().rtt : due;
}

void GroupSender::drop_late(Instant now) {
  for (auto& group : groups_) {
    const auto due = deadline(group);
    if (due && *due <= now) give_up(group);
  }
}

std::optional<Instant> GroupSender::next_timeout() const {
  std::optional<Instant> next;
  for (const auto& group : groups_) {
    const auto due = deadline(group);
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

/// Of packets: a stream is acknowledged up to its first gap alone, and what has come behind that is on its
/// way no more.
bool GroupSender::is_held_back() const {
  return guard_.window() != LossGuard::kUnbounded && connection_->stats().bytes_in_flight >= guard_.window();
}

SendStream* GroupSender::prepare_next() {
  if (is_held_back()) return nullptr;
  for (auto& group : groups_) {
    if (group.stream.unsent_bytes() < kLowBytes) top_up(group);
    if (group.stream.wants_to_send()) return &group.stream;
  }
  return nullptr;
}

bool GroupSender::wants_to_send() const {
  return !is_held_back() &&
         std::ranges::any_of(groups_, [this](const Group& group) { return wants_to_send(group); });
}

/// What is on its stream, or waits in the broadcast to be put there: a frame, or the end.
bool GroupSender::wants_to_send(const Group& group) const {
  if (group.stream.wants_to_send()) return true;
  if (group.ended || !group.stream.can_send()) return false;
  if (broadcast_.at(group.number, group.next_frame)) return true;
  return broadcast_.is_complete(group.number) && !broadcast_.is_gone(group.number, group.next_frame);
}

void GroupSender::on_stream_closed(const SendStream& send) {
  acknowledged_before_ += send.acknowledged_bytes();
  if (!send.all_sent()) ++counters_.skipped_groups;  // the viewer stopped it while it waited for credit
  std::erase_if(groups_, [&](const Group& group) { return &group.stream == &send; });
}

void GroupSender::on_stop_sending(SendStream& send) {
  for (auto& group : groups_) {
    if (&group.stream != &send || group.stream.cancelled()) continue;
    give_up(group);
    return;
  }
}

}  // namespace pixelpass::tunnel
