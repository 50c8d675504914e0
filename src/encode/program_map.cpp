#include "pixelpass/encode/program_map.hpp"

#include <boost/crc.hpp>

#include <algorithm>
#include <utility>

namespace pixelpass::encode {
namespace {

using TableCrc = boost::crc_optimal<32, 0x04C11DB7, 0xFFFFFFFF, 0, false, false>;

constexpr std::size_t kMaxSectionBytes = 1024;  ///< of PAT and PMT
constexpr std::size_t kLengthEndsAt = 3;        ///< table_id, section_length
constexpr std::size_t kTableHeaderBytes = 8;    ///< up to last_section_number
constexpr std::size_t kPmtHeaderBytes = 12;     ///< up to program_info_length

/// 12 bits of a length, or 13 of a PID: the bits above are reserved.
std::uint16_t bits(ByteView bytes, std::size_t at, std::uint8_t mask_of_first) {
  return static_cast<std::uint16_t>((bytes[at] & mask_of_first) << 8 | bytes[at + 1]);
}
std::uint16_t length12(ByteView bytes, std::size_t at) {
  return bits(bytes, at, 0x0F);
}
std::uint16_t pid13(ByteView bytes, std::size_t at) {
  return bits(bytes, at, 0x1F);
}

/// The table is the one that applies now, not an announcement.
bool is_current(ByteView section, std::uint8_t table_id, std::size_t at_least) {
  return section.size() >= at_least + kTsTableCrcBytes && section[0] == table_id && (section[5] & 1) != 0;
}

bool is_video(StreamType type) {
  switch (type) {
    case StreamType::kMpeg1Video:
    case StreamType::kMpeg2Video:
    case StreamType::kMpeg4Video:
    case StreamType::kH264:
    case StreamType::kH265:
    case StreamType::kH266:
      return true;
    case StreamType::kAacAdts:
      return false;
  }
  return false;
}

/// One packet with a PAT that names one programme.
Bytes pat_of(std::uint16_t stream_id, std::uint8_t version, std::uint16_t number, std::uint16_t pmt_pid) {
  const auto high = [](std::uint16_t value) { return static_cast<std::uint8_t>(value >> 8); };
  const auto low = [](std::uint16_t value) { return static_cast<std::uint8_t>(value); };
  Bytes packet{kTsSyncByte,
               0x40,
               0,
               0x10,
               0,
               kPatTableId,
               0xB0,
               13,
               high(stream_id),
               low(stream_id),
               static_cast<std::uint8_t>(0xC1 | version << 1),
               0,
               0,
               high(number),
               low(number),
               static_cast<std::uint8_t>(0xE0 | high(pmt_pid)),
               low(pmt_pid)};
  constexpr std::size_t kSectionAt = 5;
  TableCrc crc;
  crc.process_bytes(packet.data() + kSectionAt, packet.size() - kSectionAt);
  for (int shift = 24; shift >= 0; shift -= 8)
    packet.push_back(static_cast<std::uint8_t>(crc.checksum() >> shift));
  packet.resize(kTsPacketBytes, 0xFF);
  return packet;
}

}  // namespace

void SectionReader::begin(ByteView payload, TsPacketView packet) {
  partial_.assign(payload.begin(), payload.end());
  packets_.assign(packet.bytes().begin(), packet.bytes().end());
}

/// One section that is whole, or that never will be, off partial_; false when there is none.
bool SectionReader::take(const OnSection& on_section) {
  constexpr std::uint8_t kStuffing = 0xFF;
  if (partial_.size() < kLengthEndsAt || partial_[0] == kStuffing) return false;
  const std::size_t length = kLengthEndsAt + length12(partial_, 1);
  if (length > kMaxSectionBytes) {
    partial_.clear();
    return false;
  }
  if (partial_.size() < length) return false;
  TableCrc crc;
  crc.process_bytes(partial_.data(), length);
  if (crc.checksum() == 0)  // over the CRC itself: nothing is left
    on_section(ByteView(partial_).first(length), packets_);
  partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(length));
  return true;
}

