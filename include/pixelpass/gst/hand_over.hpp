#pragma once

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>

extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
}
#endif

namespace pixelpass::gst {

/// GStreamer's threads take objects of ours over from each other in ways that ThreadSanitizer does not see:
/// GLib's locks are futexes of its own, and its pool's threads outlive the pipelines that they work for.
/// These two tell it: all that was done before hand_over() is known to who comes after take_over() of the
/// same object. Without ThreadSanitizer they are nothing. Thread: any.
inline void hand_over([[maybe_unused]] void* object) {
#if defined(__SANITIZE_THREAD__)
  __tsan_release(object);
#endif
}
inline void take_over([[maybe_unused]] void* object) {
#if defined(__SANITIZE_THREAD__)
  __tsan_acquire(object);
#endif
}

/// Tells ThreadSanitizer, while it lives, that reading what GStreamer's own code has filled in another thread
/// is no race. As above.
class ReadsOfGstMemory {
 public:
#if defined(__SANITIZE_THREAD__)
  ReadsOfGstMemory() {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  }
  ~ReadsOfGstMemory() {
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
#else
  ReadsOfGstMemory() {}
  ~ReadsOfGstMemory() {}
#endif
  ReadsOfGstMemory(const ReadsOfGstMemory&) = delete;
  ReadsOfGstMemory& operator=(const ReadsOfGstMemory&) = delete;
};

}  // namespace pixelpass::gst
