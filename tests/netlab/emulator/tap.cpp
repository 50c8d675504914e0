#include "tap.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace netlab {
namespace {

// Frames that wait in the device until we read them: a burst at gigabits.
constexpr int kDeviceQueue = 2000;

int checked(int result, const std::string& what) {
  if (result < 0) {
    throw std::system_error{errno, std::generic_category(), what};
  }
  return result;
}

ifreq named(const std::string& device) {
  ifreq request{};
  std::strncpy(request.ifr_name, device.c_str(), IFNAMSIZ - 1);
  return request;
}

void bring_up(const std::string& device) {
  const int any = checked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  auto request = named(device);
  request.ifr_qlen = kDeviceQueue;
  checked(ioctl(any, SIOCSIFTXQLEN, &request), device);
  request = named(device);
  checked(ioctl(any, SIOCGIFFLAGS, &request), device);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  checked(ioctl(any, SIOCSIFFLAGS, &request), device);
  close(any);
}

void enter(const std::string& name_space) {
  const int descriptor = checked(open(name_space.c_str(), O_RDONLY | O_CLOEXEC), name_space);
  checked(setns(descriptor, CLONE_NEWNET), name_space);
  close(descriptor);
}

}  // namespace

// It leaves this thread in that namespace, which matters to nobody: the descriptors are all that is used from
// here on.
int open_tap(const std::string& name_space, const std::string& device) {
  enter(name_space);
  const int tap = checked(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "/dev/net/tun");
  auto request = named(device);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  checked(ioctl(tap, TUNSETIFF, &request), device);
  bring_up(device);
  return tap;
}

}  // namespace netlab
