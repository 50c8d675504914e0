#include "pixelpass/base/inspection.hpp"

#include <sys/prctl.h>

#include <cstdlib>

namespace pixelpass {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
constexpr bool kIsSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kIsSanitized = false;
#endif

bool is_debugged() {
  const char* value = std::getenv("PIXELPASS_DUMPABLE");
  return value != nullptr && *value != '\0';
}

}  // namespace

void forbid_inspection() {
  // Fails for no reason that prctl(2) knows of; there would be nothing to do about it.
  if (!kIsSanitized && !is_debugged()) prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace pixelpass
