# A sanitizer's build folder whose preset CMake has forgotten is refused, and no other: what cmake/Options.cmake says of
# folders is asked in a project without a compiler.
# cmake -D OPTIONS=<cmake/Options.cmake> -D FOLDER=<of this test alone> -P build_folder_test.cmake
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE "${FOLDER}")
file(WRITE "${FOLDER}/CMakeLists.txt"
  "cmake_minimum_required(VERSION 3.25)\nproject(folders LANGUAGES NONE)\ninclude(\"${OPTIONS}\")\n")

# expect(<build folder> <what is said, none: it is taken> <arguments>...)
function(expect folder words)
  execute_process(COMMAND "${CMAKE_COMMAND}" -S "${FOLDER}" -B "${FOLDER}/${folder}" ${ARGN}
    RESULT_VARIABLE code OUTPUT_QUIET ERROR_VARIABLE said)
  if(words STREQUAL "" AND NOT code EQUAL 0)
    message(SEND_ERROR "${folder} was refused with '${ARGN}': ${said}")
  elseif(NOT words STREQUAL "" AND (code EQUAL 0 OR NOT said MATCHES "${words}"))
    message(SEND_ERROR "${folder} was not refused with '${words}': ${code} ${said}")
  endif()
endfunction()

foreach(preset asan tsan)
  expect(build/${preset} "" -D PIXELPASS_SANITIZE=undefined)
  expect(build/${preset} "another compiler.*cmake --fresh --preset ${preset}" -U PIXELPASS_SANITIZE)
endforeach()
expect(build/release "")
expect(build/asan-of-mine "")
