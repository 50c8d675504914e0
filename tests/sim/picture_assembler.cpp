#include "picture_assembler.hpp"

#include <utility>

namespace pixelpass::sim {
namespace {

constexpr std::uint8_t kFuA = 28;
constexpr std::uint8_t kSequenceSet = 7;
constexpr Duration kPatience = 500ms;
constexpr Duration kAskMissingAgain = 60ms;
constexpr Duration kAskKeyframeAgain = 1s;
constexpr std::size_t kMostAsked = 200;

std::uint8_t type_of(const Bytes& payload) {
  return payload.empty() ? 0 : payload[0] & 0x1f;
}

}  // namespace

std::uint64_t PictureAssembler::index_of(std::uint16_t sequence) const {
  if (!newest_) return (std::uint64_t{1} << 16) + sequence;
  const auto ahead = static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(*newest_));
  return *newest_ + static_cast<std::uint64_t>(std::int64_t{ahead});
}

void PictureAssembler::on_packet(std::uint16_t sequence, std::uint32_t timestamp, bool marker, Bytes payload,
                                 Instant now) {
  const auto index = index_of(sequence);
  if (!first_) first_ = index;
  if (!newest_ || index > *newest_) newest_ = index;
  asked_.erase(index);
  if (next_ && index < *next_) return;
  if (pieces_.emplace(index, Piece{timestamp, marker, std::move(payload)}).second) ++received_;
  if (!next_) {
    next_since_ = now;
    begin_at_keyframe();
  }
  show_complete(now);
}

/// With the first packet of one, which is its sequence parameter set.
void PictureAssembler::begin_at_keyframe() {
  for (const auto& [index, piece] : pieces_) {
    if (type_of(piece.payload) != kSequenceSet) continue;
    next_ = index;
    break;
  }
  if (next_) pieces_.erase(pieces_.begin(), pieces_.find(*next_));
}

void PictureAssembler::append(Bytes& picture, const Bytes& payload) {
  constexpr std::uint8_t kStartCode[]{0, 0, 0, 1};
  const bool is_fragment = type_of(payload) == kFuA && payload.size() > 2;
  if (!is_fragment || (payload[1] & 0x80) != 0)
    picture.insert(picture.end(), std::begin(kStartCode), std::end(kStartCode));
  if (is_fragment && (payload[1] & 0x80) != 0)
    picture.push_back(static_cast<std::uint8_t>((payload[0] & 0xe0) | (payload[1] & 0x1f)));
  picture.insert(picture.end(), payload.begin() + (is_fragment ? 2 : 0), payload.end());
}

void PictureAssembler::show_complete(Instant now) {
  while (next_) {
    auto end = pieces_.find(*next_);
    auto index = *next_;
    const auto timestamp = end != pieces_.end() ? end->second.timestamp : 0;
    const auto is_next = [&] { return end != pieces_.end() && end->first == index; };
    while (is_next() && end->second.timestamp == timestamp && !end->second.marker) ++end, ++index;
    if (!is_next()) return;
    if (end->second.timestamp != timestamp) {
      // The rest of it was never sent: what follows is a keyframe.
      pieces_.erase(pieces_.begin(), end);
      next_.reset();
      begin_at_keyframe();
      continue;
    }
    ShownPicture picture;
    picture.timestamp = end->second.timestamp;
    picture.shown_at = now;
    ++end;
    for (auto piece = pieces_.begin(); piece != end; ++piece) append(picture.bytes, piece->second.payload);
    pieces_.erase(pieces_.begin(), end);
    next_ = index + 1;
    next_since_ = now;
    if (!keeps) pictures_.clear();
    pictures_.push_back(std::move(picture));
  }
}

void PictureAssembler::give_up(Instant now) {
  const bool waits = next_ && newest_ && *newest_ + 1 - *next_ > pieces_.size();
  if (!waits || now - next_since_ < kPatience) return;
  asked_.clear();
  // It may be a keyframe that lacks a packet.
  pieces_.erase(pieces_.begin(), pieces_.upper_bound(*next_));
  next_.reset();
  begin_at_keyframe();
  show_complete(now);
}

std::vector<std::uint16_t> PictureAssembler::missing(Instant now) {
  give_up(now);
  std::vector<std::uint16_t> all;
  if (!next_ || !newest_) return all;
  for (auto index = *next_; index < *newest_ && all.size() < kMostAsked; ++index) {
    if (pieces_.contains(index)) continue;
    auto& asked = asked_[index];
    if (asked != Instant{} && now - asked < kAskMissingAgain) continue;
    asked = now;
    all.push_back(static_cast<std::uint16_t>(index));
  }
  return all;
}

bool PictureAssembler::needs_keyframe(Instant now) {
  if (next_ || !newest_ || now - asked_keyframe_at_ < kAskKeyframeAgain) return false;
  asked_keyframe_at_ = now;
  return true;
}

std::uint32_t PictureAssembler::lost() const {
  if (!first_) return 0;
  return static_cast<std::uint32_t>(*newest_ - *first_ + 1 - received_);
}

}  // namespace pixelpass::sim
