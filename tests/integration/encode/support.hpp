#pragma once

#include "pixelpass/encode/media_source.hpp"
#include "pixelpass/gst/gst.hpp"
#include "pixelpass/mpegts/ts_packet.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::encode::test {

/// Nothing here takes this long unless it hangs.
constexpr auto kPatience = 30s;

/// By the names that `--encoder` takes.
inline std::vector<std::string> encoders_here() {
  gst::start_gstreamer();
  std::vector<std::string> found;
  if (gst::has_element("x264enc")) found.emplace_back("x264");
  if (gst::has_element("openh264enc")) found.emplace_back("openh264");
  return found;
}

inline bool is_keyframe(const Frame& frame) {
  return frame.keyframe;
}
/// Of a stream that TsWriter has made: has packets of this track.
inline bool has_packets_of(const Frame& frame, std::uint16_t pid) {
  const ByteView bytes = frame.bytes.view();
  for (std::size_t at = 0; at + kTsPacketBytes <= bytes.size(); at += kTsPacketBytes)
    if (TsPacketView(bytes.data() + at).pid() == pid) return true;
  return false;
}
inline bool is_picture(const Frame& frame) {
  return has_packets_of(frame, 0x41);
}
inline bool is_audio(const Frame& frame) {
  return has_packets_of(frame, 0x42);
}

/// Takes what a source gives, on whatever thread, as a host does; a test waits for what it needs.
class Collector {
 public:
  explicit Collector(mpegts::TsWriter::Tracks tracks = {.video = true, .audio = false}) : writer_(tracks) {}

  MediaCallbacks callbacks() {
    return {[this](MediaUnit unit) {
              const std::lock_guard lock(mutex_);
              received_.push_back(Clock::now());
              if (const auto* const made = std::get_if<AccessUnit>(&unit)) {
                units_.push_back(*made);
                if (made->kind != AccessUnit::Kind::kOpus) frames_.push_back(writer_.write(*made));
              } else {
                frames_.push_back(std::get<Frame>(unit));
              }
              changed_.notify_all();
            },
            [this](Error error) {
              const std::lock_guard lock(mutex_);
              ended_ = std::move(error);
              changed_.notify_all();
            },
            [this](StreamDescription description) {
              const std::lock_guard lock(mutex_);
              described_.emplace_back(frames_.size(), std::move(description));
              changed_.notify_all();
            },
            [this](Error notice) {
              const std::lock_guard lock(mutex_);
              notices_.push_back(std::move(notice));
              changed_.notify_all();
            }};
  }

  /// Until there are `count` frames that `counts` says yes to; false when that takes too long.
  template <class Predicate>
  bool wait_for(std::size_t count, Predicate counts, Duration patience = kPatience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] {
      return static_cast<std::size_t>(std::count_if(frames_.begin(), frames_.end(), counts)) >= count;
    });
  }
  /// The same of what encoders made.
  template <class Predicate>
  bool wait_for_units(std::size_t count, Predicate counts) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] {
      return static_cast<std::size_t>(std::count_if(units_.begin(), units_.end(), counts)) >= count;
    });
  }
  bool wait_for_frames(std::size_t count, Duration patience = kPatience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return frames_.size() >= count; });
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return frames_.size();
  }
  bool has_ended() {
    const std::lock_guard lock(mutex_);
    return ended_.has_value();
  }
  std::optional<Error> wait_for_end() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return ended_.has_value(); });
    return ended_;
  }
  bool wait_for_description(std::size_t count = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return described_.size() >= count; });
  }
  bool wait_for_notice() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return !notices_.empty(); });
  }
  /// Each with the number of frames that came before it.
  std::vector<std::pair<std::size_t, StreamDescription>> described() {
    const std::lock_guard lock(mutex_);
    return described_;
  }
  std::vector<Error> notices() {
    const std::lock_guard lock(mutex_);
    return notices_;
  }
  std::vector<Frame> frames() {
    const std::lock_guard lock(mutex_);
    return frames_;
  }
  /// Frames that do not follow the one before.
  std::size_t gaps() {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count(frames_, true, &Frame::after_gap));
  }
  /// From the `gap`th frame on that does not follow the one before, once there are `count` of these.
  std::vector<Frame> frames_after_gap(std::size_t gap, std::size_t count) {
    std::vector<Frame> found;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] {
      std::size_t gaps = 0;
      const auto begin = std::find_if(frames_.begin(), frames_.end(), [&](const Frame& frame) {
        gaps += frame.after_gap ? 1 : 0;
        return gaps == gap;
      });
      found.assign(begin, frames_.end());
      return found.size() >= count;
    });
    return found;
  }
  /// From the newest description on.
  std::vector<Frame> frames_as_described() {
    const std::lock_guard lock(mutex_);
    const auto from = described_.empty() ? 0 : described_.back().first;
    return {frames_.begin() + static_cast<std::ptrdiff_t>(from), frames_.end()};
  }
  /// What an encoder made.
  std::vector<AccessUnit> units() {
    const std::lock_guard lock(mutex_);
    return units_;
  }
  std::vector<Instant> received() {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    frames_.clear();
    units_.clear();
    received_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  mpegts::TsWriter writer_;
  std::vector<Frame> frames_;
  std::vector<AccessUnit> units_;
  std::vector<Instant> received_;
  std::optional<Error> ended_;
  std::vector<std::pair<std::size_t, StreamDescription>> described_;
  std::vector<Error> notices_;
};

inline Bytes joined(const std::vector<Frame>& frames, std::size_t from = 0) {
  Bytes all;
  for (std::size_t i = from; i < frames.size(); ++i)
    all.insert(all.end(), frames[i].bytes.view().begin(), frames[i].bytes.view().end());
  return all;
}

/// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "pixelpass-encode-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string write(const std::string& name, const Bytes& bytes) const {
    std::ofstream(file(name), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

inline Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  Bytes bytes(static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0)));
  file.seekg(0).read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

struct Ran {
  int status = -1;
  std::string output;  ///< both streams
};

/// Runs a shell command to its end; `timeout` sees to it that there is one. Sanitizers are for our own code.
inline Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = popen(("exec 2>&1; unset LD_PRELOAD; timeout 60 " + command).c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe))
    ran.output.append(buffer.data(), got);
  ran.status = WEXITSTATUS(pclose(pipe));
  return ran;
}

inline bool has_program(const std::string& name) {
  return run("sh -c 'command -v " + name + "'").status == 0;
}

inline long lines_of(const std::string& text, const std::string& line) {
  long count = 0;
  for (std::size_t at = text.find(line); at != std::string::npos; at = text.find(line, at + 1)) ++count;
  return count;
}

}  // namespace pixelpass::encode::test

/// Skips the test, saying what to install.
#define PIXELPASS_NEEDS(program, package)             \
  if (!pixelpass::encode::test::has_program(program)) \
  GTEST_SKIP() << "needs " program ": apt install " package
