#include "pixelpass/base/machine_name.hpp"

#include <unistd.h>

#include <array>

namespace pixelpass {

std::string machine_name() {
  std::array<char, 64> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unnamed";
  return name.data();
}

}  // namespace pixelpass
