#!/usr/bin/env bash
# Builds OpenSSL and ngtcp2 as static libraries from the distribution's own source packages, for a system whose
# packages are too old, into the user's cache folder. Needs no root and leaves the system's packages as they are.
#
#   packaging/deps.sh [--update]
#
# Once built they stay (a call then takes a few milliseconds); --update looks for newer ones.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

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

# ---- Fetching: apt with a configuration of its own ------------------------------------------------------------

# Sets openssl_suite and ngtcp2_suite, the releases whose source packages are new enough.
find_suites() {
  case $distro in
    debian) openssl_suite=trixie ngtcp2_suite=sid ;;
    ubuntu) openssl_suite=resolute ngtcp2_suite=resolute ;;
    *)
      fail "OpenSSL >= $min_openssl and ngtcp2 >= $min_ngtcp2 with libngtcp2_crypto_ossl are needed, and can only" \
        'be built here on Debian and Ubuntu. Install them (with their .pc files) from your distribution'
      ;;
  esac
}

# The mirror that this machine gets its own release from; security updates come from elsewhere.
find_mirror() {
  apt-get indextargets --format "\$(SITE)|\$(ORIGIN)|\$(RELEASE)|\$(COMPONENT)" 'Created-By: Packages' |
    awk -F '|' -v origin="${distro^}" -v release="$distro_codename" '
      $1 !~ /security/ && ($2 == origin || ($3 == release && $4 == "main")) { print $1; exit }'
}

# private_apt <apt-get arguments>...: sees our sources alone, and touches nothing of the system's state.
# Signatures are checked as ever, against the distribution's keyring.
private_apt() {
  apt-get -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" \
    -o Acquire::Languages=none -o Acquire::PDiffs=false -o APT::Update::Error-Mode=any "$@"
}

# fetch_sources <name>...: openssl and ngtcp2, unpacked in $work/NAME-VERSION.
fetch_sources() {
  local mirror keyring=/usr/share/keyrings/$distro-archive-keyring.gpg suite name_suite
  mirror=$(find_mirror)
  [[ -n $mirror ]] || fail "found no mirror of $distro in apt's sources; look at: apt-get indextargets"
  [[ -r $keyring ]] || fail "no $keyring, so nothing can be checked; install $distro-archive-keyring"
  mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
  for suite in $(printf '%s\n' "$openssl_suite" "$ngtcp2_suite" | sort -u); do
    printf 'deb-src [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$suite"
  done >"$work/apt/sources.list"
  say "fetching the source packages of: $*"
  run_logged "$log" private_apt update || fail_download
  cd "$work"
  for name_suite in "$@"; do
    run_logged "$log" private_apt source "$name_suite" || fail_download
  done
}

# A signed list says until when it holds. Whether apt insists on that is the machine's own setting, not ours to relax.
fail_download() {
  ! grep --quiet 'Release file .* is \(expired\|not valid yet\)' "$log" ||
    fail 'the mirror offers a list that is out of date, and apt refuses it (see above). Is this machine'"'"'s clock' \
      'right? Then choose another mirror in /etc/apt, and run packaging/deps.sh again'
  fail --code "$kTemporaryFailure" "could not fetch the source packages of OpenSSL >= $min_openssl and" \
    "ngtcp2 >= $min_ngtcp2. Is there a network? Then run packaging/deps.sh again"
}

# ---- Building -------------------------------------------------------------------------------------------------

# source_folder <name> <minimum>: where fetch_sources has put it.
source_folder() {
  local folder
  folder=$(find "$work" -maxdepth 1 -type d -name "$1-[0-9]*" | sort --version-sort | tail -n 1)
  at_least "${folder##*-}" "$2" || fail "the distribution's $1 is ${folder##*-}, but >= $2 is needed"
  printf '%s\n' "$folder"
}

# publish <name-VERSION>: from the staging folder to the cache. Seen whole or not at all.
publish() {
  local incoming="$deps/.incoming-$1"
  rm -rf "$incoming"
  cp -a "$work/stage$deps/$1" "$incoming"
  rm -rf "${deps:?}/$1"
  mv -T "$incoming" "$deps/$1"
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
  local source name
  source=$(source_folder openssl "$min_openssl")
  name=${source##*/}
  [[ ! -d $deps/$name ]] || return 0
  say "building $name (two to four minutes of processor time)"
  cd "$source"
  run_logged "$log" ./Configure --prefix="$deps/$name" --libdir=lib --openssldir=/etc/ssl "${kOpensslOptions[@]}" \
    -O3 -fPIC
  run_logged "$log" make -j"$(nproc)" build_libs
  run_logged "$log" make install_dev DESTDIR="$work/stage"
  publish "$name"
}

# NDEBUG: ngtcp2's Release build keeps its assertions, at 5 % of the processor time. Fat objects: a build of ours
# without link-time optimisation links them too.
build_ngtcp2() {
  local source name openssl
  source=$(source_folder ngtcp2 "$min_ngtcp2")
  name=${source##*/}
  [[ ! -d $deps/$name ]] || return 0
  openssl=$(find "$deps" -maxdepth 1 -name 'openssl-*' | sort --version-sort | tail -n 1)
  say "building $name"
  run_logged "$log" env PKG_CONFIG_PATH="$openssl/lib/pkgconfig" cmake -S "$source" -B "$source/build" -G Ninja \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS='-DNDEBUG -O3 -flto=auto -ffat-lto-objects' \
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DENABLE_OPENSSL=ON -DOPENSSL_ROOT_DIR="$openssl" \
    -DENABLE_LIB_ONLY=ON -DENABLE_STATIC_LIB=ON -DENABLE_SHARED_LIB=OFF \
    -DCMAKE_INSTALL_PREFIX="$deps/$name" -DCMAKE_INSTALL_LIBDIR=lib
  run_logged "$log" cmake --build "$source/build"
  run_logged "$log" env DESTDIR="$work/stage" cmake --install "$source/build"
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
  find_suites
  mkdir -p "$deps"
  log=$deps/build.log
  exec 9>"$deps/.lock"
  flock 9
  build_what_is_missing "$update"
}

# With the lock held: another deps.sh may have done it all meanwhile.
build_what_is_missing() {
  local wanted=()
  if [[ $1 == yes ]] || ! cached openssl "$min_openssl"; then
    wanted+=("openssl/$openssl_suite")
  fi
  if [[ $1 == yes ]] || ! cached ngtcp2 "$min_ngtcp2"; then
    wanted+=("ngtcp2/$ngtcp2_suite")
  fi
  [[ ${#wanted[@]} -gt 0 ]] || return 0
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work" # apt fetches as a user of its own
  : >"$log"
  fetch_sources "${wanted[@]}"
  if [[ ${wanted[*]} == *openssl/* ]]; then
    build_openssl
  fi
  if [[ ${wanted[*]} == *ngtcp2/* ]]; then
    build_ngtcp2
  fi
  say "OpenSSL and ngtcp2 are in $deps"
}

main "$@"
