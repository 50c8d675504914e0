#include "encode/input_report.hpp"

#include "pixelpass/mpegts/ts_tables.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace pixelpass::encode {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::size_t at = 0;
  std::string_view bytes;
  std::string_view name;
};

/// Longer magics come before those that they begin with.
constexpr std::array kMagics{
    Magic{0, "\x1A\x45\xDF\xA3"sv, "Matroska (MKV, WebM)"sv},
    Magic{4, "ftyp"sv, "MP4 or MOV"sv},
    Magic{0, "FLV\x01"sv, "FLV"sv},
    Magic{8, "AVI "sv, "AVI"sv},
    Magic{8, "WAVE"sv, "WAV (sound)"sv},
    Magic{0, "OggS"sv, "Ogg"sv},
    Magic{0, "\x00\x00\x01\xBA"sv, "an MPEG programme stream (MPG, VOB)"sv},
    Magic{0, "\x00\x00\x00\x01"sv, "bare H.264 or H.265, without MPEG-TS around it"sv},
    Magic{0, "\x00\x00\x01"sv, "bare video, without MPEG-TS around it"sv},
    Magic{0, "YUV4MPEG2"sv, "raw pictures (Y4M)"sv},
    Magic{0, "\x30\x26\xB2\x75"sv, "ASF (WMV)"sv},
    Magic{0, "DKIF"sv, "IVF (VP8, VP9, AV1)"sv},
    Magic{0, "nut/multimedia container"sv, "NUT"sv},
    Magic{0, "ID3"sv, "MP3 (sound)"sv},
    Magic{0, "\xFF\xFB"sv, "MP3 (sound)"sv},
    Magic{0, "\xFF\xF1"sv, "AAC (sound)"sv},
    Magic{0, "\xFF\xF9"sv, "AAC (sound)"sv},
    Magic{0, "\x0B\x77"sv, "Dolby (sound)"sv},
    Magic{0, "fLaC"sv, "FLAC (sound)"sv},
    Magic{0, "\x89PNG"sv, "a PNG picture"sv},
    Magic{0, "\xFF\xD8\xFF"sv, "a JPEG picture"sv},
    Magic{0, "GIF8"sv, "a GIF picture"sv},
    Magic{0, "#EXTM3U"sv, "a playlist (M3U), which names where the stream is"sv},
    Magic{8, "WEBP"sv, "a WebP picture"sv},
    Magic{0, "\x80\x21"sv, "RTP packets with MPEG-TS in them"sv},
    Magic{0, "\x80\xA1"sv, "RTP packets with MPEG-TS in them"sv},
    Magic{0, "\x1F\x8B"sv, "a compressed file (gzip)"sv},
    Magic{0, "\x28\xB5\x2F\xFD"sv, "a compressed file (zstd)"sv},
    Magic{0, "\xFD\x37zXZ"sv, "a compressed file (xz)"sv},
    Magic{0, "BZh"sv, "a compressed file (bzip2)"sv},
    Magic{0, "PK\x03\x04"sv, "a ZIP file"sv},
};

bool is_text(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) {
    return std::isprint(byte) != 0 || std::isspace(byte) != 0 || byte >= 0x80;
  });
}

/// stream_type by ISO/IEC 13818-1 table 2-34, ATSC A/53 and Blu-ray, which uses for DTS-HD the value that
/// ATSC and SCTE 35 use for data.
std::string_view name_of_type(std::uint8_t type) {
  switch (type) {
    case 0x03:
    case 0x04:
      return "MP3 or MP2 sound";
    case 0x0F:
    case 0x11:
      return "AAC sound";
    case 0x81:
    case 0x84:
    case 0x87:
    case 0xA1:
      return "Dolby sound";
    case 0x80:
      return "LPCM sound";
    case 0x82:
    case 0x85:
    case 0x8A:
    case 0xA2:
      return "DTS sound";
    case 0x83:
      return "TrueHD sound";
    case 0x06:
      return "private data";
    case 0x05:
    case 0x0B:
    case 0x0C:
    case 0x0D:
      return "data";
    case 0x86:
      return "data or DTS-HD sound";
    default:
      return "something unknown";
  }
}

std::string counted(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what);
}

/// Names each type once.
std::string names_of(const std::vector<std::uint8_t>& stream_types) {
  std::vector<std::string_view> names;
  for (const std::uint8_t type : stream_types)
    if (const auto name = name_of_type(type); std::ranges::count(names, name) == 0) names.push_back(name);
  std::string kinds;
  for (const auto name : names) kinds += (kinds.empty() ? "" : ", ") + std::string(name);
  return kinds;
}

std::string kinds_of(const mpegts::ProgramMap::Program& program) {
  if (!program.has_table) return "its table (PMT) never came";
  if (program.stream_types.empty()) return "it has no tracks";
  return names_of(program.stream_types);
}

}  // namespace

std::string name_of_input(ByteView begins) {
  if (begins.empty()) return "nothing";
  const std::string_view text = as_text(begins);
  for (const Magic& magic : kMagics)
    if (text.size() >= magic.at && text.substr(magic.at).starts_with(magic.bytes))
      return std::string(magic.name);
  return is_text(begins) ? "text" : "something unknown";
}

std::string name_of_programs(const std::vector<mpegts::ProgramMap::Program>& programs) {
  if (programs.empty()) return "no programme (its first table, PAT, never came)";
  const auto encrypted = static_cast<std::size_t>(std::ranges::count_if(
      programs, [](const auto& program) { return program.video && program.scrambled; }));
  if (programs.size() == 1)
    return "1 programme: " +
           (encrypted == 1 ? std::string("its picture is encrypted") : kinds_of(programs[0]));
  std::string found = counted(programs.size(), "programmes: ");
  const std::size_t without = programs.size() - encrypted;
  if (without > 0) found += counted(without, "without a picture");
  if (encrypted > 0) found += (without > 0 ? ", " : "") + counted(encrypted, "encrypted");
  return found;
}

std::string name_of_lost_tracks(const mpegts::ProgramMap::Program& program) {
  std::vector<std::uint8_t> lost;
  for (std::size_t i = 0; i < program.pids.size(); ++i) {
    if (is_video(static_cast<StreamType>(program.stream_types[i]))) continue;
    if (std::ranges::count(program.known, program.pids[i]) > 0) return {};
    lost.push_back(program.stream_types[i]);
  }
  return names_of(lost);
}

}  // namespace pixelpass::encode
