#include "pixelpass/encode/ts_splitter.hpp"

#include "pixelpass/encode/random_access.hpp"

#include <algorithm>
#include <memory>

namespace pixelpass::encode {
namespace {

/// This many sync bytes in a row, a packet apart, are a run of packets: by chance once in 2^40 places.
constexpr std::size_t kSyncPackets = 5;
constexpr std::size_t kSyncWindow = (kSyncPackets - 1) * kTsPacketBytes;

}  // namespace

TsSplitter::Status TsSplitter::feed(ByteView bytes, Instant now, const OnFrame& on_frame) {
  now_ = now;
  input_.insert(input_.end(), bytes.begin(), bytes.end());
  std::size_t at = 0;
  while (in_sync_ || find_sync(at)) {
    if (input_.size() - at < kTsPacketBytes) break;
    if (input_[at] != kTsSyncByte) {
      lose_sync();
      continue;
    }
    on_packet(TsPacketView(input_.data() + at), on_frame);
    at += kTsPacketBytes;
  }
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(at));
  if (!in_sync_ && unsynced_ > limits_.unsynced_bytes) return Status::kNotTransportStream;
  if (!program_.video() && before_video_ > limits_.video_within) return Status::kNoVideo;
  return Status::kOk;
}

TsSplitter::Status TsSplitter::end(const OnFrame& on_frame) {
  const bool cut_off = pes_left_ && *pes_left_ > 0;
  if (!cut_off) emit(pending_.size(), on_frame);
  if (!ever_in_sync_) return Status::kNotTransportStream;
  return program_.video() ? Status::kOk : Status::kNoVideo;
}

bool TsSplitter::find_sync(std::size_t& at) {
  for (; at + kSyncWindow < input_.size(); ++at, ++unsynced_) {
    bool found = true;
    for (std::size_t i = 0; i <= kSyncWindow && found; i += kTsPacketBytes)
      found = input_[at + i] == kTsSyncByte;
    if (!found) continue;
    in_sync_ = true;
    ever_in_sync_ = true;
    unsynced_ = 0;
    return true;
  }
  return false;
}

void TsSplitter::lose_sync() {
  in_sync_ = false;
  ++counters_.syncs_lost;
  drop_pending();
}

void TsSplitter::drop_pending() {
  gap_ |= counters_.frames > 0;
  waiting_ = true;
  pending_.clear();
  picture_ = kNowhere;
  tables_ = kNowhere;
  pes_left_.reset();
}

bool TsSplitter::is_table(std::uint16_t pid) const {
  return pid <= kLastTablePid || pid == kNullPid || program_.is_pmt(pid);
}

void TsSplitter::on_packet(TsPacketView packet, const OnFrame& on_frame) {
  program_.feed(packet);
  const auto video = program_.video();
  before_video_ = video ? 0 : before_video_ + kTsPacketBytes;
  const bool is_video = video && packet.pid() == video->pid;
  if (is_video && packet.starts_unit()) {
    begin_picture(packet, on_frame);
  } else if (waiting_ && picture_ == kNowhere && !is_table(packet.pid())) {
    // Nothing that nobody can begin with is kept.
    pending_.clear();
    tables_ = kNowhere;
    return;
  }
  append(packet);
  if (is_video) count_video(packet.payload().size(), on_frame);
  const std::size_t tables = program_.pat_packets().size() + program_.pmt_packets().size();
  if (pending_.size() + tables > limits_.frame_bytes) {
    ++counters_.frames_too_long;
    drop_pending();
  }
}

/// The tables that directly precede a picture belong to it, and all before them to the frame that ends here.
void TsSplitter::begin_picture(TsPacketView packet, const OnFrame& on_frame) {
  emit(std::min(tables_, pending_.size()), on_frame);
  picture_ = pending_.size();
  pending_at_ = now_;
  const std::size_t bytes = pes_packet_bytes(packet.payload());
  pes_left_ = bytes > 0 ? std::optional(bytes) : std::nullopt;
}

void TsSplitter::append(TsPacketView packet) {
  const std::uint16_t pid = packet.pid();
  if (!is_table(pid)) {
    tables_ = kNowhere;
  } else if (pid == kPatPid && packet.starts_unit() && tables_ == kNowhere) {
    tables_ = pending_.size();
  }
  if (pending_.empty()) pending_at_ = now_;
  const ByteView bytes = packet.bytes();
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
}

void TsSplitter::count_video(std::size_t payload_bytes, const OnFrame& on_frame) {
  if (!pes_left_ || picture_ == kNowhere) return;
  *pes_left_ -= std::min(*pes_left_, payload_bytes);
  if (*pes_left_ == 0) emit(pending_.size(), on_frame);
}

bool TsSplitter::is_keyframe(std::size_t bytes) const {
  const auto video = program_.video();
  return video && picture_ < bytes &&
         is_random_access(ByteView(pending_).subspan(picture_, bytes - picture_), *video);
}

/// Takes the first `bytes` of pending_ out as a frame; what is behind them stays.
void TsSplitter::emit(std::size_t bytes, const OnFrame& on_frame) {
  const bool keyframe = is_keyframe(bytes);
  const bool wanted = bytes > 0 && (keyframe || !waiting_);
  if (wanted) {
    Frame frame{copy_pending(bytes, keyframe && !begins_with_tables()), pending_at_, keyframe, gap_};
    counters_.groups += keyframe ? 1 : 0;
    ++counters_.frames;
    waiting_ = false;
    gap_ = false;
    on_frame(std::move(frame));
  } else {
    gap_ |= bytes > 0 && counters_.frames > 0;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(bytes));
  tables_ = tables_ == kNowhere || tables_ < bytes ? kNowhere : tables_ - bytes;
  picture_ = kNowhere;
  pes_left_.reset();
}

bool TsSplitter::begins_with_tables() const {
  if (TsPacketView(pending_.data()).pid() != kPatPid) return false;
  for (std::size_t at = kTsPacketBytes; at < picture_; at += kTsPacketBytes) {
    const TsPacketView packet(pending_.data() + at);
    if (program_.is_pmt(packet.pid()) && packet.starts_unit()) return true;
  }
  return false;
}

SharedBytes TsSplitter::copy_pending(std::size_t bytes, bool with_tables) const {
  const ByteView pat = with_tables ? program_.pat_packets() : ByteView{};
  const ByteView pmt = with_tables ? program_.pmt_packets() : ByteView{};
  const std::size_t total = pat.size() + pmt.size() + bytes;
  auto memory = std::make_shared_for_overwrite<std::uint8_t[]>(total);
  std::uint8_t* out = std::copy(pat.begin(), pat.end(), memory.get());
  out = std::copy(pmt.begin(), pmt.end(), out);
  std::copy_n(pending_.data(), bytes, out);
  const ByteView view(memory.get(), total);
  return {std::move(memory), view};
}

}  // namespace pixelpass::encode
