#!/usr/bin/env bash
# Tries README's two commands on bare systems: for each release a new root made with debootstrap, with a clean clone of
# what is committed here in it. Needs root, debootstrap, git and 6 GB of disk; nothing outside of the root is changed.
#
#   packaging/try_on.sh [options] RELEASE...     RELEASE: 12, 13, testing, or another suite that debootstrap knows
#
#   --tests WORDS    what packaging/test.sh is called with besides --yes (otherwise --quick; '' runs every layer)
#   --keep FOLDER    make the roots there and leave them; one that is there already is gone on with
#   --mirror URL     take packages from there (otherwise where this machine's own apt takes them from)
#   --cache FOLDER   a folder for ccache and for what packaging/deps.sh builds, kept from run to run
#
# Proxies, DNS and what this machine's apt thinks of a list's dates hold inside too. Each line is shown with the seconds
# since that command began. When it ends, also by Ctrl-C, nothing runs, is mounted or lies about any more.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=sources.sh
. "$root/packaging/sources.sh"
# shellcheck source-path=SCRIPTDIR source=roots.sh
. "$root/packaging/roots.sh"

readonly kDemoSeconds=5
took=() # one line for each part
failures=()

clean_up() {
  end_inside
  [[ -n $keep || -z $place ]] || rm -rf --one-file-system "$place"
}

# ---- Trying it -------------------------------------------------------------------------------------------------

# timed <what> <command>...: notes how long it took, and what of the processors.
timed() {
  local status=0 TIMEFORMAT='%0R %0U %0S' times
  say "== $1"
  { time "${@:2}" >&3 2>&4 || status=$?; } 3>&1 4>&2 2>"$place/times"
  read -r -a times <"$place/times"
  took+=("$(printf '%5d s, processors %5d s  %s' "${times[0]}" $((times[1] + times[2])) "$1")")
  [[ $status -eq 0 ]] || failures+=("$1")
  return "$status"
}

try_demo() {
  log=$place/$1-demo.log
  within "$place/$1" packaging/run.sh --yes --json demo --seconds "$kDemoSeconds" || return
  demo_showed_pictures "$log" || {
    say 'the demo showed no picture'
    return 1
  }
}

try_tests() {
  log=$place/$1-tests.log
  # Several words, split at blanks.
  # shellcheck disable=SC2086
  within "$place/$1" packaging/test.sh --yes $tests
}

try_release() {
  timed "$1: debootstrap" make_root "$1" || return 0
  refresh_root "$place/$1"
  timed "$1: packaging/run.sh demo" try_demo "$1" || true
  timed "$1: packaging/test.sh${tests:+ $tests}" try_tests "$1" || true
  [[ -n $keep ]] || rm -rf --one-file-system "${place:?}/$1"
}

# ---- The run ---------------------------------------------------------------------------------------------------

tests=--quick keep='' releases=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --tests) tests=$2 && shift ;;
    --keep) keep=$(realpath "$2") && shift ;;
    --mirror) mirror=$2 && shift ;;
    --cache) cache=$(realpath "$2") && shift ;;
    -*) fail --code 2 "what is '$1'? See the top of packaging/try_on.sh" ;;
    *) releases+=("$1") ;;
  esac
  shift
done
[[ ${#releases[@]} -gt 0 ]] || fail --code 2 'which release? For example: packaging/try_on.sh 12 13 testing'
needs_for_roots git
find_mirrors

place=${keep:-$(mktemp -d --tmpdir="${TMPDIR:-/var/tmp}" pixelpass-try.XXXXXX)}
mkdir -p "$place"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
for release in "${releases[@]}"; do
  try_release "$release"
done
say "what each part took:$(printf '\n  %s' "${took[@]}")"
[[ ${#failures[@]} -eq 0 ]] || fail "failed:$(printf '\n  %s' "${failures[@]}")"
say 'everything passed'
