#include "pixelpass/mpegts/ts_splitter.hpp"

#include "mpegts/pes_insertion.hpp"
#include "mpegts/pes_reading.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace pixelpass::mpegts {
namespace {

std::uint8_t raise(std::uint8_t header, std::size_t by) {
  return static_cast<std::uint8_t>((header & 0xF0) | ((header + by) & 0x0F));
}

/// Raises the counters of this PID's packets in `packets`, from `from` on.
void raise_counters(Bytes& packets, std::size_t from, std::uint16_t pid, std::size_t by) {
  for (std::size_t at = from; at < packets.size(); at += kTsPacketBytes)
    if (TsPacketView(packets.data() + at).pid() == pid) packets[at + 3] = raise(packets[at + 3], by);
}

}  // namespace

TsSplitter::Status TsSplitter::feed(ByteView bytes, Instant now, const OnFrame& on_frame) {
  now_ = now;
  framing_.feed(bytes);
  for (auto step = framing_.next(); step != TsFraming::Step::kNeedMore; step = framing_.next()) {
    if (step == TsFraming::Step::kPacket)
      on_packet(framing_.packet(), on_frame);
    else
      drop_pending();
  }
  counters_.syncs_lost = framing_.syncs_lost();
  if (framing_.is_lost()) return Status::kNotTransportStream;
  if (!program_.video() && before_video_ > limits_.video_within) return Status::kNoVideo;
  return Status::kOk;
}

TsSplitter::Status TsSplitter::end(const OnFrame& on_frame) {
  const bool cut_off = pes_left_ && *pes_left_ > 0;
  if (!cut_off) emit(pending_.size(), on_frame);
  if (!framing_.ever_in_sync()) return Status::kNotTransportStream;
  return program_.video() ? Status::kOk : Status::kNoVideo;
}

bool TsSplitter::may_be_whole() const {
  if (pending_.empty() || (pes_left_ && *pes_left_ > 0)) return false;
  return picture_ != kNowhere ? filled_up_ : !waiting_ && tables_ != 0;
}

void TsSplitter::idle(const OnFrame& on_frame) {
  if (may_be_whole())
    emit(picture_ != kNowhere ? pending_.size() : std::min(tables_, pending_.size()), on_frame);
}

void TsSplitter::drop_pending() {
  gap_ |= counters_.frames > 0;
  waiting_ = true;
  pending_.clear();
  picture_ = kNowhere;
  tables_ = kNowhere;
  pes_left_.reset();
  filled_up_ = false;
}

bool TsSplitter::is_table(std::uint16_t pid) const {
  return pid <= kLastTablePid || pid == kNullPid || program_.is_pmt(pid);
}

void TsSplitter::on_packet(TsPacketView packet, const OnFrame& on_frame) {
  program_.feed(packet);
  const auto video = program_.video();
  before_video_ = video ? 0 : before_video_ + kTsPacketBytes;
  if (!program_.is_wanted(packet.pid())) return;
  if (!is_table(packet.pid()) && repeated_.repeats(packet)) return;
  const bool is_video = video && packet.pid() == video->pid;
  if (is_video && packet.starts_unit()) {
    begin_picture(packet, on_frame);
  } else if (waiting_ && picture_ == kNowhere && !is_table(packet.pid())) {
    // Without a start, nobody could begin with these bytes.
    pending_.clear();
    tables_ = kNowhere;
    return;
  }
  append(packet);
  if (is_video && packet.has_payload()) filled_up_ = packet.is_stuffed();
  if (is_video) count_video(packet.payload().size(), on_frame);
  const std::size_t tables = program_.pat_packets().size() + program_.pmt_packets().size();
  if (pending_.size() + tables > limits_.frame_bytes) {
    ++counters_.frames_too_long;
    drop_pending();
  }
}

