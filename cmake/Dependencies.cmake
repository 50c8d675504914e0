# System packages first, then what packaging/deps.sh built into the user's cache folder.
# OpenSSL's QUIC calls begin with 3.5; ngtcp2 before 1.22.1 has CVE-2026-40170.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(PIXELPASS_MIN_OPENSSL 3.5.0)
set(PIXELPASS_MIN_NGTCP2 1.22.1)
set(PIXELPASS_MIN_FTXUI 6.0.0)
set(PIXELPASS_INSTALL_COMMAND "packaging/run.sh --setup-only")

# pixelpass_missing(<what>): one error that says what to type.
function(pixelpass_missing what)
  message(FATAL_ERROR "${what} not found.\nRun: ${PIXELPASS_INSTALL_COMMAND}")
endfunction()

if(DEFINED ENV{XDG_CACHE_HOME})
  set(PIXELPASS_CACHE "$ENV{XDG_CACHE_HOME}")
else()
  set(PIXELPASS_CACHE "$ENV{HOME}/.cache")
endif()
set(PIXELPASS_DEPS "${PIXELPASS_CACHE}/pixelpass/deps" CACHE PATH "Where packaging/deps.sh put what it built")

# pixelpass_cached(<name> <minimum> <out>): the newest name-VERSION folder that deps.sh has built, or nothing.
function(pixelpass_cached name minimum out)
  set(${out} "" PARENT_SCOPE)
  file(GLOB folders "${PIXELPASS_DEPS}/${name}-*")
  list(SORT folders COMPARE NATURAL ORDER DESCENDING)
  if(folders)
    list(GET folders 0 newest)
    string(REGEX MATCH "[^-]*$" version "${newest}")
    if(version VERSION_GREATER_EQUAL minimum)
      set(${out} "${newest}" PARENT_SCOPE)
    endif()
  endif()
endfunction()

# The system's packages, if all of them are new enough: headers and libraries have to be of one OpenSSL.
function(pixelpass_find_system_quic)
  pkg_check_modules(QUIC QUIET IMPORTED_TARGET GLOBAL
    "openssl>=${PIXELPASS_MIN_OPENSSL}" "libngtcp2>=${PIXELPASS_MIN_NGTCP2}"
    "libngtcp2_crypto_ossl>=${PIXELPASS_MIN_NGTCP2}")
  if(QUIC_FOUND)
    add_library(pixelpass::quic ALIAS PkgConfig::QUIC)
    message(STATUS "QUIC: the system's OpenSSL ${QUIC_openssl_VERSION} and ngtcp2 ${QUIC_libngtcp2_VERSION}")
  endif()
endfunction()

function(pixelpass_find_cached_quic)
  pixelpass_cached(openssl ${PIXELPASS_MIN_OPENSSL} ssl)
  pixelpass_cached(ngtcp2 ${PIXELPASS_MIN_NGTCP2} quic)
  if(ssl)  # one that was built before browsers were spoken with
    file(STRINGS "${ssl}/include/openssl/configuration.h" lacks REGEX "define OPENSSL_NO_(DTLS|SRTP)$")
  endif()
  if(NOT ssl OR NOT quic OR lacks)
    pixelpass_missing("OpenSSL >= ${PIXELPASS_MIN_OPENSSL} and ngtcp2 >= ${PIXELPASS_MIN_NGTCP2}")
  endif()
  add_library(pixelpass_quic INTERFACE)
  add_library(pixelpass::quic ALIAS pixelpass_quic)
  target_include_directories(pixelpass_quic SYSTEM INTERFACE "${quic}/include" "${ssl}/include")
  target_compile_definitions(pixelpass_quic INTERFACE NGTCP2_STATICLIB)
  target_link_libraries(pixelpass_quic INTERFACE
    "${quic}/lib/libngtcp2_crypto_ossl.a" "${quic}/lib/libngtcp2.a"
    "${ssl}/lib/libssl.a" "${ssl}/lib/libcrypto.a" Threads::Threads ${CMAKE_DL_LIBS})
  # GStreamer's plugins load the system's OpenSSL into this process: ours stays out of the symbol table.
  # By name: a sanitizer's runtime is an archive, too, and has to be seen.
  target_link_options(pixelpass_quic INTERFACE
    -Wl,--exclude-libs,libngtcp2_crypto_ossl.a -Wl,--exclude-libs,libngtcp2.a
    -Wl,--exclude-libs,libssl.a -Wl,--exclude-libs,libcrypto.a)
  message(STATUS "QUIC: ${ssl} and ${quic}")
endfunction()

pixelpass_find_system_quic()
if(NOT TARGET pixelpass::quic)
  pixelpass_find_cached_quic()
