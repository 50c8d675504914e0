#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/playback/output.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pixelpass::playback {

/// A notice about a recording that goes on.
struct RecordingNotice {
  std::string what;
  std::string hint;
};

/// What a recording does with an existing file that has content. kKept: it takes the next numbered name
/// ("film-2.mkv") that is empty and has no other recording. A file that is not regular (a FIFO) has nothing
/// to keep.
enum class OlderFile : std::uint8_t { kRefused, kReplaced, kKept };

/// Writes the broadcast, from the newest group on, to a file (`--record`) or a pipe (`--stdout`): whole
/// frames only, with the discontinuity indicator where something was skipped. Files are written on threads of
/// their own. A full pipe, and a disk that does not keep up, make it skip groups: the caller never waits,
/// except in a destruction without finish(), which waits for what is left. Thread: network. `broadcast`
/// outlives it.
class StreamWriter : public Output {
 public:
  /// Creates the file, readable by its owner alone; an older one that may be replaced is emptied only when
  /// the first frame comes. A file that is not regular (a FIFO) is written like a pipe. Throws StartupError
  /// when it cannot be opened, another StreamWriter (of any process) has it, or an older one is refused; if
  /// that is kept, `path` becomes the name that was taken. `on_error` is called at most once, on `io`, not
  /// after destruction: the disk is full, the reader has gone. Nothing more is written then. `on_notice`
  /// says that the disk does not keep up: on `io`, not after destruction.
  static std::unique_ptr<StreamWriter> to_file(boost::asio::io_context& io, std::string& path,
                                               OlderFile older, const Broadcast& broadcast,
                                               std::function<void(Error)> on_error,
                                               std::function<void(RecordingNotice)> on_notice);
  /// The same in the format of the name's ending (recording_format.hpp). A stream whose tracks change
  /// continues in another Matroska or MP4; `on_notice` tells that, and what is left out. Throws also if
  /// GStreamer lacks a plugin.
  static std::unique_ptr<StreamWriter> record(boost::asio::io_context& io, std::string& path, OlderFile older,
                                              const Broadcast& broadcast, std::function<void(Error)> on_error,
                                              std::function<void(RecordingNotice)> on_notice);
  /// `fd` stays the caller's, with its blocking mode unchanged; SIGPIPE is ignored from now on. A redirection
  /// into a file is written like a file. A reader that has gone got what it wanted: `on_error` then has
  /// ExitCode::kDone, and only then.
  static std::unique_ptr<StreamWriter> to_descriptor(boost::asio::io_context& io, int fd,
                                                     const Broadcast& broadcast,
                                                     std::function<void(Error)> on_error,
                                                     std::function<void(RecordingNotice)> on_notice);
  /// The last call: nothing more of the broadcast is written. `done` comes on `io`, not after destruction,
  /// when what is left has been written or cannot be, or a deadline (seven seconds without any progress) has
  /// passed, with what went wrong where on_error has not told of it; neither that nor on_notice comes any
  /// more. A pipe's reader has half a second for it.
  virtual void finish(std::function<void(std::optional<Error>)> done) = 0;
  /// Once `done` has come: a library, or the disk, hangs in its end. Its destructor leaves that behind, and
  /// from then on the process may only end without destroying what it uses (_exit(2)).
  [[nodiscard]] virtual bool hangs() const { return false; }
  [[nodiscard]] bool in_use() const override { return true; }
  [[nodiscard]] virtual std::uint64_t bytes_written() const = 0;
};

}  // namespace pixelpass::playback
