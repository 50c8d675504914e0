#include "pixelpass/mpegts/program_map.hpp"

#include "pixelpass/mpegts/known_tracks.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::mpegts {
namespace {

/// One packet with a PAT that names one programme.
Bytes pat_of(std::uint16_t stream_id, std::uint8_t version, std::uint16_t number, std::uint16_t pmt_pid) {
  Bytes section = begin_section(kPatTableId, stream_id, version);
  put16(section, number);
  put_pid(section, pmt_pid);
  const TsPacket packet = table_packet(kPatPid, std::move(section));
  return {packet.begin(), packet.end()};
}

}  // namespace

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
  if (!is_current(section, kPatTableId, kTableHeaderBytes)) return;
  const std::uint8_t number = section[6];
  if (number == 0) announced_.clear();
  // Accepting sections with one missing would remove that one's programmes.
  if (number != 0 && number != next_section_) return;
  next_section_ = static_cast<std::uint8_t>(number + 1);
  for (std::size_t at = kTableHeaderBytes; at + kPatEntryBytes + kTableCrcBytes <= section.size();
       at += kPatEntryBytes) {
    const auto program = bits16(section, at);
    const bool is_network = program == 0;
    if (is_network || announced_.size() == kMaxPrograms) continue;
    announced_.emplace_back();
    announced_.back().number = program;
    announced_.back().pmt_pid = pid_at(section, at + 2);
  }
  const bool last = number >= section[7];
  if (!last) return;
  stream_id_ = bits16(section, 3);
  pat_packets_.assign(packets.begin(), packets.end());
  set_programs(std::exchange(announced_, {}));
}

/// Replaces the list of programmes, and keeps what is known of those that stay.
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
  if (!is_current(section, kPmtTableId, kPmtHeaderBytes)) return;
  Program* program = find(pid, bits16(section, 3));
  if (program == nullptr) return;
  const auto before = program->video;
  program->has_table = true;
  program->pcr_pid = pid_at(section, 8);
  program->packets.assign(packets.begin(), packets.end());
  program->stream_types.clear();
  program->pids.clear();
  const auto known = read_pmt(section, pid);
  program->known = known ? known->pids : std::vector<std::uint16_t>();
  program->video.reset();
  const std::size_t end = section.size() - kTableCrcBytes;
  std::size_t at = kPmtHeaderBytes + length_at(section, kPmtHeaderBytes - 2);
  for (; at + kPmtEntryBytes <= end; at += kPmtEntryBytes + length_at(section, at + 3)) {
    program->stream_types.push_back(section[at]);
    program->pids.push_back(pid_at(section, at + 1));
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

/// Derives the rest from the programmes and the choice among them.
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

}  // namespace pixelpass::mpegts
