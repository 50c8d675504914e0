# How the tests' own code is compiled: less thoroughly than the program's, since it is most of a test build's time.
# UndefinedBehaviorSanitizer alone doubles what GoogleTest's macros take, and it is the program that it watches.
add_library(pixelpass_test_flags INTERFACE)
target_compile_options(pixelpass_test_flags INTERFACE $<$<CONFIG:Release>:-O1>)
if(PIXELPASS_SANITIZE MATCHES "undefined")
  target_compile_options(pixelpass_test_flags INTERFACE -fno-sanitize=undefined)
endif()

# pixelpass_test_program(<name> SOURCES <files>... USES <stages and libraries>...)
function(pixelpass_test_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  # Last: of two options the later one holds.
  target_link_libraries(${name} PRIVATE ${arg_USES} pixelpass_test_flags)
endfunction()
