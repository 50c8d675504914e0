#include "pixelpass/playback/stream_writer.hpp"

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/own_file.hpp"
#include "pixelpass/playback/frame_feed.hpp"

#include "playback/error_report.hpp"
#include "playback/file_writer.hpp"
#include "playback/recording_file.hpp"
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <signal.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace pixelpass::playback {
namespace {

namespace asio = boost::asio;

/// How long a pipe's reader may take for the rest: the same as a player.
constexpr Duration kTimeForTheRest = 500ms;

/// Writes what a pipe takes, and waits on the io_context for the rest.
class PipeWriter final : public StreamWriter {
 public:
  /// `restore_flags`: the flags to restore on the open file at the end; -1: the flags are only ours.
  PipeWriter(asio::io_context& io, Descriptor fd, int restore_flags, const Broadcast& broadcast,
             ErrorReport report)
      : pipe_(io, fd.release()),
        patience_(io),
        restore_flags_(restore_flags),
        feed_(broadcast, FrameFeed::kMaxGroupsBehind),
        report_(std::move(report)) {}

  ~PipeWriter() override {
    if (feed_.mid_frame()) pump();
    if (restore_flags_ >= 0) ::fcntl(pipe_.native_handle(), F_SETFL, restore_flags_);
  }

  void on_broadcast() override { pump(); }
  void finish(std::function<void(std::optional<Error>)> done) override;
  [[nodiscard]] std::uint64_t bytes_written() const override { return bytes_; }

 private:
  void pump();
  void wait_writable();
  void end();

  asio::posix::stream_descriptor pipe_;
  asio::steady_timer patience_;  ///< with a reader who has not taken all of it at the end
  int restore_flags_;
  FrameFeed feed_;
  ErrorReport report_;
  std::function<void(std::optional<Error>)> done_;  ///< from finish() until the rest is written
  bool waiting_ = false;
  std::uint64_t bytes_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
};

void PipeWriter::finish(std::function<void(std::optional<Error>)> done) {
  done_ = std::move(done);
  patience_.expires_after(kTimeForTheRest);
  patience_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](boost::system::error_code error) {
    if (error || alive.expired()) return;
    waiting_ = false;
    pump();  // it may have read meanwhile, of which we have not heard
    if (!done_) return;
    report_.give_up();
    end();
  });
  pump();
}

void PipeWriter::end() {
  patience_.cancel();
  report_.finish(std::exchange(done_, {}));
}

void PipeWriter::pump() {
  while (!waiting_ && !report_.failed()) {
    const auto pieces = feed_.pieces();
    if (pieces.empty()) break;
    const auto written = ::writev(pipe_.native_handle(), pieces.data(), static_cast<int>(pieces.size()));
    if (written > 0) {
      bytes_ += static_cast<std::uint64_t>(written);
      feed_.consume(static_cast<std::size_t>(written));
    } else if (written < 0 && errno == EAGAIN) {
      wait_writable();
    } else if (written < 0 && errno != EINTR) {
      report_.fail(errno);
    }
  }
  if (done_ && !waiting_) end();
}

void PipeWriter::wait_writable() {
  waiting_ = true;
  pipe_.async_wait(asio::posix::stream_descriptor::wait_write,
                   [this, alive = std::weak_ptr<bool>(alive_)](boost::system::error_code error) {
                     if (error || alive.expired()) return;
                     waiting_ = false;
                     pump();
                   });
}

/// The same pipe or terminal, opened again: it has flags of its own, so making it non-blocking does not
/// affect others that share ours (a shell). -1: a socket, which cannot be opened again.
Descriptor reopened(int fd) {
  const std::string self = "/proc/self/fd/" + std::to_string(fd);
  return Descriptor(::open(self.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

std::unique_ptr<StreamWriter> pipe_writer(asio::io_context& io, int fd, const Broadcast& broadcast,
                                          ErrorReport report) {
  // Pipes have no MSG_NOSIGNAL: a reader's end is an error to handle, and must not kill us.
  ::signal(SIGPIPE, SIG_IGN);
  Descriptor own = reopened(fd);
  if (own.get() >= 0)
    return std::make_unique<PipeWriter>(io, std::move(own), -1, broadcast, std::move(report));
  Descriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  const int flags = ::fcntl(copy.get(), F_GETFL);
  if (flags < 0 || ::fcntl(copy.get(), F_SETFL, flags | O_NONBLOCK) < 0)
    throw cannot_write("descriptor " + std::to_string(fd), errno);
  return std::make_unique<PipeWriter>(io, std::move(copy), flags, broadcast, std::move(report));
}

}  // namespace

std::unique_ptr<StreamWriter> StreamWriter::to_file(asio::io_context& io, std::string& path, OlderFile older,
                                                    const Broadcast& broadcast,
                                                    std::function<void(Error)> on_error,
                                                    std::function<void(RecordingNotice)> on_notice) {
  Descriptor fd = open_recording(path, older);
  ErrorReport report(io, path, std::move(on_error));
  if (!is_regular(fd.get())) return pipe_writer(io, fd.get(), broadcast, std::move(report));
  return std::make_unique<FileWriter>(
      io, std::move(fd), FileWriter::Before::kReplaced, broadcast, std::move(report),
      [on_notice = std::move(on_notice)] { on_notice(disk_too_slow("the recording")); });
}

std::unique_ptr<StreamWriter> StreamWriter::to_descriptor(asio::io_context& io, int fd,
                                                          const Broadcast& broadcast,
                                                          std::function<void(Error)> on_error,
                                                          std::function<void(RecordingNotice)> on_notice) {
  const std::string name = fd == STDOUT_FILENO ? "standard output" : "descriptor " + std::to_string(fd);
  // Checked now: a pipe opened again might accept writes that lead nowhere.
  if (const int flags = ::fcntl(fd, F_GETFL); flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
    throw StartupError(name + " is closed, or open to read alone", "redirect it to a file or a pipe");
  ErrorReport report(io, name, std::move(on_error), ExitCode::kDone);
  if (!is_regular(fd)) return pipe_writer(io, fd, broadcast, std::move(report));
  // A redirection into a file: the copy shares the file position (and O_APPEND).
  Descriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (copy.get() < 0) throw cannot_write(name, errno);
  return std::make_unique<FileWriter>(
      io, std::move(copy), FileWriter::Before::kKept, broadcast, std::move(report),
      [name, on_notice = std::move(on_notice)] { on_notice(disk_too_slow("what goes to " + name)); });
}

}  // namespace pixelpass::playback