void SectionReader::feed(TsPacketView packet, const OnSection& on_section) {
  ByteView payload = packet.payload();
  if (payload.empty() || packet.is_scrambled()) return;
  const std::size_t pointer = packet.starts_unit() ? std::size_t{1} + payload[0] : payload.size();
  if (pointer > payload.size()) {
    packets_.clear();
    return;
  }
  if (!packets_.empty()) {
    const ByteView rest =
        payload.subspan(packet.starts_unit() ? 1 : 0, pointer - (packet.starts_unit() ? 1 : 0));
    partial_.insert(partial_.end(), rest.begin(), rest.end());
    packets_.insert(packets_.end(), packet.bytes().begin(), packet.bytes().end());
    const bool ended = take(on_section);
    // A section that begins in the packet in which another ends has a pointer to it.
    if (ended || partial_.empty() || partial_.size() > kMaxSectionBytes) packets_.clear();
  }
  if (!packet.starts_unit()) return;
  begin(payload.subspan(pointer), packet);
  while (take(on_section)) {
  }
  if (partial_.empty() || partial_[0] == 0xFF) packets_.clear();
}

void ProgramMap::feed(TsPacketView packet) {
  const std::uint16_t pid = packet.pid();
  if (pid == kPatPid) {
    pat_.feed(packet, [this](ByteView section, ByteView packets) { on_pat(section, packets); });
  } else if (const auto table = tables_.find(pid); table != tables_.end()) {
    table->second.feed(packet,
                       [this, pid](ByteView section, ByteView packets) { on_pmt(pid, section, packets); });
  } else if (video_pids_.test(pid)) {
    note_scrambling(packet);
  }
}

void ProgramMap::on_pat(ByteView section, ByteView packets) {
  constexpr std::size_t kEntryBytes = 4;
  if (!is_current(section, kPatTableId, kTableHeaderBytes)) return;
  const std::uint8_t number = section[6];
  if (number == 0) announced_.clear();
  // One that is missing would take its programmes away.
  if (number != 0 && number != next_section_) return;
  next_section_ = static_cast<std::uint8_t>(number + 1);
  for (std::size_t at = kTableHeaderBytes; at + kEntryBytes + kTsTableCrcBytes <= section.size();
       at += kEntryBytes) {
    const auto program = bits(section, at, 0xFF);
    const bool is_network = program == 0;
    if (is_network || announced_.size() == kMaxPrograms) continue;
    announced_.emplace_back();
    announced_.back().number = program;
    announced_.back().pmt_pid = pid13(section, at + 2);
  }
  const bool last = number >= section[7];
  if (!last) return;
  stream_id_ = bits(section, 3, 0xFF);
  pat_packets_.assign(packets.begin(), packets.end());
  set_programs(std::exchange(announced_, {}));
}

/// What is known of a programme that stays is kept.
void ProgramMap::set_programs(std::vector<Program> programs) {
  const std::optional<Program> before = chosen_ == kNone ? std::nullopt : std::optional(programs_[chosen_]);
  bool same = programs.size() == programs_.size();
  for (std::size_t i = 0; same && i < programs.size(); ++i)
    same = programs[i].number == programs_[i].number && programs[i].pmt_pid == programs_[i].pmt_pid;
  if (programs.empty()) return;
  if (same) return rebuild();
  chosen_ = kNone;
  std::map<std::uint16_t, SectionReader> tables;
  for (Program& program : programs) {
    Program* known = find(program.pmt_pid, program.number);
    if (known != nullptr && known->number == program.number) program = *known;
    if (before && before->number == program.number && before->pmt_pid == program.pmt_pid)
      chosen_ = static_cast<std::size_t>(&program - programs.data());
    tables.try_emplace(program.pmt_pid, std::move(tables_[program.pmt_pid]));
  }
  programs_ = std::move(programs);
  tables_ = std::move(tables);
  choose();
}

