#include "pixelpass/base/wake_up.hpp"

#include "pixelpass/base/error.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace pixelpass {

WakeUp::WakeUp() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0)
    throw StartupError("no eventfd: " + std::generic_category().message(errno), "close some programs");
}

WakeUp::~WakeUp() {
  close(fd_);
}

void WakeUp::ring() const {
  eventfd_write(fd_, 1);
}

void WakeUp::clear() const {
  eventfd_t count = 0;
  eventfd_read(fd_, &count);
}

}  // namespace pixelpass
