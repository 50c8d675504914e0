# What the whole tree is compiled with.
option(PIXELPASS_TESTS "Build the tests and the benchmarks" ON)
# For those who package it: 3 % less processor time in the tunnel, for twice the time that the build takes.
option(PIXELPASS_LTO "Link-time optimisation" OFF)
option(PIXELPASS_WERROR "Warnings are errors: for those who work on it, not for those who package it" OFF)
option(PIXELPASS_FUZZ "Build the libFuzzer targets (clang only)" OFF)
# 70 s instead of 170 on two cores (g++ 12), for a change of one file that takes its whole stage. Files that come
# together so share one unnamed namespace; that each includes what it uses is found out by the builds without this.
option(PIXELPASS_UNITY "Compile a stage's files as one" OFF)
set(PIXELPASS_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them: address,undefined or thread")

# CMake forgets all that a preset says when the compiler is another than the folder's: the tests would run without.
if(PIXELPASS_SANITIZE STREQUAL "" AND PROJECT_BINARY_DIR MATCHES "/build/(asan|tsan)$")
  message(FATAL_ERROR "This folder is of another compiler.\nType: cmake --fresh --preset ${CMAKE_MATCH_1}")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_library(pixelpass_flags INTERFACE)
target_compile_options(pixelpass_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  # PipeWire's macros are such expressions. GCC does not warn of a system's macros, and ignores this.
  -Wno-gnu-statement-expression)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release")
  # Optimising, GCC 12 and 14 take sizes of copies for what they cannot be (GCC bugs 105329, 105651). The builds with
  # sanitizers keep these warnings, with every other.
  target_compile_options(pixelpass_flags INTERFACE
    -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-restrict)
endif()

if(PIXELPASS_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC takes what several files in one unit have for what a header has.
  target_compile_options(pixelpass_flags INTERFACE -Wno-subobject-linkage)
elseif(PIXELPASS_UNITY)
  # Clang takes another file's function for what a variable hides.
  target_compile_options(pixelpass_flags INTERFACE -Wno-shadow)
endif()

if(PIXELPASS_WERROR)
  target_compile_options(pixelpass_flags INTERFACE -Werror)
  target_link_options(pixelpass_flags INTERFACE -Werror)
endif()

if(PIXELPASS_LTO)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(pixelpass_flags INTERFACE -flto=auto)
    target_link_options(pixelpass_flags INTERFACE -flto=auto)
    # As above.
    target_link_options(pixelpass_flags INTERFACE -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
    # Archives of LTO objects need the compiler's own ar.
    set(CMAKE_AR "${CMAKE_CXX_COMPILER_AR}")
    set(CMAKE_RANLIB "${CMAKE_CXX_COMPILER_RANLIB}")
  else()
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  endif()
endif()

if(PIXELPASS_SANITIZE)
  target_compile_options(pixelpass_flags INTERFACE
    -fsanitize=${PIXELPASS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(pixelpass_flags INTERFACE -fsanitize=${PIXELPASS_SANITIZE})
  if(PIXELPASS_SANITIZE MATCHES "thread")
    # ThreadSanitizer does not know fences (GCC warns of each). Asio's queues are ordered by their mutex as well.
    target_compile_definitions(pixelpass_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
  # Nobody is given these builds, and a fifth of the time of one went into linking its tests.
  find_program(PIXELPASS_MOLD mold)
  if(PIXELPASS_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_link_options(pixelpass_flags INTERFACE -fuse-ld=mold)
  endif()
endif()

if(PIXELPASS_FUZZ)
  # The whole tree tells libFuzzer which branches were taken; only the fuzz programs link its main.
  target_compile_options(pixelpass_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
