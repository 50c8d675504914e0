#include "refused_calls.hpp"

#include <dlfcn.h>
#include <gst/gst.h>
#include <pipewire/pipewire.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>

namespace pixelpass::capture::test {
namespace {

std::array<std::atomic<int>, static_cast<std::size_t>(Call::kCount)> left{};
std::atomic<int> refusals = 0;

/// Whether this address is in the same file as this function: libpipewire's own calls, of whichever thread,
/// are not refused.
bool is_ours(const void* caller) {
  static const int here = 0;
  Dl_info ours{};
  Dl_info its{};
  return dladdr(&here, &ours) != 0 && dladdr(caller, &its) != 0 && ours.dli_fbase == its.dli_fbase;
}

bool is_refused(Call call, const void* caller) {
  auto& of_call = left[static_cast<std::size_t>(call)];
  if (of_call <= 0 || !is_ours(caller)) return false;
  --of_call;
  ++refusals;
  errno = ENOMEM;
  return true;
}

template <class Function>
Function* real(Function* /*ours*/, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

void RefusedCalls::refuse(Call call, int count) {
  refusals = 0;
  left[static_cast<std::size_t>(call)] = count;
}

int RefusedCalls::refused() {
  return refusals;
}

}  // namespace pixelpass::capture::test

using pixelpass::capture::test::Call;
using pixelpass::capture::test::is_refused;
using pixelpass::capture::test::real;

// The program's own go before the libraries'.
extern "C" {

__attribute__((visibility("default"))) pw_properties* pw_properties_new(const char* key, ...) {
  if (is_refused(Call::kProperties, __builtin_return_address(0))) return nullptr;
  const spa_dict none{0, 0, nullptr};
  pw_properties* properties = pw_properties_new_dict(&none);
  std::va_list rest;
  va_start(rest, key);
  for (const char* at = key; at != nullptr; at = va_arg(rest, const char*))
    pw_properties_set(properties, at, va_arg(rest, const char*));
  va_end(rest);
  return properties;
}

__attribute__((visibility("default"))) pw_thread_loop* pw_thread_loop_new(const char* name,
                                                                          const spa_dict* properties) {
  if (is_refused(Call::kThreadLoop, __builtin_return_address(0))) return nullptr;
  return real(&pw_thread_loop_new, "pw_thread_loop_new")(name, properties);
}

__attribute__((visibility("default"))) pw_context* pw_context_new(pw_loop* loop, pw_properties* properties,
                                                                  std::size_t user_data_size) {
  if (is_refused(Call::kContext, __builtin_return_address(0))) {
    pw_properties_free(properties);
    return nullptr;
  }
  return real(&pw_context_new, "pw_context_new")(loop, properties, user_data_size);
}

__attribute__((visibility("default"))) pw_core* pw_context_connect_fd(pw_context* context, int fd,
                                                                      pw_properties* properties,
                                                                      std::size_t user_data_size) {
  if (is_refused(Call::kConnectFd, __builtin_return_address(0))) {
    close(fd);
    return nullptr;
  }
  return real(&pw_context_connect_fd, "pw_context_connect_fd")(context, fd, properties, user_data_size);
}

__attribute__((visibility("default"))) pw_stream* pw_stream_new(pw_core* core, const char* name,
                                                                pw_properties* properties) {
  if (is_refused(Call::kStream, __builtin_return_address(0))) {
    pw_properties_free(properties);
    return nullptr;
  }
  return real(&pw_stream_new, "pw_stream_new")(core, name, properties);
}

__attribute__((visibility("default"))) int pw_stream_connect(pw_stream* stream, spa_direction direction,
                                                             std::uint32_t target, pw_stream_flags flags,
                                                             const spa_pod** parameters,
                                                             std::uint32_t count) {
  if (is_refused(Call::kStreamConnect, __builtin_return_address(0))) return -ENOMEM;
  return real(&pw_stream_connect, "pw_stream_connect")(stream, direction, target, flags, parameters, count);
}

__attribute__((visibility("default"))) int pw_stream_update_params(pw_stream* stream,
                                                                   const spa_pod** parameters,
                                                                   std::uint32_t count) {
  if (is_refused(Call::kStreamParameters, __builtin_return_address(0))) return -ENOMEM;
  return real(&pw_stream_update_params, "pw_stream_update_params")(stream, parameters, count);
}

__attribute__((visibility("default"))) int pw_stream_set_active(pw_stream* stream, bool active) {
  if (is_refused(Call::kStreamActive, __builtin_return_address(0))) return -ENOMEM;
  return real(&pw_stream_set_active, "pw_stream_set_active")(stream, active);
}

__attribute__((visibility("default"))) gsize gst_buffer_fill(GstBuffer* buffer, gsize offset,
                                                             gconstpointer bytes, gsize size) {
  if (is_refused(Call::kBufferFill, __builtin_return_address(0))) return size / 2;
  return real(&gst_buffer_fill, "gst_buffer_fill")(buffer, offset, bytes, size);
}

}  // extern "C"
