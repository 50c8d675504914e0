#include "pixelpass/mpegts/media_filter.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace pixelpass::mpegts {
namespace {

constexpr std::size_t kCounterAt = 3;

bool is_transport_stream(ByteView frame) {
  if (frame.empty() || frame.size() % kTsPacketBytes != 0) return false;
  for (std::size_t at = 0; at < frame.size(); at += kTsPacketBytes)
    if (frame[at] != kTsSyncByte) return false;
  return true;
}

bool is_scrambled(TsPacketView packet) {
  return (packet.bytes()[3] & 0xC0) != 0;
}

/// Whether the adaptation field ends within the packet, and there is payload or such a field at all.
bool is_well_formed(TsPacketView packet) {
  const std::uint8_t control = packet.bytes()[3] & 0x30;
  if (control == 0x10) return true;
  const std::size_t most = kTsPacketBytes - kTsHeaderBytes - 1 - (control == 0x30 ? 1 : 0);
  return control != 0 && packet.bytes()[4] <= most;
}

}  // namespace

class MediaFilter::Output {
 public:
  Output(ByteView frame, Counters& counters) : frame_(frame), counters_(counters) {}

  void keep(TsPacketView packet) {
    if (copying_)
      put(packet.bytes());
    else
      kept_ += kTsPacketBytes;
  }
  void drop() {
    ++counters_.packets_dropped;
    change();
  }
  /// Puts one of ours here.
  void insert(const TsPacket& packet) {
    change();
    put(packet);
  }
  [[nodiscard]] bool is_changed() const { return copying_; }
  [[nodiscard]] bool empty() const { return copying_ ? copy_.empty() : kept_ == 0; }
  Bytes take() { return std::move(copy_); }

 private:
  void change() {
    if (std::exchange(copying_, true)) return;
    constexpr std::size_t kTablesBytes = 4 * kTsPacketBytes;
    copy_.reserve(frame_.size() + kTablesBytes);
    put(frame_.first(kept_));
  }
  void put(ByteView bytes) { copy_.insert(copy_.end(), bytes.begin(), bytes.end()); }

  ByteView frame_;
  Counters& counters_;
  std::size_t kept_ = 0;  ///< bytes of the frame's start, unchanged
  bool copying_ = false;
  Bytes copy_;
};

bool MediaFilter::Table::is_same(TsPacketView theirs) const {
  if (packets.size() != 1) return false;
  const TsPacket& packet = packets.front();
  const ByteView bytes = theirs.bytes();
  if (!std::equal(bytes.begin(), bytes.begin() + kCounterAt, packet.begin()) ||
      (bytes[kCounterAt] & ~kCounterMask) != packet[kCounterAt] ||
      !std::equal(bytes.begin() + kCounterAt + 1, bytes.end(), packet.begin() + kCounterAt + 1))
    return false;
  // The same one again is allowed (2.4.3.3), and what a host does that sends a table once more.
  const bool is_again = repeats && theirs.counter() == counter;
  return !continues || is_again || theirs.counter() == ((counter + 1) & kCounterMask);
}

void MediaFilter::Table::set(std::uint16_t pid, Bytes section) {
  packets = table_packets(pid, std::move(section));
  known = true;
  repeats = false;
}

std::uint8_t MediaFilter::Table::next_version(std::uint8_t theirs) {
  const bool is_known_already = version == theirs;
  version = static_cast<std::uint8_t>(is_known_already ? (theirs + 1) & 0x1F : theirs);
  return *version;
}

void MediaFilter::Table::sent(std::uint8_t with_counter) {
  counter = with_counter;
  continues = true;
  in_group = true;
}

void MediaFilter::Table::put(Output& out) {
  repeats = false;
  for (TsPacket made : packets) {
    sent((counter + 1) & kCounterMask);
    made[kCounterAt] = static_cast<std::uint8_t>(made[kCounterAt] | counter);
    out.insert(made);
  }
}

