#pragma once

#include "pixelpass/media/frame.hpp"

#include <string>
#include <vector>

namespace pixelpass::playback {

inline constexpr int kFramesPerSecond = 30;

/// A real stream, made by ffmpeg at test time: H.264 (about `megabits` a second) and AAC, a keyframe every
/// half second. Empty when there is no ffmpeg.
std::vector<Frame> make_frames(int seconds, int megabits = 1);

/// One Frame an access unit; a keyframe begins with PAT and PMT.
std::vector<Frame> split_frames(const Bytes& ts);

/// Standard output and error of a command; its exit code in `status`.
std::string run(const std::string& command, int* status = nullptr);
bool installed(const std::string& program);

Bytes read_file(const std::string& path);
void write_file(const std::string& path, const Bytes& bytes);

/// What `ffmpeg -v error` says while it decodes all of these bytes: nothing, if they are right.
std::string decode_complaints(const Bytes& ts);

/// A folder that goes with its object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace pixelpass::playback
