#include "pixelpass/base/standard_descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace pixelpass {

void hold_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (::fcntl(fd, F_GETFD) < 0)
      static_cast<void>(::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR));  // the lowest is free
}

}  // namespace pixelpass
