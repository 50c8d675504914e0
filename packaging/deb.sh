#!/usr/bin/env bash
# Makes the .deb of pixelpass: build/deb/pixelpass_VERSION-1~RELEASE_ARCHITECTURE.deb. Its libraries are those of one
# release of Debian, so each release has its own. The package's name goes to standard output.
#
#   packaging/deb.sh [--yes] [--try]                  for this machine's release, of the optimised build
#   packaging/deb.sh [--try] --on RELEASE...          for others (12, 13, testing), of what is committed here: each in a
#                                                     clean root made with debootstrap
#
#   --yes            install what is missing without asking
#   --try            install it in another clean root of its release, run the demo as a user there, remove it, and see
#                    that nothing of it is left
#   --our-libraries  with --on a newer release than this machine's: take the libraries that packaging/deps.sh has built
#                    here, in place of building them there (static ones work on newer releases; it saves minutes)
#   --mirror URL     take packages from there (otherwise where this machine's own apt takes them from)
#
# Clean roots need root, debootstrap and, for --on, 6 GB of disk. As debootstrap made them they stay in
# ~/.cache/pixelpass/roots, for the next time, as do the libraries that --on has built; the rest is in copies that go.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=sources.sh
. "$root/packaging/sources.sh"
# shellcheck source-path=SCRIPTDIR source=roots.sh
. "$root/packaging/roots.sh"

# newest_deb <folder>
newest_deb() { find "$1/build/deb" -maxdepth 1 -name 'pixelpass_*.deb' -printf '%T@ %p\n' | sort --numeric-sort | tail -n 1 | cut -d ' ' -f 2; }

# Sets `deb`.
build_here() {
  find_distro
  [[ $distro == debian || $distro == ubuntu ]] || fail 'a .deb is made on Debian or Ubuntu; for another release: --on RELEASE'
  ensure_packages build run deb
  ensure_libraries
  configured release || configure release -DPIXELPASS_TESTS=OFF
  build release pixelpass pixelpass_files
  "$root/packaging/check_symbols.sh"
  : >"$root/build/deb.log"
  (cd "$root" && run_logged build/deb.log cpack --config build/release/CPackConfig.cmake -B build/deb)
  deb=$(newest_deb "$root")
}

# ---- In clean roots -----------------------------------------------------------------------------------------------

clean_up() {
  end_inside
  [[ -z $copy ]] || rm -rf --one-file-system "$copy"
  [[ $lent == no ]] || rm -rf --one-file-system "$place/lent"
}

# take_roots: nobody else works with them meanwhile.
take_roots() {
  needs_for_roots "$@"
  find_mirrors
  place=${XDG_CACHE_HOME:-$HOME/.cache}/pixelpass/roots
  mkdir -p "$place"
  exec 9>"$place/.lock"
  flock 9
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

# Sets `copy`, a clean root of this release that may be used up.
copy_root() {
  [[ -z $copy ]] || rm -rf --one-file-system "$copy"
  make_root "$1" || fail "debootstrap cannot make a root of $1 (all of it: $place/$1-debootstrap.log)"
  copy=$place/copy-of-$1
  rm -rf --one-file-system "$copy"
  cp -a --reflink=auto "$place/$1" "$copy"
  write_sources "$copy" "$1"
  refresh_names "$copy"
}

# Sets `cache`, for the root of that name. What is lent is not kept as if it had been built there.
find_cache() {
  cache=$place/cache
  [[ $lent == yes ]] || return 0
  [[ -d $(deps_folder) ]] || fail "--our-libraries: packaging/deps.sh has built none here ($(deps_folder))"
  cache=$place/lent
  rm -rf --one-file-system "$cache"
  mkdir -p "$cache/$1/pixelpass"
  cp -a "$(deps_folder)" "$cache/$1/pixelpass/deps"
}

# Sets `deb`. What packaging/deps.sh and the compiler made there is kept.
build_on() {
  copy_root "$1"
  find_cache "${copy##*/}"
  log=$root/build/deb-$1.log
  mkdir -p "$root/build/deb"
  : >"$log"
  printf 'Acquire::Languages "none";\n' >"$copy/etc/apt/apt.conf.d/90languages"
  refresh_root "$copy"
  within "$copy" packaging/deb.sh --yes || fail "on $1 the package cannot be built (all of it: $log)"
  deb=$root/build/deb/$(basename "$(newest_deb "$copy/root/pixelpass")")
  cp "$(newest_deb "$copy/root/pixelpass")" "$deb"
  cache=''
}

# try_deb <release>
try_deb() {
  copy_root "$1"
  mkdir "$copy/root/trial"
  cp "$root/packaging/deb_trial.sh" "$copy/root/trial/"
  cp "$deb" "$copy/root/trial/pixelpass.deb"
  log=$root/build/deb-trial-$1.log
  : >"$log"
  in_root "$copy" bash /root/trial/deb_trial.sh || fail "the package did not stand its trial on $1 (all of it: $log)"
  demo_showed_pictures "$log" || fail "installed on $1, the demo showed no picture (all of it: $log)"
}

# ---- The run ------------------------------------------------------------------------------------------------------

try=no lent=no copy='' releases=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --yes) assume_yes=yes ;;
    --try) try=yes ;;
    --our-libraries) lent=yes ;;
    --mirror) mirror=$2 && shift ;;
    --on) ;;
    -*) fail --code 2 "what is '$1'? See the top of packaging/deb.sh" ;;
    *) releases+=("$(codename "$1")") ;;
  esac
  shift
done

[[ $lent == no || ${#releases[@]} -gt 0 ]] || fail --code 2 '--our-libraries goes with --on RELEASE'
if [[ ${#releases[@]} -eq 0 ]]; then
  build_here
  echo "$deb"
  [[ $try == no ]] || { take_roots && try_deb "$distro_codename"; }
else
  take_roots git
  for release in "${releases[@]}"; do
    build_on "$release"
    echo "$deb"
    [[ $try == no ]] || try_deb "$release"
  done
fi
