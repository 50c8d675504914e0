#include "pixelpass/base/address_space.hpp"

#include <sys/mman.h>

#include <string>

namespace pixelpass {

bool can_have_address_space(std::size_t bytes) {
  void* const reserved = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return false;
  munmap(reserved, bytes);
  return true;
}

Error too_little_address_space(std::size_t needed) {
  const std::string least = std::to_string(needed >> 20);
  return {"less than " + least + " MiB of memory can be had here, and that much is needed at least",
          "raise the limit: ulimit -v says what it is in KiB; of a service, LimitAS"};
}

}  // namespace pixelpass
