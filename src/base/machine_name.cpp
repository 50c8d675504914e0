#include "pixelpass/base/machine_name.hpp"

#include <unistd.h>

#include <array>

namespace pixelpass {

std::string machine_name() {
  std::array<char, 65> name{};  // Linux' __NEW_UTS_LEN is 64; the last byte stays zero
  if (gethostname(name.data(), name.size()) != 0 || name.front() == '\0') return "unnamed";
  return name.data();
}

}  // namespace pixelpass
