# How the tests' own code is compiled: less thoroughly than the program's, since it is most of a test build's time.
# UndefinedBehaviorSanitizer alone doubles what GoogleTest's macros take, and it is the program that it watches.
add_library(pixelpass_test_flags INTERFACE)
target_compile_options(pixelpass_test_flags INTERFACE -pthread $<$<CONFIG:Release>:-O1>)
if(PIXELPASS_SANITIZE MATCHES "undefined")
  target_compile_options(pixelpass_test_flags INTERFACE -fno-sanitize=undefined)
endif()

# The tests themselves, not what they start, are not optimised at all.
add_library(pixelpass_unoptimised INTERFACE)
target_compile_options(pixelpass_unoptimised INTERFACE -O0)

# GoogleTest's headers, which take a third of what compiling a test takes: once for all programs with tests.
if(PIXELPASS_PRECOMPILED)
  # A program as they are, or its code is for another place (-fPIC), and they cannot use what it has.
  file(CONFIGURE OUTPUT test_headers.cpp CONTENT "int main() {}\n")
  add_executable(pixelpass_test_headers "${CMAKE_CURRENT_BINARY_DIR}/test_headers.cpp")
  target_link_libraries(pixelpass_test_headers PRIVATE pixelpass_flags GTest::gmock pixelpass_test_flags pixelpass_unoptimised)
  pixelpass_precompiled(pixelpass_test_headers ${PIXELPASS_PRECOMPILED_STANDARD} <gmock/gmock.h> <gtest/gtest.h>)
endif()

# pixelpass_test_program(<name> [OPTIMISED] SOURCES <files>... USES <stages and libraries>...)
#   OPTIMISED: running its tests takes longer than compiling them.
function(pixelpass_test_program name)
  cmake_parse_arguments(arg "OPTIMISED" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  if(PIXELPASS_UNITY)
    # Not all as one: both cores want their share.
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
  endif()
  # Last: of two options the later one holds.
  target_link_libraries(${name} PRIVATE ${arg_USES} pixelpass_test_flags)
  if(GTest::gmock IN_LIST arg_USES AND NOT arg_OPTIMISED)
    target_link_libraries(${name} PRIVATE pixelpass_unoptimised)
    pixelpass_precompiled_like(${name} pixelpass_test_headers)
  endif()
endfunction()

# pixelpass_discover_tests(<program> PREFIX <text> LABEL <layer> TIMEOUT <s> [PROCESSES <n>]): each of its tests for itself, where
# nobody else's leavings are. Under a sanitizer starting the program takes longer than most tests: there they share a process, or
# so many.
function(pixelpass_discover_tests program)
  cmake_parse_arguments(arg "" "PREFIX;LABEL;TIMEOUT;PROCESSES" "" ${ARGN})
  if(NOT PIXELPASS_SANITIZE)
    gtest_discover_tests(${program} TEST_PREFIX "${arg_PREFIX}: " PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT}
      DISCOVERY_TIMEOUT 300)  # building may have to wait for tests that run
    return()
  endif()
  if(NOT arg_PROCESSES)
    set(arg_PROCESSES 1)
  endif()
  foreach(process RANGE 1 ${arg_PROCESSES})
    math(EXPR index "${process} - 1")
    set(test "${arg_PREFIX}: process ${process} of ${arg_PROCESSES}")
    add_test(NAME ${test} COMMAND ${program} --gtest_brief=1)
    set_tests_properties(${test} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 1200 SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]"
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${arg_PROCESSES};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()
