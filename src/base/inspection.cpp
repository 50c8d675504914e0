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
  // prctl(2) names no reason for which this could fail, and nothing could be done about it.
  if (!kIsSanitized && !is_debugged()) prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace pixelpass