endif()

pkg_check_modules(FTXUI QUIET IMPORTED_TARGET GLOBAL "ftxui>=${PIXELPASS_MIN_FTXUI}")
if(FTXUI_FOUND)
  add_library(pixelpass::ftxui ALIAS PkgConfig::FTXUI)
else()
  pixelpass_cached(ftxui ${PIXELPASS_MIN_FTXUI} ui)
  if(NOT ui)
    pixelpass_missing("FTXUI >= ${PIXELPASS_MIN_FTXUI}")
  endif()
  add_library(pixelpass_ftxui INTERFACE)
  add_library(pixelpass::ftxui ALIAS pixelpass_ftxui)
  target_include_directories(pixelpass_ftxui SYSTEM INTERFACE "${ui}/include")
  target_link_libraries(pixelpass_ftxui INTERFACE
    "${ui}/lib/libftxui-component.a" "${ui}/lib/libftxui-dom.a" "${ui}/lib/libftxui-screen.a" Threads::Threads)
  message(STATUS "FTXUI: ${ui}")
endif()

find_package(Boost 1.81 QUIET COMPONENTS json)
if(NOT Boost_FOUND)
  pixelpass_missing("Boost >= 1.81 (Asio, Beast, JSON)")
endif()
find_package(spdlog QUIET)
find_package(CLI11 QUIET)
if(NOT spdlog_FOUND OR NOT CLI11_FOUND)
  pixelpass_missing("spdlog and CLI11")
endif()
pkg_check_modules(GSTREAMER QUIET IMPORTED_TARGET GLOBAL
  "gstreamer-1.0>=1.22" "gstreamer-app-1.0>=1.22" "gstreamer-video-1.0>=1.22"
  "gstreamer-allocators-1.0>=1.22" "gstreamer-sdp-1.0>=1.22")
if(NOT GSTREAMER_FOUND)
  pixelpass_missing("GStreamer >= 1.22 (core, app, video, allocators, sdp)")
endif()

# pixelpass_find(<target name> <what to say when it is missing> <pkg-config modules>...)
function(pixelpass_find name what)
  pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${ARGN})
  if(NOT ${name}_FOUND)
    pixelpass_missing("${what}")
  endif()
endfunction()

pixelpass_find(PORTAL "GLib >= 2.66 (gio-unix)" "gio-unix-2.0>=2.66")
pixelpass_find(PIPEWIRE "PipeWire >= 0.3.65" "libpipewire-0.3>=0.3.65")
pixelpass_find(LIBVA "libva (with libva-drm)" "libva>=1.17" "libva-drm>=1.17")
pixelpass_find(X11 "libxcb (with randr, shm, damage, xfixes, composite)"
  "xcb" "xcb-randr>=1.12" "xcb-shm" "xcb-damage" "xcb-xfixes" "xcb-composite")
pixelpass_find(WAYLAND "libwayland-client >= 1.20" "wayland-client>=1.20")
pixelpass_find(MINIUPNPC "miniupnpc >= 2.2" "miniupnpc>=2.2")
pixelpass_find(QRENCODE "libqrencode >= 4" "libqrencode>=4")

# pixelpass_find_bare(<name> <library> <header>): a library with neither a pkg-config file nor a CMake one in most
# distributions.
function(pixelpass_find_bare name library header)
  string(TOUPPER "${name}" upper)
  find_library(LIB${upper}_LIBRARY ${library})
  find_path(LIB${upper}_INCLUDE_DIR ${header})
  if(NOT LIB${upper}_LIBRARY OR NOT LIB${upper}_INCLUDE_DIR)
    pixelpass_missing("lib${name}")
  endif()
  add_library(pixelpass_${name} INTERFACE)
  add_library(pixelpass::${name} ALIAS pixelpass_${name})
  target_include_directories(pixelpass_${name} SYSTEM INTERFACE "${LIB${upper}_INCLUDE_DIR}")
  target_link_libraries(pixelpass_${name} INTERFACE "${LIB${upper}_LIBRARY}")
endfunction()

pixelpass_find_bare(yuv yuv libyuv/convert.h)
pixelpass_find_bare(natpmp natpmp natpmp.h)

if(PIXELPASS_TESTS)
  find_package(GTest QUIET)
  find_package(benchmark QUIET)
  if(NOT GTest_FOUND OR NOT benchmark_FOUND)
    set(PIXELPASS_INSTALL_COMMAND "packaging/test.sh --setup-only")
    pixelpass_missing("GoogleTest and Google Benchmark (or -DPIXELPASS_TESTS=OFF)")
  endif()
endif()
