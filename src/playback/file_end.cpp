#include "playback/file_end.hpp"

#include "pixelpass/gst/hand_over.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace pixelpass::playback {

FileEnd::FileEnd(Descriptor fd, std::atomic<std::uint64_t>& written, std::function<void(int)> on_error)
    : fd_(std::move(fd)),
      deletion_(fd_.get()),
      written_(written),
      on_error_(std::move(on_error)),
      goes_back_(is_regular(fd_.get())),
      to_empty_(goes_back_) {
  // A FIFO's reader that goes is an error to handle, not a reason to die.
  ::signal(SIGPIPE, SIG_IGN);
}

void FileEnd::write(ByteView bytes, std::optional<std::uint64_t> at) {
  if (error_ != 0) return;
  if (std::exchange(to_empty_, false) && ::ftruncate(fd_.get(), 0) < 0) return fail(errno);
  if (at && goes_back_) go_to(*at);
  while (!bytes.empty() && error_ == 0) write_some(bytes);
}

void FileEnd::write_some(ByteView& bytes) {
  constexpr int kLookUpAfterMs = 100;
  const auto size = [&] {
    const gst::ReadsOfGstMemory reads;
    return ::write(fd_.get(), bytes.data(), bytes.size());
  }();
  if (size > 0) {
    at_ += static_cast<std::uint64_t>(size);
    if (at_ > end_) written_ += at_ - std::exchange(end_, at_);
    bytes = bytes.subspan(static_cast<std::size_t>(size));
    if (const int deleted = deletion_.look(fd_.get())) fail(deleted);
    return;
  }
  if (size == 0 || errno == EINTR) return;
  if (errno != EAGAIN) return fail(errno);
  if (given_up_) return fail(ETIMEDOUT);
  pollfd writable{.fd = fd_.get(), .events = POLLOUT, .revents = 0};
  ::poll(&writable, 1, kLookUpAfterMs);
}

void FileEnd::go_to(std::uint64_t at) {
  if (::lseek(fd_.get(), static_cast<off_t>(at), SEEK_SET) < 0) return fail(errno);
  at_ = at;
}

void FileEnd::fail(int error) {
  error_ = error;
  on_error_(error);
}

}  // namespace pixelpass::playback
