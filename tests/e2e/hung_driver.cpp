// Loaded (LD_PRELOAD) into a pixelpass whose GPU's driver is to hang: once the file PIXELPASS_TEST_HANGS is
// there, no pipeline of GStreamer's comes to its last change of state, to NULL.

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

namespace {

constexpr int kToNull = 1;  // GST_STATE_NULL

bool hangs() {
  const char* path = getenv("PIXELPASS_TEST_HANGS");
  return path != nullptr && access(path, F_OK) == 0;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int gst_element_set_state(void* element, int state) {
  while (state == kToNull && hangs()) pause();
  using SetState = int (*)(void*, int);
  static const auto next = reinterpret_cast<SetState>(dlsym(RTLD_NEXT, "gst_element_set_state"));
  return next(element, state);
}
