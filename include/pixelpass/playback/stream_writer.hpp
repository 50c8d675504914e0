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

/// What a person is told of a recording that goes on.
struct RecordingNotice {
  std::string what;
  std::string hint;
};

/// What a recording does about a file that has something in it. kKept: it takes the next name with a number
/// ("film-2.mkv") that has nothing in it and no other recording. What is not a regular file (a FIFO) has
/// nothing to be kept.
enum class OlderFile : std::uint8_t { kRefused, kReplaced, kKept };

/// Writes the broadcast, from the newest group on, to a file (`--record`) or to a pipe (`--stdout`), whole
/// frames only, with the discontinuity indicator where something was skipped. A pipe that is full makes it
/// skip groups, never wait; a file is written in full. Thread: network. `broadcast` outlives it.
class StreamWriter : public Output {
 public:
  /// Creates the file, readable by its owner alone; an older one that may be replaced is emptied when the
  /// first frame comes, not before. What is not a regular file (a FIFO) is written to as a pipe. Throws
  /// StartupError when it cannot be opened, another StreamWriter (of any process) has it, or an older one is
  /// refused; where that is kept, `path` becomes the name that was taken. `on_error` comes at most once, on
  /// `io`, not after destruction: the disk is full, the reader has gone. Nothing more is written then.
  static std::unique_ptr<StreamWriter> to_file(boost::asio::io_context& io, std::string& path,
                                               OlderFile older, const Broadcast& broadcast,
                                               std::function<void(Error)> on_error);
  /// The same with the format that the name's ending says (recording_format.hpp). Matroska and MP4 are muxed,
  /// and written, on threads of their own: a disk that does not keep up costs the recording groups, never the
  /// caller time, but for a destruction without finish(), which waits for what is left. A stream whose tracks
  /// change goes on in another file; `on_notice` says so, as it says what is left out: on `io`, not after
  /// destruction. Throws also where GStreamer lacks a plugin.
  static std::unique_ptr<StreamWriter> record(boost::asio::io_context& io, std::string& path, OlderFile older,
                                              const Broadcast& broadcast, std::function<void(Error)> on_error,
                                              std::function<void(RecordingNotice)> on_notice);
  /// `fd` stays the caller's, and its blocking mode as it was; SIGPIPE is ignored from now on. A redirection
  /// into a file is written in full, like a file. A reader that has gone has had what it wanted: `on_error`'s
  /// has ExitCode::kDone then, and no other has.
  static std::unique_ptr<StreamWriter> to_descriptor(boost::asio::io_context& io, int fd,
                                                     const Broadcast& broadcast,
                                                     std::function<void(Error)> on_error);
  /// The last call: nothing more of the broadcast is written. `done` comes on `io`, not after destruction,
  /// when what is left has been written or cannot be, or a deadline (seven seconds) has passed, with what
  /// went wrong where on_error has not told of it; neither that nor on_notice comes any more. A pipe's reader
  /// has half a second for it.
  virtual void finish(std::function<void(std::optional<Error>)> done) = 0;
  /// Once `done` has come: a library, or the disk, hangs in its end. Its destructor leaves that behind, and
  /// from then on the process may only end without destroying what it uses (_exit(2)).
  [[nodiscard]] virtual bool hangs() const { return false; }
  [[nodiscard]] bool in_use() const override { return true; }
  [[nodiscard]] virtual std::uint64_t bytes_written() const = 0;
};

}  // namespace pixelpass::playback
