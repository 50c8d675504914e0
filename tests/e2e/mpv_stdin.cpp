// Loaded (LD_PRELOAD) into the tests' mpv, never into pixelpass.
//
// Where an output of its cannot start (no OpenGL, no Vulkan), mpv 0.35 closes descriptors that it has not
// opened, and so number 0, twice for each that it tries. Its standard input is gone then; what gets its
// number between two of these, in another thread, is closed in turn: the connection of whoever speaks to it,
// or its own to the screen, for whose answer it then waits for ever. Seen in one of ten starts.

#include <dlfcn.h>
#include <unistd.h>

extern "C" __attribute__((visibility("default"))) int close(int descriptor) {
  static const auto real = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "close"));
  return descriptor == STDIN_FILENO ? 0 : real(descriptor);
}
