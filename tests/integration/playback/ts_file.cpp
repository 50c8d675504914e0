#include "ts_file.hpp"

#include "pixelpass/mpegts/discontinuity.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace pixelpass::playback {
namespace {

constexpr int kPatPid = 0;
constexpr int kSdtPid = 0x11;
constexpr int kFirstStreamPid = 0x100;  // ffmpeg's: video, then audio

struct Packet {
  explicit Packet(ByteView bytes)
      : pid((bytes[1] & 0x1f) << 8 | bytes[2]),
        unit_start((bytes[1] & 0x40) != 0),
        random_access((bytes[3] & 0x20) != 0 && bytes[4] > 0 && (bytes[5] & 0x40) != 0) {}

  int pid;
  bool unit_start;
  bool random_access;
};

}  // namespace

std::vector<Frame> split_frames(const Bytes& ts) {
  std::vector<Frame> frames;
  Bytes current;
  bool has_stream = false;
  bool keyframe = false;
  const auto finish = [&] {
    if (current.empty()) return;
    frames.push_back(
        {.bytes = SharedBytes::adopt(std::move(current)), .captured_at = {}, .keyframe = keyframe});
    current = {};
    has_stream = keyframe = false;
  };
  for (std::size_t at = 0; at + kTsPacketBytes <= ts.size(); at += kTsPacketBytes) {
    const auto bytes = ByteView(ts).subspan(at, kTsPacketBytes);
    const Packet packet(bytes);
    const bool tables = packet.pid == kPatPid || packet.pid == kSdtPid;
    if (has_stream && (tables || (packet.unit_start && packet.pid >= kFirstStreamPid))) finish();
    has_stream = has_stream || packet.pid == kFirstStreamPid || packet.pid == kFirstStreamPid + 1;
    if (packet.pid == kFirstStreamPid && packet.random_access) keyframe = true;
    current.insert(current.end(), bytes.begin(), bytes.end());
  }
  finish();
  return frames;
}

std::vector<Frame> make_frames(int seconds, int megabits) {
  if (!installed("ffmpeg")) return {};
  const TemporaryFolder folder;
  const std::string length = std::to_string(seconds);
  const std::string rate = std::to_string(megabits) + "M";
  run("ffmpeg -v error -f lavfi -i testsrc2=size=320x240:rate=30:duration=" + length +
      ",noise=alls=60:allf=t -f lavfi -i sine=frequency=440:duration=" + length +
      " -c:v libx264 -preset ultrafast -tune zerolatency -g 15 -b:v " + rate + " -maxrate " + rate +
      " -bufsize " + rate +
      " -pix_fmt yuv420p -c:a aac -b:a 64k -mpegts_flags +pat_pmt_at_frames -muxdelay 0" + " -f mpegts " +
      folder.file("made.ts"));
  return split_frames(read_file(folder.file("made.ts")));
}

std::string run(const std::string& command, int* status) {
  const auto close = [](FILE* file) { pclose(file); };
  std::unique_ptr<FILE, decltype(close)> pipe(popen((command + " 2>&1").c_str(), "r"), close);
  if (!pipe) throw std::runtime_error("popen failed");
  std::string text;
  std::array<char, 4096> buffer;
  while (const auto size = fread(buffer.data(), 1, buffer.size(), pipe.get()))
    text.append(buffer.data(), size);
  const int ended = pclose(pipe.release());
  if (status != nullptr) *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
  return text;
}

bool installed(const std::string& program) {
  int status = 0;
  run("command -v " + program, &status);
  return status == 0;
}

Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const Bytes& bytes) {
  const auto text = as_text(bytes);
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::string decode_complaints(const Bytes& ts) {
  const TemporaryFolder folder;
  write_file(folder.file("in.ts"), ts);
  return run("ffmpeg -v error -f mpegts -i " + folder.file("in.ts") + " -f null -");
}

TemporaryFolder::TemporaryFolder() {
  std::string path = std::filesystem::temp_directory_path() / "pixelpass-test-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = path;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace pixelpass::playback
