#!/usr/bin/env bash
# Makes this machine ready for the tests, builds everything and runs them.
#
#   packaging/test.sh [--yes] [--setup-only] [--quick | --all | LAYER...]
#
#   (nothing)     the optimised build, every layer: unit, sim, fuzz (its corpora, replayed), integration, e2e,
#                 netlab (between NATs)
#   LAYER...      these layers of it alone
#   --quick       unit, sim and fuzz
#   --all         all layers, then those without real players under the sanitizers (AddressSanitizer's build is
#                 clang's: there the fuzz targets search for a moment); the .debs of Debian 12 and 13, made and tried in
#                 clean roots (on Debian, as root); clang-tidy on what has changed, and the format: what CI runs
#   --yes         install what is missing without asking
#   --setup-only  install, and build the libraries that the distribution has too old; no more
#
# Ends with 0 only if every test ran and passed: a skipped one is a failure, but for those that packaging/packages
# says cannot run on this distribution ("left-out"). They are named then.
# PIXELPASS_BASE: the commit that clang-tidy compares with (otherwise where this branch left its upstream, or the
# commit before; without either, every file is checked).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly kLayers=(unit sim fuzz integration e2e netlab)
readonly kSanitizedLayers=(unit sim fuzz integration) # players and timing are the optimised build's business
readonly kThreadedLayers=(unit integration)           # the others have one thread, in which nothing races
failures=()
took=() # "SECONDS WHAT", for each part

# attempt <command>...: sets `status` to what comes out.
attempt() {
  # A command of its own, so that `set -e` holds in it (it would not on the left of ||).
  set +e
  (
    set -e
    "$@"
  )
  status=$?
  set -e
}

# note <what> <command>...: runs it, and goes on to the next whatever comes out.
note() {
  local began=$SECONDS status
  say "== $1"
  attempt "${@:2}"
  # At once, too: a run that is stopped from outside never comes to its summary.
  say "== $1: $((SECONDS - began)) s; $((SECONDS / 60)) min since the start"
  took+=("$(printf '%5d s  %s' $((SECONDS - began)) "$1")")
  [[ $status -eq 0 ]] || failures+=("$1")
}

# ---- Building and running -----------------------------------------------------------------------------------

# ThreadSanitizer wants its memory where the kernel's randomisation may put something else; without that it aborts
# before main ("unexpected memory mapping", GCC 12 on newer kernels). CMake runs the tests while building, to list them.
fixed_addresses() {
  if [[ $1 == tsan ]] && setarch "$(uname -m)" -R true 2>/dev/null; then
    setarch "$(uname -m)" -R "${@:2}"
  else
    "${@:2}"
  fi
}

# With ThreadSanitizer GCC 12 warns of what it put in itself. AddressSanitizer's build is the other compiler's.
warnings_are_errors() { [[ $1 == asan || ($mode == all && $1 == release) ]] && echo ON || echo OFF; }

build_tests() {
  configure "$1" -DPIXELPASS_TESTS=ON "-DPIXELPASS_WERROR=$(warnings_are_errors "$1")"
  cd "$root"
  loud_or_logged "build/$1.log" fixed_addresses "$1" cmake --build --preset "$1"
}

# package_for <release>: its .deb, which is tried in a clean root.
package_for() {
  local on=()
  find_distro
  if [[ $distro_release != "$1" ]]; then
    on=(--on "$1")
    ! at_least "$1" "$distro_release" || on+=(--our-libraries)
  fi
  : >"$root/build/aside-deb-$1.log"
  run_logged "$root/build/aside-deb-$1.log" "$root/packaging/deb.sh" --yes --try "${on[@]}"
}

# make_these <preset or deb-RELEASE>...: one after the other, in a process of its own; each one's end goes to standard
# output, as "NAME STATUS SECONDS".
make_these() {
  local name began status
  chrt --idle --pid 0 $$ 2>/dev/null || renice -n 19 -p $$ >/dev/null
  export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
  exec 2> >(cat >&2) # no terminal: the builds' progress is not shown among the tests'
  for name in "$@"; do
    # The kernel shares out between sessions before it looks at processes. Not every kernel can be told so. A package's
    # trial takes it back.
    { echo 19 >/proc/self/autogroup; } 2>/dev/null || true
    began=$SECONDS
    case $name in
      deb-*) attempt package_for "${name#deb-}" >&2 ;;
      *) attempt build_tests "$name" >&2 ;;
    esac
    echo "$name $status $((SECONDS - began))"
  done
}

