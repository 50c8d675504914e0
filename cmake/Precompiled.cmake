# Precompiled headers, where measuring showed that they save time (g++ 12): GStreamer's for those who speak with it, and
# GoogleTest's. One with Boost.Asio in it is 180 MB, and reading that takes as long as compiling what it holds.
# Every file still includes what it uses: clang-tidy goes without, and finds out of what has changed.
option(PIXELPASS_PRECOMPILED "Precompile the headers that many files include" ON)

set(PIXELPASS_PRECOMPILED_STANDARD
  <algorithm> <array> <chrono> <cstdint> <functional> <memory> <optional> <span> <string> <string_view> <utility>
  <vector>)
set(PIXELPASS_PRECOMPILED_MEDIA ${PIXELPASS_PRECOMPILED_STANDARD} <gst/gst.h> <gst/video/video.h>)

# pixelpass_precompiled(<target> <headers>...): those of its own.
function(pixelpass_precompiled target)
  if(PIXELPASS_PRECOMPILED)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# pixelpass_precompiled_like(<target> <other>): those of another target, which has them already.
function(pixelpass_precompiled_like target other)
  if(PIXELPASS_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM ${other})
  endif()
endfunction()