ProgramMap::Program* ProgramMap::find(std::uint16_t pid, std::uint16_t number) {
  Program* alone = nullptr;
  for (Program& program : programs_) {
    if (program.pmt_pid != pid) continue;
    if (program.number == number) return &program;
    if (alone != nullptr) return nullptr;
    alone = &program;  // not every muxer gives the table the number that it gave in the PAT
  }
  return alone;
}

void ProgramMap::on_pmt(std::uint16_t pid, ByteView section, ByteView packets) {
  constexpr std::size_t kEntryBytes = 5;
  if (!is_current(section, kPmtTableId, kPmtHeaderBytes)) return;
  Program* program = find(pid, bits(section, 3, 0xFF));
  if (program == nullptr) return;
  const auto before = program->video;
  program->has_table = true;
  program->pcr_pid = pid13(section, 8);
  program->packets.assign(packets.begin(), packets.end());
  program->stream_types.clear();
  program->pids.clear();
  program->video.reset();
  const std::size_t end = section.size() - kTsTableCrcBytes;
  std::size_t at = kPmtHeaderBytes + length12(section, kPmtHeaderBytes - 2);
  for (; at + kEntryBytes <= end; at += kEntryBytes + length12(section, at + 3)) {
    program->stream_types.push_back(section[at]);
    program->pids.push_back(pid13(section, at + 1));
    const auto type = static_cast<StreamType>(section[at]);
    if (!program->video && is_video(type)) program->video = VideoTrack{program->pids.back(), type};
  }
  if (!program->video || !before || before->pid != program->video->pid) program->scrambled = false;
  choose();
}

void ProgramMap::note_scrambling(TsPacketView packet) {
  if (!packet.has_payload()) return;
  bool changed = false;
  for (Program& program : programs_) {
    if (!program.video || program.video->pid != packet.pid()) continue;
    changed |= std::exchange(program.scrambled, packet.is_scrambled()) != packet.is_scrambled();
  }
  if (changed) choose();
}

void ProgramMap::choose() {
  const auto shows = [](const Program& program) { return program.video && !program.scrambled; };
  if (chosen_ == kNone || !shows(programs_[chosen_])) {
    const auto found = std::find_if(programs_.begin(), programs_.end(), shows);
    chosen_ = found == programs_.end() ? kNone : static_cast<std::size_t>(found - programs_.begin());
  }
  rebuild();
}

/// What follows from the programmes and the choice among them.
void ProgramMap::rebuild() {
  video_pids_.reset();
  others_.reset();
  for (const Program& program : programs_) {
    if (program.video) video_pids_.set(program.video->pid);
    others_.set(program.pmt_pid);
    others_.set(program.pcr_pid);
    for (const std::uint16_t pid : program.pids) others_.set(pid);
  }
  if (chosen_ == kNone) return;
  const Program& own = programs_[chosen_];
  others_.reset(own.pmt_pid);
  others_.reset(own.pcr_pid);
  for (const std::uint16_t pid : own.pids) others_.reset(pid);
  const std::tuple says(stream_id_, own.number, own.pmt_pid);
  if (own_says_ && own_says_ != says) own_version_ = static_cast<std::uint8_t>((own_version_ + 1) & 0x1F);
  own_says_ = says;
  own_pat_ = pat_of(stream_id_, own_version_, own.number, own.pmt_pid);
}

std::optional<ProgramMap::VideoTrack> ProgramMap::video() const {
  return chosen_ == kNone ? std::nullopt : programs_[chosen_].video;
}

std::uint16_t ProgramMap::pcr_pid() const {
  return chosen_ == kNone ? kNullPid : programs_[chosen_].pcr_pid;
}

bool ProgramMap::is_pmt(std::uint16_t pid) const {
  return chosen_ == kNone ? tables_.contains(pid) : programs_[chosen_].pmt_pid == pid;
}

bool ProgramMap::is_wanted(std::uint16_t pid) const {
  return !has_others() || !(others_.test(pid) || pid <= kLastTablePid || pid == kNullPid);
}

ByteView ProgramMap::pmt_packets() const {
  return chosen_ == kNone ? ByteView{} : ByteView(programs_[chosen_].packets);
}

}  // namespace pixelpass::encode
