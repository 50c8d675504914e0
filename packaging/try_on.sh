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

readonly kDemoSeconds=5
inside='' # the process of `unshare`, while there is one
place=''  # where the roots are
log=''    # of the command that runs
took=()   # one line for each part
failures=()

# Each line with the seconds since the command began.
stamped() {
  local began=$SECONDS line
  while IFS= read -r line || [[ -n $line ]]; do
    printf '%5d  %s\n' $((SECONDS - began)) "$line"
  done
}

# ---- The machine inside the machine ----------------------------------------------------------------------------

# In namespaces of its own: whatever is mounted, and whoever is started, is gone with the first process.
enter() {
  local folder=$1 device
  if [[ -d $folder/proc ]]; then # not yet, for debootstrap itself
    mount -t proc proc "$folder/proc"
    mount -t sysfs -o ro sysfs "$folder/sys"
    mount -t tmpfs -o mode=755 tmpfs "$folder/dev"
    mount -t tmpfs -o mode=755 tmpfs "$folder/run"
    mkdir "$folder/dev/pts" "$folder/dev/shm" "$folder/run/lock"
    mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$folder/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$folder/dev/shm"
    for device in null zero full random urandom tty; do
      touch "$folder/dev/$device"
      mount --bind "/dev/$device" "$folder/dev/$device"
    done
    ln -s pts/ptmx "$folder/dev/ptmx"
    ln -s /proc/self/fd "$folder/dev/fd"
    for device in stdin:0 stdout:1 stderr:2; do
      ln -s "/proc/self/fd/${device#*:}" "$folder/dev/${device%:*}"
    done
    if [[ -n $2 ]]; then
      mkdir -p "$2" "$folder/root/.cache"
      mount --bind "$2" "$folder/root/.cache"
    fi
  fi
  shift 2
  exec "$@"
}

# apart <folder> <command>...: runs it in those namespaces, each line of what it says stamped and kept in `log`.
apart() {
  local status=0 reader pipe=$place/pipe
  rm -f "$pipe"
  mkfifo "$pipe"
  stamped <"$pipe" | tee "$log" >&2 &
  reader=$!
  unshare --mount --pid --fork --kill-child --propagation private \
    bash -euc "$(declare -f enter); enter \"\$@\"" enter "$1" "${cache:+$cache/${1##*/}}" "${@:2}" \
    </dev/null >"$pipe" 2>&1 &
  inside=$!
  wait "$inside" || status=$?
  inside=''
  wait "$reader" || true
  return "$status"
}

# within <folder> <command>...: as root in that root, in the clone, with a login's environment.
within() {
  local name environment=(HOME=/root USER=root LOGNAME=root TERM=dumb LANG=C.UTF-8
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  for name in http_proxy https_proxy ftp_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [[ -z ${!name:-} ]] || environment+=("$name=${!name}")
  done
  apart "$1" chroot "$1" env -i "${environment[@]}" \
    bash -c 'cd /root/pixelpass && exec "$@"' bash "${@:2}"
}

# The first process of the namespace takes all others with it; unshare ends when they have.
end_inside() {
  local children=()
  [[ -n $inside ]] || return 0
  read -r -a children <"/proc/$inside/task/$inside/children" || true
  [[ ${#children[@]} -eq 0 ]] || kill -KILL "${children[@]}" || true
  wait "$inside" || true
  inside=''
}

clean_up() {
  end_inside
  [[ -n $keep || -z $place ]] || rm -rf --one-file-system "$place"
}

# ---- Making it -------------------------------------------------------------------------------------------------

codename() {
  case $1 in
    12) echo bookworm ;;
    13) echo trixie ;;
    *) echo "$1" ;;
  esac
}

# Of this machine's apt: how it gets out, and whether it insists on a list's dates.
machines_apt_settings() {
  apt-config dump | grep --extended-regexp '^Acquire::(https?::Proxy|Check-|Retries|ForceIPv)' || true
}

write_sources() {
  local suite=$2 security=${security_mirror:-${mirror%/}-security}
  {
    printf 'deb %s %s main\n' "$mirror" "$suite"
    printf 'deb %s %s-updates main\n' "$mirror" "$suite"
    printf 'deb %s %s-security main\n' "$security" "$suite"
  } >"$1/etc/apt/sources.list"
  machines_apt_settings >"$1/etc/apt/apt.conf.d/90outside"
}

# make_root <release>
make_root() {
  local folder=$place/$1
  [[ ! -e $folder.made ]] || return 0
  rm -rf --one-file-system "$folder"
  log=$place/$1-debootstrap.log
  apart "$folder" debootstrap --variant=minbase "$(codename "$1")" "$folder" "$mirror" || return
  write_sources "$folder" "$(codename "$1")" || return
  # A root that is thrown away need not be safe from a power cut (as container images have it): minutes on a busy disk.
  echo force-unsafe-io >"$folder/etc/dpkg/dpkg.cfg.d/unsafe-io" || return
  # Nothing in it is a service of its own.
  printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d" && chmod 755 "$folder/usr/sbin/policy-rc.d" || return
  touch "$folder.made"
}

# What of the outside changes from day to day, and the clone.
refresh_root() {
  rm -f "$1/etc/resolv.conf"
  cat /etc/resolv.conf >"$1/etc/resolv.conf"
  if [[ -d $1/root/pixelpass ]]; then
    git -C "$1/root/pixelpass" fetch --quiet "$root" HEAD
    git -C "$1/root/pixelpass" reset --quiet --hard FETCH_HEAD
  else
    git clone --quiet --no-hardlinks "$root" "$1/root/pixelpass"
  fi
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

# The demo's own last word: pictures crossed the tunnel and came out of a decoder whole.
demo_showed_pictures() {
  grep --quiet '"event":"demo",.*"decoded_pictures":[1-9]' "$1" && grep --quiet '"decode_errors":0' "$1"
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

tests=--quick keep='' mirror='' cache='' releases=()
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
[[ $EUID -eq 0 ]] || fail 'making a root needs root'
for tool in debootstrap git unshare; do
  command -v "$tool" >/dev/null || fail "there is no $tool here"
done
find_distro
security_mirror=''
if [[ -z $mirror ]]; then
  mirror=$(find_mirror '')
  security_mirror=$(find_mirror -security)
  [[ -n $mirror ]] || fail "found no mirror in apt's sources; name one with --mirror"
fi

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
