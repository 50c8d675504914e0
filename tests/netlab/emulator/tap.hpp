#pragma once

#include <string>

namespace netlab {

/// A new TAP device, up, in the network namespace at this path: its descriptor, which does not block. What
/// the kernel sends over the device is read from it, a whole Ethernet frame at a time. Throws
/// std::system_error.
int open_tap(const std::string& name_space, const std::string& device);

}  // namespace netlab
