#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/base/own_file.hpp"
#include "pixelpass/playback/stream_writer.hpp"

#include <string>

namespace pixelpass::playback {

/// Creates the file, readable by its owner alone, or opens the existing one with its content. Never waits,
/// not for a FIFO's reader either. If an older file is to be kept, `path` becomes the name that was taken.
/// Throws StartupError when it cannot be opened, another recording (of any process) has it, or it has content
/// and that is refused; if it is to be kept, the last two lead to the next name.
Descriptor open_recording(std::string& path, OlderFile older);

/// Creates another file for what does not fit into the one at `path`: "film-2.mkv" for "film.mkv", or the
/// next free number, up to 999. `path` becomes its name. Throws StartupError.
Descriptor open_next_recording(std::string& path, int& number);

bool is_regular(int fd);

/// Notices that somebody has deleted the file: writes still succeed, but are lost with the last descriptor. A
/// FIFO without its name still works.
class DeletionWatch {
 public:
  explicit DeletionWatch(int fd);
  /// An errno for a deleted file, which no write gives; 0: it is there, or never had a name.
  [[nodiscard]] int look(int fd) const;

 private:
  bool had_name_;
};

StartupError cannot_write(const std::string& name, int error);
/// The error while running.
Error writing_failed(const std::string& name, int error);
/// `what`: "the recording".
RecordingNotice disk_too_slow(const std::string& what);

}  // namespace pixelpass::playback
