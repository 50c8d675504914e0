# System packages first, then what packaging/deps.sh built into the user's cache folder.
# OpenSSL's QUIC calls begin with 3.5; ngtcp2 before 1.22.1 has CVE-2026-40170.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(PIXELPASS_MIN_OPENSSL 3.5.0)
set(PIXELPASS_MIN_NGTCP2 1.22.1)
set(PIXELPASS_INSTALL_COMMAND "packaging/run.sh --setup-only")

# pixelpass_missing(<what>): one error that says what to type.
function(pixelpass_missing what)
  message(FATAL_ERROR "${what} not found.\nRun: ${PIXELPASS_INSTALL_COMMAND}")
endfunction()

# Everything that is asked of QUIC has to come from one place: headers and libraries of one OpenSSL.
function(pixelpass_find_quic)
  pkg_check_modules(QUIC QUIET IMPORTED_TARGET
    "openssl>=${PIXELPASS_MIN_OPENSSL}" "libngtcp2>=${PIXELPASS_MIN_NGTCP2}"
    "libngtcp2_crypto_ossl>=${PIXELPASS_MIN_NGTCP2}")
  if(QUIC_FOUND)
    add_library(pixelpass::quic ALIAS PkgConfig::QUIC)
    set_target_properties(PkgConfig::QUIC PROPERTIES IMPORTED_GLOBAL TRUE)
    message(STATUS "QUIC: the system's OpenSSL and ngtcp2 ${QUIC_libngtcp2_VERSION}")
    return()
  endif()
  if(DEFINED ENV{XDG_CACHE_HOME})
    set(cache "$ENV{XDG_CACHE_HOME}/pixelpass/deps")
  else()
    set(cache "$ENV{HOME}/.cache/pixelpass/deps")
  endif()
  set(PIXELPASS_DEPS "${cache}" CACHE PATH "Where packaging/deps.sh put OpenSSL and ngtcp2")
  file(GLOB ssl_dirs "${PIXELPASS_DEPS}/openssl-*")
  file(GLOB quic_dirs "${PIXELPASS_DEPS}/ngtcp2-*")
  list(SORT ssl_dirs COMPARE NATURAL ORDER DESCENDING)
  list(SORT quic_dirs COMPARE NATURAL ORDER DESCENDING)
  if(NOT ssl_dirs OR NOT quic_dirs)
    pixelpass_missing("OpenSSL >= ${PIXELPASS_MIN_OPENSSL} and ngtcp2 >= ${PIXELPASS_MIN_NGTCP2}")
  endif()
  list(GET ssl_dirs 0 ssl)
  list(GET quic_dirs 0 quic)
  foreach(lib IN ITEMS "${ssl}/lib/libssl.a" "${ssl}/lib/libcrypto.a" "${quic}/lib/libngtcp2.a"
                       "${quic}/lib/libngtcp2_crypto_ossl.a")
    if(NOT EXISTS "${lib}")
      pixelpass_missing("${lib}")
    endif()
  endforeach()
  add_library(pixelpass_quic INTERFACE)
  add_library(pixelpass::quic ALIAS pixelpass_quic)
  target_include_directories(pixelpass_quic SYSTEM INTERFACE "${quic}/include" "${ssl}/include")
  target_compile_definitions(pixelpass_quic INTERFACE NGTCP2_STATICLIB)
  target_link_libraries(pixelpass_quic INTERFACE
    "${quic}/lib/libngtcp2_crypto_ossl.a" "${quic}/lib/libngtcp2.a"
    "${ssl}/lib/libssl.a" "${ssl}/lib/libcrypto.a" Threads::Threads ${CMAKE_DL_LIBS})
  # GStreamer's plugins load the system's OpenSSL into this process: ours stays out of the symbol table.
  target_link_options(pixelpass_quic INTERFACE -Wl,--exclude-libs,ALL)
  message(STATUS "QUIC: ${ssl} and ${quic}")
endfunction()
pixelpass_find_quic()

find_package(Boost 1.81 QUIET COMPONENTS json system)
if(NOT Boost_FOUND)
  pixelpass_missing("Boost >= 1.81 (Asio, Beast, JSON, System)")
endif()
find_package(spdlog QUIET)
find_package(CLI11 QUIET)
if(NOT spdlog_FOUND OR NOT CLI11_FOUND)
  pixelpass_missing("spdlog and CLI11")
endif()
pkg_check_modules(GSTREAMER QUIET IMPORTED_TARGET GLOBAL
  "gstreamer-1.0>=1.22" "gstreamer-app-1.0>=1.22" "gstreamer-video-1.0>=1.22")
if(NOT GSTREAMER_FOUND)
  pixelpass_missing("GStreamer >= 1.22 (core, app, video)")
endif()

if(PIXELPASS_TESTS)
  find_package(GTest QUIET)
  find_package(benchmark QUIET)
  if(NOT GTest_FOUND OR NOT benchmark_FOUND)
    pixelpass_missing("GoogleTest and Google Benchmark (or -DPIXELPASS_TESTS=OFF)")
  endif()
endif()
