#!/usr/bin/env bash
# Builds OpenSSL and ngtcp2 as static libraries from the distribution's own source packages, for a system whose
# packages are too old, into the user's cache folder. Needs no root and leaves the system's packages as they are.
#
#   packaging/deps.sh [--update]
#
# Once built they stay (a call then takes a few milliseconds); --update looks for newer ones. What was fetched and checked
# is kept until it is built, so that an interrupted run goes on where it was.
# PIXELPASS_DEPS_SOURCES: a file with lines of deb-src to look at, in place of the distribution's own suites.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=sources.sh
. "$root/packaging/sources.sh"

# cmake/Dependencies.cmake says what is new enough, and looks for what we build.
minimum() { sed -n "s/^set(PIXELPASS_MIN_$1 \(.*\))\$/\1/p" "$root/cmake/Dependencies.cmake"; }
min_openssl=$(minimum OPENSSL)
min_ngtcp2=$(minimum NGTCP2)
deps=$(deps_folder)

system_is_new_enough() {
  command -v pkg-config >/dev/null && pkg-config --exists "openssl >= $min_openssl" \
    "libngtcp2 >= $min_ngtcp2" "libngtcp2_crypto_ossl >= $min_ngtcp2"
}

# cached <name> <minimum>: whether some folder name-VERSION is there that is new enough. Folders come whole
# (publish), so one that is there is complete.
cached() {
  local folder
  for folder in "$deps/$1"-*; do
    if [[ -d $folder ]] && at_least "${folder##*-}" "$2"; then
      return 0
    fi
  done
  return 1
}

# ---- Choosing: the newest that can be had ----------------------------------------------------------------------

# stop_if_full <what a command said> <folder>...: trying anything else would not help.
stop_if_full() {
  grep --quiet --ignore-case 'no space left\|not enough free space\|disk quota exceeded' <<<"$1" || return 0
  df -h "${@:2}" >&2 || true
  fail "the disk is full. OpenSSL and ngtcp2 need 1 GB while they are built, under $deps and ${TMPDIR:-/var/tmp}." \
    'Make room, and run packaging/deps.sh again: it goes on where it was'
}

# obtain <name> <minimum>: sets `source` to the unpacked sources of the newest version that can be fetched.
obtain() {
  local version folder tried=() why=''
  while read -r version folder; do
    if ! usable "$version" "$2"; then
      tried+=("$1 $version ($(suite_name "$folder")): not the version that is needed")
      continue
    fi
    source=$work/$1_$version
    if [[ -d $source ]] || fetch "$1" "$version" "$folder"; then
      say "taking $1 $version ($(suite_name "$folder"))"
      return 0
    fi
    say "$1 $version ($(suite_name "$folder")) cannot be had: $why"
    tried+=("$1 $version ($(suite_name "$folder")): $why")
  done < <(offered "$1")
  none_left "$1" "$2" "${tried[@]}"
}

