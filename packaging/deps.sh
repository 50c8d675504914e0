#!/usr/bin/env bash
# Builds OpenSSL, ngtcp2 and FTXUI as static libraries from the distribution's own source packages, those of which the
# system's packages are too old, into the user's cache folder. Needs no root and leaves the system's packages as they are.
#
#   packaging/deps.sh [--update]
#
# Once built they stay (a call then takes a few milliseconds); --update looks for newer ones. Of all that the suites offer it
# takes the newest version that can be fetched and built here. What was fetched, checked and compiled is kept until all is
# done, so that an interrupted run goes on where it was.
# PIXELPASS_DEPS_SOURCES: a file with lines of deb-src to look at, in place of the distribution's own suites.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=sources.sh
. "$root/packaging/sources.sh"

# cmake/Dependencies.cmake says what is new enough, and looks for what we build.
minimum() { sed -n "s/^set(PIXELPASS_MIN_${1^^} \(.*\))\$/\1/p" "$root/cmake/Dependencies.cmake"; }
deps=$(deps_folder)

system_has() { command -v pkg-config >/dev/null && pkg-config --exists "$@"; }

# Sets `libraries`: which the system does not have new enough, in the order in which they are built. OpenSSL and ngtcp2
# go together, since headers and libraries have to be of one OpenSSL.
find_what_the_system_lacks() {
  local ngtcp2
  ngtcp2=$(minimum ngtcp2)
  libraries=()
  system_has "openssl >= $(minimum openssl)" "libngtcp2 >= $ngtcp2" "libngtcp2_crypto_ossl >= $ngtcp2" ||
    libraries+=(openssl ngtcp2)
  system_has "ftxui >= $(minimum ftxui)" || libraries+=(ftxui)
}

# newest <name>: of the folders name-VERSION, the one that cmake/Dependencies.cmake takes.
newest() { find "$deps" -maxdepth 1 -name "$1-*" 2>/dev/null | sort --version-sort | tail -n 1; }

# cached <name>: whether that one is new enough, and built as we would build it. Folders come whole (publish), so one that
# is there is complete.
cached() {
  local folder
  folder=$(newest "$1")
  [[ -n $folder ]] && at_least "${folder##*-}" "$(minimum "$1")" && has_our_options "$folder"
}

# has_our_options <folder>: a library of the same version that lacks a part of it (DTLS, say) does not do.
has_our_options() { [[ $(cat "$1/options" 2>/dev/null) == "$(options_of "$(basename "${1%-*}")")" ]]; }

# options_of <name>: what decides what a library can do; empty for those that come whole. ngtcp2 is compiled with headers
# of OpenSSL's, and goes with that very one.
options_of() {
  local openssl
  case $1 in
    openssl) printf '%s\n' "${kOpensslOptions[*]}" ;;
    ngtcp2)
      openssl=$(newest openssl)
      printf '%s\n' "openssl $(cat "$openssl/source-version" "$openssl/options" 2>/dev/null | xargs)"
      ;;
  esac
}

# ---- Choosing: the newest that can be had ----------------------------------------------------------------------

# stop_if_full <what a command said> <folder>...: trying anything else would not help.
stop_if_full() {
  grep --quiet --ignore-case 'no space left\|not enough free space\|disk quota exceeded' <<<"$1" || return 0
  df -h "${@:2}" >&2 || true
  fail "the disk is full. ${libraries[*]} need 1 GB while they are built, under $deps and ${TMPDIR:-/var/tmp}." \
    'Make room, and run packaging/deps.sh again: it goes on where it was'
}

# provide <name>: in the cache, the newest version that can be fetched and built.
provide() {
  local version folder minimum tried=() why=''
  minimum=$(minimum "$1")
  while read -r version folder; do
    if ! usable "$version" "$minimum"; then
      tried+=("$1 $version ($(suite_name "$folder")): not the version that is needed")
      continue
    fi
    source=$work/$1_$version
    if [[ ! -d $source ]] && ! fetch "$1" "$version" "$folder"; then
      why="cannot be had: $why"
    else
      say "taking $1 $version ($(suite_name "$folder"))"
      ! build_library "$1" || return 0
      why="cannot be built: $why"
    fi
    say "$1 $version ($(suite_name "$folder")) $why"
    tried+=("$1 $version ($(suite_name "$folder")): $why")
  done < <(offered "$1")
  none_left "$1" "$minimum" "${tried[@]}"
}