# make_aside <preset or deb-RELEASE>...: while tests run, which wait most of the time. What is made yields to them.
make_aside() {
  exec {aside}< <(exec setsid "${BASH_SOURCE[0]}" --aside "$@")
  maker=$!
  trap 'kill -- "-$maker" 2>/dev/null || true' EXIT
}

# made_aside <preset or deb-RELEASE>: waits for it. They are asked for in the order in which they were given.
made_aside() {
  local name status seconds
  read -r name status seconds <&"$aside" || fail "nothing makes $1 any more"
  [[ $name == "$1" ]] || fail "$name was made instead of $1"
  say "$name took $seconds s, while tests ran"
  return "$status"
}

# all_ran <junit file>: no test was skipped, disabled or not run. ctest itself calls a skipped test passed.
all_ran() {
  local name group excused skipped=() left_out=()
  while IFS= read -r name; do
    excused=no
    for group in $(listed_packages left-out); do
      [[ $name != "$group" && $name != "$group: "* ]] || excused=yes
    done
    if [[ $excused == yes ]]; then left_out+=("$name"); else skipped+=("$name"); fi
  done < <(sed -n 's/.*<testcase name="\([^"]*\)".* status="\(notrun\|disabled\)".*/\1/p' "$1")
  [[ ${#left_out[@]} -eq 0 ]] ||
    say "${#left_out[@]} tests cannot run on this distribution (packaging/packages/$distro.txt says why):" \
      "$(printf '\n  %s' "${left_out[@]}")"
  [[ ${#skipped[@]} -eq 0 ]] || {
    printf 'these tests did not run:\n' >&2
    printf '  %s\n' "${skipped[@]}" >&2
    return 1
  }
}

# Of ctest's output what is worth reading: failures and the summary.
without_passed() { grep --line-buffered --extended-regexp --invert-match '^ +Start +[0-9]+: | Passed +[0-9.]+ sec$'; }

# jobs <preset> <layer>: how many of its tests may run at once. Those with real sockets, desktops and players wait three
# quarters of the time, and those between NATs longer.
jobs() {
  local each=1
  case $1:$2 in
    *:netlab | asan:integration | tsan:integration) each=3 ;;
    *:integration | *:e2e) each=2 ;;
  esac
  echo $(($(nproc) * each))
}

# run_layer <preset> <layer> [alone | others]. What wants the machine for itself says so to ctest; of the end-to-end tests
# its label is "alone".
run_layer() {
  local results=$root/build/$1/results-$2${3:+-$3}.xml which=()
  case ${3:-} in
    alone) which=(--label-regex '^alone$') ;;
    others) which=(--label-exclude '^alone$') ;;
  esac
  [[ -z ${aside:-} ]] || exec {aside}<&- # not the tests' business
  cd "$root"
  fixed_addresses "$1" ctest --preset "$1" --label-regex "^$2\$" "${which[@]}" --no-tests=error \
    --parallel "$(jobs "$1" "$2")" --output-junit "$results" </dev/null | without_passed
  all_ran "$results"
}

# Every test belongs to a layer, or it would run nowhere.
no_strays() {
  local strays
  strays=$(cd "$root" && ctest --preset release --show-only --label-exclude "^($(IFS='|' && echo "${kLayers[*]}"))\$" |
    sed -n 's/^ *Test *#[0-9]*: /  /p')
  [[ -z $strays ]] || fail "these tests have no layer's label:"$'\n'"$strays"
}

# run_layers <preset> <layer>...
run_layers() {
  local layer
  for layer in "${@:2}"; do
    note "$1: $layer" run_layer "$1" "$layer"
  done
}

# run_beside_builds: of the optimised build, the layers that leave the machine idle some of the time, while it builds the
# others and the packages, at idle priority. But for those end-to-end tests that judge when a picture comes, or sound
# without a gap: they run before that.
run_beside_builds() {
  ((!built)) || note 'release: e2e, one by one' run_layer release e2e alone
  make_aside asan tsan "${packages[@]}"
  ((built)) || return 0
  run_layers release integration
  note 'release: e2e, the others' run_layer release e2e others
  run_layers release netlab
}

# once_built <preset> <layer>...: one that was built aside.
once_built() {
  local failed=${#failures[@]}
  note "$1: build" made_aside "$1"
  [[ ${#failures[@]} -gt $failed ]] || run_layers "$@"
}

# ---- Reading, without running -------------------------------------------------------------------------------

repository() { git -C "$root" -c safe.directory="$root" "$@"; }

# The commit to compare with, or nothing.
base_commit() {
  local upstream
  upstream=$(repository merge-base HEAD '@{upstream}' 2>/dev/null || true)
  if [[ -n ${PIXELPASS_BASE:-} ]]; then
    repository rev-parse --verify --quiet "$PIXELPASS_BASE^{commit}"
  elif [[ -n $upstream && $upstream != "$(repository rev-parse HEAD)" ]]; then
    echo "$upstream"
  else
    repository rev-parse --verify --quiet HEAD~1 || true
  fi
}

# Our .cpp files that have changed, and for a header that has, the .cpp file of its name.
changed_sources() {
  local base
  base=$(base_commit)
  if [[ -z $base ]]; then
    repository ls-files 'src/*.cpp' 'tests/*.cpp'
  else
    { repository diff --name-only --diff-filter=d "$base" && repository ls-files --others --exclude-standard; } |
      sed -n -e 's,^include/pixelpass/\(.*\)\.hpp$,src/\1.cpp,' -e 's,\.hpp$,.cpp,' -e '/^\(src\|tests\)\/.*\.cpp$/p' |
      sort -u
  fi
}

# Of those given (standard input), the ones that a normal build compiles: the libFuzzer ones are not.
compiled_sources() {
  local file
  while read -r file; do
    if grep --quiet --fixed-strings "\"file\": \"$root/$file\"" "$root/build/debug/compile_commands.json"; then
      echo "$file"
    fi
  done
}

# With the debug build's flags, and without GCC's precompiled headers, which clang cannot read.
tidy() {
  local changed sources
  configure debug -DPIXELPASS_TESTS=ON -DPIXELPASS_PRECOMPILED=OFF
  changed=$(changed_sources)
  mapfile -t sources < <(compiled_sources <<<"$changed")
  say "clang-tidy: ${#sources[@]} files"
  [[ ${#sources[@]} -gt 0 ]] || return 0
  cd "$root"
  printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p build/debug --quiet 2>build/tidy.log
}

formatted() {
  cd "$root"
  repository ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format --dry-run -Werror
}

scripts_clean() {
  cd "$root"
  shellcheck --external-sources packaging/*.sh .ci/run
}

# ---- The run ------------------------------------------------------------------------------------------------

setup_only=no mode=layers layers=()
if [[ ${1:-} == --aside ]]; then # as make_aside calls it
  make_these "${@:2}"
  exit
fi
for argument in "$@"; do
  case $argument in
    --yes) assume_yes=yes ;;
    --setup-only) setup_only=yes ;;
    --quick) layers=(unit sim fuzz) ;;
    --all) mode=all ;;
    unit | sim | fuzz | integration | e2e | netlab) layers+=("$argument") ;;
    *) fail --code 2 "what is '$argument'? A layer is one of: ${kLayers[*]}; see the top of packaging/test.sh" ;;
  esac
done
[[ ${#layers[@]} -gt 0 ]] || layers=("${kLayers[@]}")
[[ $mode != all ]] || layers=(unit sim fuzz) # and those beside which the next are built
packages=() # as make_aside calls them

ensure_packages build run test deb
ensure_libraries
[[ $setup_only == no ]] || exit 0
[[ $distro != debian || $EUID -ne 0 ]] || packages=(deb-12 deb-13)

note 'release: build' build_tests release
built=$((${#failures[@]} == 0))
((built)) || packages=()
((!built)) || run_layers release "${layers[@]}"
[[ $mode != all ]] || run_beside_builds
note 'release: every test has a layer' no_strays
note 'release: no symbol of OpenSSL is exported' "$root/packaging/check_symbols.sh"
if [[ $mode == all ]]; then
  once_built asan "${kSanitizedLayers[@]}"
  once_built tsan "${kThreadedLayers[@]}"
  note 'clang-tidy' tidy
  note 'format' formatted
  note 'scripts' scripts_clean
  [[ ${#packages[@]} -gt 0 ]] || say 'left out: the .debs, which root makes on Debian, of what could be built'
  for package in "${packages[@]}"; do
    note "$package: made, installed and removed in clean roots" made_aside "$package"
  done
fi
say "what each part took:$(printf '\n  %s' "${took[@]}")"
if [[ ${#failures[@]} -gt 0 ]]; then
  fail "failed:$(printf '\n  %s' "${failures[@]}")"
fi
say 'everything passed'
