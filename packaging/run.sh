#!/usr/bin/env bash
# Makes this machine ready, builds pixelpass and runs it. With nothing left to do it starts at once.
#
#   packaging/run.sh [--yes] [--setup-only] [pixelpass's own arguments...]
#
#   --yes         install what is missing without asking
#   --setup-only  install, and build the libraries that the distribution has too old; no more
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

has_screen() { [[ -n ${WAYLAND_DISPLAY:-} || -n ${DISPLAY:-} ]]; }

# A player is worth installing only where it has a screen, and where there is none yet.
package_groups() {
  echo build run
  if has_screen && ! command -v mpv >/dev/null && ! command -v vlc >/dev/null; then
    echo player
  fi
}

set_up() {
  local groups
  mapfile -t groups < <(package_groups | xargs -n 1)
  ensure_packages "${groups[@]}"
  ensure_libraries
}

# The tests need more packages; who runs test.sh has them, and its configuration is left as it is.
build_pixelpass() {
  configured release || configure release -DPIXELPASS_TESTS=OFF
  build release pixelpass
}

# There is nothing to share without a screen. Sets `arguments`.
offer_demo() {
  say 'there is no screen here to share. To see it work: packaging/run.sh demo'
  if at_terminal && confirm 'Run the demo now?'; then
    arguments=(demo)
  else
    exit 1
  fi
}

setup_only=no
while [[ ${1:-} == --yes || ${1:-} == --setup-only ]]; do
  if [[ $1 == --yes ]]; then assume_yes=yes; else setup_only=yes; fi
  shift
done
arguments=("$@")

if [[ $setup_only == no && ${#arguments[@]} -eq 0 ]] && ! has_screen; then
  offer_demo
fi
set_up
[[ $setup_only == no ]] || exit 0
build_pixelpass
exec "$root/build/release/pixelpass" "${arguments[@]}"
