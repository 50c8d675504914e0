#include "pixelpass/mpegts/ts_demuxer.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace pixelpass::mpegts {
namespace {

std::vector<ElementaryTrack> tracks_of(const KnownTracks& known) {
  std::vector<ElementaryTrack> tracks;
  for (ByteView rest = known.entries; rest.size() >= kPmtEntryBytes;) {
    tracks.push_back({pid_at(rest, 1), static_cast<StreamType>(rest[0])});
    rest = rest.subspan(std::min<std::size_t>(kPmtEntryBytes + length_at(rest, 3), rest.size()));
  }
  return tracks;
}

bool follows(TsPacketView packet, TsPacketView before) {
  return packet.discontinuity() || packet.counter() == ((before.counter() + 1) & kCounterMask);
}

/// What follows the header, without a copy.
SharedBytes without_header(Bytes packet, std::size_t header_bytes) {
  const auto whole = std::make_shared<const Bytes>(std::move(packet));
  return {whole, ByteView(*whole).subspan(header_bytes)};
}

}  // namespace

void TsDemuxer::feed(const Frame& frame, const OnUnit& on_unit) {
  if (frame.after_gap) on_gap(on_unit);
  for_each_packet(frame.bytes.view(), [&](TsPacketView packet) { feed(packet, frame.keyframe, on_unit); });
}

void TsDemuxer::feed(TsPacketView packet, bool begins_group, const OnUnit& on_unit) {
  if (packet.pid() == kPatPid)
    return pat_.feed(packet, [this](ByteView section, ByteView /*packets*/) {
      if (const auto place = read_pat(section)) place_ = place;
    });
  if (place_ && packet.pid() == place_->pmt_pid)
    return pmt_.feed(packet, [this](ByteView section, ByteView /*packets*/) { on_pmt(section); });
  const ElementaryTrack* track = find(packet.pid());
  if (track == nullptr || !packet.has_payload()) return;
  Packet& pending = packets_[track->pid];
  const auto before = pending.last;
  if (before && std::ranges::equal(*before, packet.bytes())) return;  // once more (2.4.3.3)
  copy_bytes(packet.bytes(), pending.last.emplace().data());
  if (before && !follows(packet, TsPacketView(before->data()))) {
    pending.bytes.clear();
    pending.gap = true;
  }
  if (packet.starts_unit()) {
    emit(*track, pending, on_unit);
    pending.keyframe = begins_group && is_video(track->type);
  } else if (pending.bytes.empty()) {
    return;  // its start is missing, or it is whole already
  }
  append(*track, pending, packet.payload(), on_unit);
}

void TsDemuxer::append(const ElementaryTrack& track, Packet& packet, ByteView payload,
                       const OnUnit& on_unit) {
  packet.bytes.insert(packet.bytes.end(), payload.begin(), payload.end());
  if (packet.bytes.size() > most_unit_bytes()) {
    packet.bytes.clear();
    packet.gap = true;
    return;
  }
  const auto start = parse_pes_start(packet.bytes);
  if (!start || start->packet_bytes == 0 || packet.bytes.size() < start->packet_bytes) return;
  packet.bytes.resize(start->packet_bytes);
  emit(track, packet, on_unit);
}

void TsDemuxer::emit(const ElementaryTrack& track, Packet& packet, const OnUnit& on_unit) {
  Bytes bytes = std::exchange(packet.bytes, {});
  if (bytes.empty()) return;
  const auto start = parse_pes_start(bytes);
  const bool is_cut = start && start->packet_bytes > bytes.size();
  if (!start || !start->pts || is_cut || start->elementary_at >= bytes.size()) {
    packet.gap = true;
    return;
  }
  on_unit({.track = track,
           .bytes = without_header(std::move(bytes), start->elementary_at),
           .pts = *start->pts,
           .dts = start->dts.value_or(*start->pts),
           .keyframe = packet.keyframe,
           .after_gap = std::exchange(packet.gap, false)});
}

void TsDemuxer::flush(const OnUnit& on_unit) {
  for (const ElementaryTrack& track : tracks_) emit(track, packets_[track.pid], on_unit);
}

/// Gaps come only between complete frames, so a unit of unknown length has ended.
void TsDemuxer::on_gap(const OnUnit& on_unit) {
  flush(on_unit);
  for (auto& [pid, packet] : packets_) packet = {.bytes = {}, .keyframe = false, .gap = true, .last = {}};
}

void TsDemuxer::on_pmt(ByteView section) {
  const auto known = read_pmt(section, place_->pmt_pid);
  if (!known || (place_->shares_pid && known->number != place_->number)) return;
  auto tracks = tracks_of(*known);
  if (tracks == tracks_) return;
  tracks_ = std::move(tracks);
  std::erase_if(packets_, [this](const auto& entry) { return find(entry.first) == nullptr; });
}

std::size_t TsDemuxer::most_unit_bytes() const {
  return std::min(kMostUnitBytes, kMostHeldBytes / std::max<std::size_t>(tracks_.size(), 1));
}

const ElementaryTrack* TsDemuxer::find(std::uint16_t pid) const {
  const auto found = std::ranges::find(tracks_, pid, &ElementaryTrack::pid);
  return found == tracks_.end() ? nullptr : &*found;
}

}  // namespace pixelpass::mpegts