# none_left <name> <minimum> <what was tried>...
none_left() {
  local reasons=("${@:3}" "${unreachable[@]}") code=1
  [[ ${#reasons[@]} -gt 0 ]] || reasons=("none of the ${#suites[@]} suites has any")
  [[ $retry_may_help == no ]] || code=$kTemporaryFailure
  fail --code "$code" "no source package of $1 >= $2 can be fetched:$(printf '\n  %s' "${reasons[@]}")"$'\n'"Is there" \
    "a network, and is this machine's clock right? Then run packaging/deps.sh again, or choose another mirror in /etc/apt"
}

# ---- Building -------------------------------------------------------------------------------------------------

# build_step <command>...: quiet; the end of the log if it fails.
build_step() {
  logged "$@" && return 0
  printf '%s\n' "$said" | tail -n 40 >&2
  fail "failed: $* (all of it: $log)"
}

# build_folder <name>: a fresh copy of `source`. What a build that was cut off left behind is not to be trusted.
build_folder() {
  rm -rf "$work/build"
  build_step cp -a "$source" "$work/build"
}

# built <name-VERSION>: from this very source package. A security update may keep the version.
built() { [[ $(cat "$deps/$1/source-version" 2>/dev/null) == "${source##*_}" ]]; }

# publish <name-VERSION>: from the staging folder to the cache. Seen whole or not at all.
publish() {
  local incoming="$deps/.incoming-$1"
  rm -rf "$incoming"
  build_step cp -a "$work/stage$deps/$1" "$incoming"
  printf '%s\n' "${source##*_}" >"$incoming/source-version"
  sync --file-system "$incoming"
  rm -rf "$deps/.replaced"
  [[ ! -d $deps/$1 ]] || mv -T "$deps/$1" "$deps/.replaced"
  mv -T "$incoming" "$deps/$1"
  rm -rf "$deps/.replaced"
  rm -rf "$work/build" "$work/stage" "$source"
}

# TLS 1.3 with AES-GCM or ChaCha20, Ed25519 and X25519 are what QUIC needs; the TLS that relays speak (RFC 8656)
# and its MD5 stay too. What else can be left out halves the time that it takes.
readonly kOpensslOptions=(
  no-shared no-tests no-apps no-docs no-module no-dso no-engine no-legacy no-comp no-ssl3 no-dtls no-srtp
  no-psk no-srp no-gost no-cms no-ts no-ocsp no-ct no-cmp
  no-idea no-rc2 no-rc4 no-rc5 no-bf no-cast no-des no-seed no-camellia no-aria no-siphash
  no-md4 no-mdc2 no-whirlpool no-rmd160 no-sm2 no-sm3 no-sm4
)

build_openssl() {
  local name
  name=openssl-$(upstream "${source##*_}")
  ! built "$name" || return 0
  say "building $name (two to four minutes of processor time)"
  build_folder
  cd "$work/build"
  build_step ./Configure --prefix="$deps/$name" --libdir=lib --openssldir=/etc/ssl "${kOpensslOptions[@]}" -O3 -fPIC
  build_step make -j"$(nproc)" build_libs
  build_step make install_dev DESTDIR="$work/stage"
  publish "$name"
}

# NDEBUG: ngtcp2's Release build keeps its assertions, at 5 % of the processor time.
build_ngtcp2() {
  local name openssl
  name=ngtcp2-$(upstream "${source##*_}")
  ! built "$name" || return 0
  openssl=$(find "$deps" -maxdepth 1 -name 'openssl-*' | sort --version-sort | tail -n 1)
  say "building $name"
  build_folder
  cd "$work/build"
  build_step env PKG_CONFIG_PATH="$openssl/lib/pkgconfig" cmake -S . -B build -G Ninja \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS='-DNDEBUG -O3' \
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DENABLE_OPENSSL=ON -DOPENSSL_ROOT_DIR="$openssl" \
    -DENABLE_LIB_ONLY=ON -DENABLE_STATIC_LIB=ON -DENABLE_SHARED_LIB=OFF \
    -DCMAKE_INSTALL_PREFIX="$deps/$name" -DCMAKE_INSTALL_LIBDIR=lib
  build_step cmake --build build
  build_step env DESTDIR="$work/stage" cmake --install build
  publish "$name"
}

main() {
  local update=no
  [[ ${1:-} != --update ]] || update=yes
  if system_is_new_enough; then
    return 0
  fi
  if [[ $update == no ]] && cached openssl "$min_openssl" && cached ngtcp2 "$min_ngtcp2"; then
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
  build_what_is_missing "$update"
}

# With the lock held: another deps.sh may have done it all meanwhile.
build_what_is_missing() {
  local need_openssl=$1 need_ngtcp2=$1
  cached openssl "$min_openssl" || need_openssl=yes
  cached ngtcp2 "$min_ngtcp2" || need_ngtcp2=yes
  [[ $need_openssl == yes || $need_ngtcp2 == yes ]] || return 0
  fetching=$(mktemp -d --tmpdir="${TMPDIR:-/var/tmp}") # /tmp may be memory
  trap 'rm -rf "$fetching"' EXIT
  chmod 755 "$fetching" # apt fetches as a user of its own
  : >"$log"
  fetch_lists
  if [[ $need_openssl == yes ]]; then
    obtain openssl "$min_openssl"
    build_openssl
  fi
  if [[ $need_ngtcp2 == yes ]]; then
    obtain ngtcp2 "$min_ngtcp2"
    build_ngtcp2
  fi
  rm -rf "$work"
  say "OpenSSL and ngtcp2 are in $deps"
}

main "$@"