std::optional<Frame> MediaFilter::pass(Frame frame) {
  if (waiting_ && !frame.keyframe) {
    ++counters_.frames_refused;
    return std::nullopt;
  }
  if (!is_transport_stream(frame.bytes.view())) return refuse(Refusal::kNotTransportStream);
  // The discontinuity that players are told covers the counters, too.
  if (frame.after_gap || gap_) pat_.continues = pmt_.continues = false;
  if (frame.keyframe) pat_.in_group = pmt_.in_group = false;
  Output out(frame.bytes.view(), counters_);
  for_each_packet(frame.bytes.view(), [&](TsPacketView packet) { filter_packet(packet, out); });
  if (frame.keyframe && (begins_group() || out.empty())) return refuse(Refusal::kNoKnownTrack);
  if (out.empty()) return std::nullopt;
  waiting_ = false;
  frame.after_gap |= std::exchange(gap_, false);
  ++counters_.frames_passed;
  if (out.is_changed()) {
    ++counters_.frames_changed;
    frame.bytes = SharedBytes::adopt(out.take());
  }
  return frame;
}

std::optional<Frame> MediaFilter::refuse(Refusal why) {
  refusal_ = why;
  waiting_ = true;
  gap_ = true;
  ++counters_.frames_refused;
  return std::nullopt;
}

void MediaFilter::filter_packet(TsPacketView packet, Output& out) {
  const Verdict verdict = packet.pid() == kPatPid ? Verdict::kPat : verdicts_[packet.pid()];
  if (verdict == Verdict::kDrop || is_scrambled(packet) || !is_well_formed(packet)) return out.drop();
  if (verdict == Verdict::kPat || verdict == Verdict::kPmt) return filter_table(packet, verdict, out);
  if (verdict == Verdict::kPcr && packet.has_payload()) return out.drop();
  if (begins_group()) put_missing_tables(out);
  out.keep(packet);
}

void MediaFilter::filter_table(TsPacketView packet, Verdict verdict, Output& out) {
  const bool is_pat = verdict == Verdict::kPat;
  // Ours goes where theirs has ended, which may have been longer.
  bool whole = false;
  (is_pat ? pat_sections_ : pmt_sections_).feed(packet, [&](ByteView section, ByteView /*packets*/) {
    whole |= is_pat ? on_pat(section) : on_pmt(section);
  });
  Table& table = is_pat ? pat_ : pmt_;
  if (!whole || !table.known) return out.drop();
  if (!is_pat && !pat_.in_group) pat_.put(out);
  if (table.is_same(packet)) {
    table.sent(packet.counter());
    table.repeats = true;
    return out.keep(packet);
  }
  table.put(out);
}

void MediaFilter::put_missing_tables(Output& out) {
  for (Table* table : {&pat_, &pmt_})
    if (!table->in_group) table->put(out);
}

bool MediaFilter::on_pat(ByteView section) {
  const auto place = read_pat(section);
  if (!place || place == place_) return place.has_value();
  if (place_ && place_->pmt_pid != place->pmt_pid) pmt_.continues = false;
  forget_tracks();
  pmt_sections_ = {};
  pat_.set(kPatPid, make_pat(*place, pat_.next_version(version_of(section))));
  place_ = place;
  verdicts_[place->pmt_pid] = Verdict::kPmt;
  return true;
}

bool MediaFilter::on_pmt(ByteView section) {
  assert(place_);
  auto tracks = read_pmt(section, place_->pmt_pid);
  if (!tracks || (place_->shares_pid && tracks->number != place_->number)) return false;
  tracks->number = place_->number;  // not every muxer gives it the number that it has in the PAT
  if (tracks == tracks_) return true;
  verdicts_.fill(Verdict::kDrop);
  verdicts_[place_->pmt_pid] = Verdict::kPmt;
  if (tracks->pcr_pid != kNullPid) verdicts_[tracks->pcr_pid] = Verdict::kPcr;
  for (const std::uint16_t pid : tracks->pids) verdicts_[pid] = Verdict::kTrack;
  pmt_.set(place_->pmt_pid, make_pmt(*tracks, pmt_.next_version(version_of(section))));
  pmt_.known = !tracks->pids.empty();
  tracks_ = std::move(tracks);
  return true;
}

void MediaFilter::forget_tracks() {
  verdicts_.fill(Verdict::kDrop);
  tracks_.reset();
  pmt_.known = false;
}

}  // namespace pixelpass::mpegts
