#include "refused_calls.hpp"

#include <dlfcn.h>
#include <pipewire/pipewire.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>

namespace pixelpass::capture::test {
namespace {

std::atomic<int> properties_left = 0;
std::atomic<int> activations_left = 0;
std::atomic<int> refusals = 0;

/// Whether this address is in the same file as this function: libpipewire's own calls, of whichever thread,
/// are not refused.
bool is_ours(const void* caller) {
  static const int here = 0;
  Dl_info ours{};
  Dl_info its{};
  return dladdr(&here, &ours) != 0 && dladdr(caller, &its) != 0 && ours.dli_fbase == its.dli_fbase;
}

bool is_refused(std::atomic<int>& left) {
  if (left <= 0) return false;
  --left;
  ++refusals;
  errno = ENOMEM;
  return true;
}

}  // namespace

void RefusedCalls::refuse_properties(int count) {
  refusals = 0;
  properties_left = count;
}

void RefusedCalls::refuse_set_active(int count) {
  refusals = 0;
  activations_left = count;
}

int RefusedCalls::refused() {
  return refusals;
}

}  // namespace pixelpass::capture::test

/// The program's own go before libpipewire's.
extern "C" __attribute__((visibility("default"))) pw_properties* pw_properties_new(const char* key, ...) {
  using namespace pixelpass::capture::test;
  if (is_ours(__builtin_return_address(0)) && is_refused(properties_left)) return nullptr;
  const spa_dict none{0, 0, nullptr};
  pw_properties* properties = pw_properties_new_dict(&none);
  std::va_list rest;
  va_start(rest, key);
  for (const char* at = key; at != nullptr; at = va_arg(rest, const char*))
    pw_properties_set(properties, at, va_arg(rest, const char*));
  va_end(rest);
  return properties;
}

extern "C" __attribute__((visibility("default"))) int pw_stream_set_active(pw_stream* stream, bool active) {
  using namespace pixelpass::capture::test;
  if (is_refused(activations_left)) return -ENOMEM;
  const auto real =
      reinterpret_cast<decltype(&pw_stream_set_active)>(dlsym(RTLD_NEXT, "pw_stream_set_active"));
  return real(stream, active);
}