/// Begins a picture. Tables directly before it belong to it, everything earlier to the frame that ends here.
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
  if (raised_ > 0 && pid == sets_pid_)
    raise_counters(pending_, pending_.size() - kTsPacketBytes, pid, raised_);
}

void TsSplitter::count_video(std::size_t payload_bytes, const OnFrame& on_frame) {
  if (!pes_left_ || picture_ == kNowhere) return;
  *pes_left_ -= std::min(*pes_left_, payload_bytes);
  if (*pes_left_ == 0) emit(pending_.size(), on_frame);
}

bool TsSplitter::read_picture(std::size_t& bytes) {
  const auto video = program_.video();
  if (!video || picture_ >= bytes) return false;
  if (std::exchange(sets_pid_, video->pid) != video->pid) {
    sets_ = ParameterSets();
    raised_ = 0;
  }
  const ByteView packets = ByteView(pending_).subspan(picture_, bytes - picture_);
  const ElementaryStart start = elementary_start(packets, video->pid);
  const auto picture = sets_.read(start.bytes, video->type);
  const bool keyframe = picture.enters || TsPacketView(packets.data()).random_access();
  if (keyframe && !picture.has_all && sets_.complete(video->type))
    insert_sets(start.pes_header_bytes + picture.insert_at, bytes);
  return keyframe;
}

void TsSplitter::insert_sets(std::size_t at, std::size_t& bytes) {
  const Bytes sets = sets_.all();
  const auto end = pending_.begin() + static_cast<std::ptrdiff_t>(bytes);
  const auto begin = pending_.begin() + static_cast<std::ptrdiff_t>(picture_);
  Insertion done = insert_into_pes(ByteView(begin, end), at, sets);
  const std::size_t added = done.added_packets * kTsPacketBytes;
  const std::size_t tables = program_.pat_packets().size() + program_.pmt_packets().size();
  if (done.packets.empty() || pending_.size() + added + tables > limits_.frame_bytes) return;
  raise_counters(done.packets, done.behind, sets_pid_, done.added_packets);
  raised_ = static_cast<std::uint8_t>((raised_ + done.added_packets) & 0x0F);
  const Bytes behind(end, pending_.end());
  pending_.resize(picture_);
  pending_.insert(pending_.end(), done.packets.begin(), done.packets.end());
  pending_.insert(pending_.end(), behind.begin(), behind.end());
  bytes += added;
  if (tables_ != kNowhere && tables_ > picture_) tables_ += added;
}

/// Takes the first `bytes` of pending_ out as a frame; what is behind them stays.
void TsSplitter::emit(std::size_t bytes, const OnFrame& on_frame) {
  const bool keyframe = read_picture(bytes);
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
  filled_up_ = false;
}

bool TsSplitter::begins_with_tables() const {
  if (TsPacketView(pending_.data()).pid() != kPatPid) return false;
  for (std::size_t at = kTsPacketBytes; at < picture_; at += kTsPacketBytes) {
    const TsPacketView packet(pending_.data() + at);
    if (program_.is_pmt(packet.pid()) && packet.starts_unit()) return true;
  }
  return false;
}

SharedBytes TsSplitter::copy_pending(std::size_t bytes, bool with_tables) {
  const ByteView pat = with_tables ? program_.pat_packets() : ByteView{};
  const ByteView pmt = with_tables ? program_.pmt_packets() : ByteView{};
  const std::size_t total = pat.size() + pmt.size() + bytes;
  auto memory = std::make_shared_for_overwrite<std::uint8_t[]>(total);
  std::uint8_t* out = std::copy(pat.begin(), pat.end(), memory.get());
  if (!pat.empty() && program_.has_others()) memory[3] = raise(memory[3], pat_counter_++);
  out = std::copy(pmt.begin(), pmt.end(), out);
  std::copy_n(pending_.data(), bytes, out);
  const ByteView view(memory.get(), total);
  return {std::move(memory), view};
}

}  // namespace pixelpass::mpegts