# none_left <name> <minimum> <what was tried>...
none_left() {
  local reasons=("${@:3}" "${unreachable[@]}") code=1
  [[ ${#reasons[@]} -gt 0 ]] || reasons=("none of the ${#suites[@]} suites has any")
  [[ $retry_may_help == no ]] || code=$kTemporaryFailure
  fail --code "$code" "no source package of $1 >= $2 can be fetched and built:$(printf '\n  %s' "${reasons[@]}")"$'\n'"Is there" \
    "a network, and is this machine's clock right? Then run packaging/deps.sh again, or choose another mirror in /etc/apt"
}

# ---- Building -------------------------------------------------------------------------------------------------

# A step that fails sets `why`. Nothing here may count on `set -e`: it does not hold where a result is looked at.

# build_step <command>...: quiet; the end of the log if it fails.
build_step() {
  logged "$@" && return 0
  printf '%s\n' "$said" | tail -n 40 >&2
  why="failed: $* (all of it: $log)"
  return 1
}

# built <name-VERSION>: from this very source package. A security update may keep the version.
built() { [[ $(cat "$deps/$1/source-version" 2>/dev/null) == "${source##*_}" ]] && has_our_options "$deps/$1"; }

# build_library <name>: `source`, into the cache.
build_library() {
  local name
  name=$1-$(upstream "${source##*_}")
  ! built "$name" || return 0
  if going_on "$1"; then
    say "going on with $name, which was being built"
    ! { "compile_$1" "$name" && publish "$name"; } || return 0
    say "that does not work ($why)"
  fi
  say "building $name"
  build_anew "$1" "$name"
}

# build_anew <name> <name-VERSION>: in a fresh copy of the sources. One that failed is not gone on with.
build_anew() {
  rm -rf "$work/build"
  build_step cp -a "$source" "$work/build" && "configure_$1" "$2" && made_of "$1" >"$work/build/$kMadeOf" &&
    "compile_$1" "$2" && publish "$2" && return
  rm -rf "$work/build"
  return 1
}

# ---- Going on with a build that was cut off -----------------------------------------------------------------------

readonly kMadeOf=.pixelpass-made-of # there once the build folder is configured

# made_of <name>: all that decides what a build comes to.
made_of() {
  printf '%s\n' "${source##*/}" "$deps" "$(newest openssl)" "${kOpensslOptions[*]}" "${kCmakeOptions[*]}"
  cc --version 2>&1 || true
  declare -f "configure_$1" "compile_$1"
  cat "$root/packaging/ftxui.cmake"
}

# going_on <name>: whether the build folder is of this very build. A compiler that was killed, or whose machine lost its
# power, leaves half a file that looks done: what is from the build's last minute goes.
going_on() {
  local newest
  [[ $(cat "$work/build/$kMadeOf" 2>/dev/null) == "$(made_of "$1")" ]] || return 1
  newest=$(find "$work/build" -type f -newer "$work/build/$kMadeOf" -printf '%T@\n' | sort --numeric-sort | tail -n 1)
  [[ -z $newest ]] || find "$work/build" -type f -newer "$work/build/$kMadeOf" \
    -newermt "@$((${newest%.*} - 60))" -delete
}

# ---- Each of them -------------------------------------------------------------------------------------------------------

# publish <name-VERSION>: from the staging folder to the cache. Seen whole or not at all. What was built with other options
# goes, lest a newer one of those be taken.
publish() {
  local incoming="$deps/.incoming-$1" folder
  rm -rf "$incoming"
  build_step cp -a "$work/stage$deps/$1" "$incoming" &&
    printf '%s\n' "${source##*_}" >"$incoming/source-version" &&
    options_of "${1%-*}" >"$incoming/options" &&
    build_step sync --file-system "$incoming" || return
  rm -rf "$deps/.replaced"
  [[ ! -d $deps/$1 ]] || mv -T "$deps/$1" "$deps/.replaced"
  mv -T "$incoming" "$deps/$1" || return
  rm -rf "$deps/.replaced"
  for folder in "$deps/${1%-*}"-*; do
    has_our_options "$folder" || rm -rf "$folder"
  done
  rm -rf "$work/build" "$work/stage" "$source"
}

# TLS 1.3 with AES-GCM or ChaCha20, P-256 and X25519 are what QUIC needs, DTLS with its keys for SRTP what browsers speak;
# the TLS of relays (RFC 8656) and its MD5 stay too. What else can be left out halves the time that it takes.
readonly kOpensslOptions=(
  no-shared no-tests no-apps no-docs no-module no-dso no-engine no-legacy no-comp no-ssl3
  no-psk no-srp no-gost no-cms no-ts no-ocsp no-ct no-cmp
  no-idea no-rc2 no-rc4 no-rc5 no-bf no-cast no-des no-seed no-camellia no-aria no-siphash
  no-md4 no-mdc2 no-whirlpool no-rmd160 no-sm2 no-sm3 no-sm4
)

configure_openssl() {
  cd "$work/build" || return
  build_step ./Configure --prefix="$deps/$1" --libdir=lib --openssldir=/etc/ssl "${kOpensslOptions[@]}" -O3 -fPIC
}

# Two to four minutes of processor time.
compile_openssl() {
  cd "$work/build" || return
  rm -rf "$work/stage"
  build_step make -j"$(nproc)" build_libs && build_step make install_dev DESTDIR="$work/stage"
}

# configure_with_cmake <name-VERSION> <option>...
readonly kCmakeOptions=(-DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DCMAKE_INSTALL_LIBDIR=lib)
configure_with_cmake() {
  cd "$work/build" || return
  build_step cmake -S . -B build -G Ninja "${kCmakeOptions[@]}" -DCMAKE_INSTALL_PREFIX="$deps/$1" "${@:2}"
}

install_with_cmake() {
  rm -rf "$work/stage"
  build_step env DESTDIR="$work/stage" cmake --install build
}

# NDEBUG: ngtcp2's Release build keeps its assertions, at 5 % of the processor time.
configure_ngtcp2() {
  local openssl
  openssl=$(newest openssl)
  PKG_CONFIG_PATH="$openssl/lib/pkgconfig" configure_with_cmake "$1" -DCMAKE_C_FLAGS='-DNDEBUG -O3' \
    -DENABLE_OPENSSL=ON -DOPENSSL_ROOT_DIR="$openssl" -DENABLE_LIB_ONLY=ON -DENABLE_STATIC_LIB=ON -DENABLE_SHARED_LIB=OFF
}

compile_ngtcp2() {
  cd "$work/build" || return
  build_step cmake --build build && install_with_cmake
}

# Files are compiled together, in a fifth of the time: six seconds on two cores instead of thirty.
configure_ftxui() {
  configure_with_cmake "$1" -DCMAKE_CXX_FLAGS_RELEASE='-DNDEBUG -O1' -DBUILD_SHARED_LIBS=OFF \
    -DFTXUI_BUILD_DOCS=OFF -DFTXUI_BUILD_EXAMPLES=OFF -DFTXUI_BUILD_TESTS=OFF -DFTXUI_QUIET=ON \
    -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 -DCMAKE_PROJECT_ftxui_INCLUDE="$root/packaging/ftxui.cmake"
}

# A version whose files do not go together is compiled one by one.
compile_ftxui() {
  cd "$work/build" || return
  logged cmake --build build ||
    { build_step cmake -S . -B build -DCMAKE_UNITY_BUILD=OFF && build_step cmake --build build; } || return
  install_with_cmake
}

# lacking: of `libraries`, those that are not in the cache.
lacking() {
  local name
  for name in "${libraries[@]}"; do
    cached "$name" || printf '%s\n' "$name"
  done
}

main() {
  local update=no
  [[ ${1:-} != --update ]] || update=yes
  find_what_the_system_lacks
  [[ ${#libraries[@]} -gt 0 ]] || return 0
  if [[ $update == no && -z $(lacking) ]]; then
    return 0
  fi
  find_distro
  work=$deps/.work
  log=$deps/build.log
  mkdir -p "$work" || fail "cannot write to $deps"
  exec 9>"$deps/.lock"
  flock --nonblock 9 || {
    say 'another packaging/deps.sh is at work; waiting for it'
    flock 9
  }
  # With the lock held: the other one may have done it all meanwhile.
  [[ $update == no && -z $(lacking) ]] || build_libraries "$update"
}

# build_libraries <yes|no: also what is in the cache>
build_libraries() {
  local name done=()
  fetching=$(mktemp -d --tmpdir="${TMPDIR:-/var/tmp}") # /tmp may be memory
  trap 'rm -rf "$fetching"' EXIT
  chmod 755 "$fetching" # apt fetches as a user of its own
  : >"$log"
  fetch_lists
  for name in "${libraries[@]}"; do
    # Asked of each when its turn comes: an ngtcp2 of before does not go with an OpenSSL that has just been built.
    [[ $1 == yes ]] || ! cached "$name" || continue
    provide "$name"
    done+=("$name")
  done
  rm -rf "$work"
  say "${done[*]}: built, in $deps"
}

main "$@"
