#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/base/own_file.hpp"
#include "pixelpass/playback/stream_writer.hpp"

#include <string>

namespace pixelpass::playback {

/// Creates the file, readable by its owner alone, or opens what is there, with all that is in it. Never
/// waits: not for a FIFO's reader either. Where an older one is kept, `path` becomes the name that was taken.
/// Throws StartupError when it cannot be opened, another recording (of any process) is being written to it,
/// or there is something in it and that is refused; where it is kept, both lead to the next name.
Descriptor open_recording(std::string& path, OlderFile older);

/// Creates another file for what does not fit into the one at `path`: "film-2.mkv" for "film.mkv", or the
/// next number that no file has yet, up to 999. `path` becomes its name. Throws StartupError.
Descriptor open_next_recording(std::string& path, int& number);

bool is_regular(int fd);

/// Tells a file that somebody has deleted: what is written goes on, into what is lost with the last
/// descriptor, and no call says so. Whoever reads from a FIFO goes on reading without its name.
class DeletionWatch {
 public:
  explicit DeletionWatch(int fd);
  /// errno for it, which no write gives; 0: it is still there, or has had no name from the start.
  [[nodiscard]] int look(int fd) const;

 private:
  bool had_name_;
};

StartupError cannot_write(const std::string& name, int error);
/// While running.
Error writing_failed(const std::string& name, int error);

}  // namespace pixelpass::playback
