# shellcheck shell=bash
# Clean roots made with debootstrap, and what runs in them; sourced after lib.sh and sources.sh, never run. Needs root.

inside='' # the process of `unshare`, while there is one
place=''  # where the roots are
log=''    # of the command that runs
mirror='' security_mirror=''
cache='' # a folder that is /root/.cache inside, or nothing

# Each line with the seconds since the command began.
stamped() {
  local began=$SECONDS line
  while IFS= read -r line || [[ -n $line ]]; do
    printf '%5d  %s\n' $((SECONDS - began)) "$line"
  done
}

# ---- The machine inside the machine ----------------------------------------------------------------------------

# enter <folder> <cache folder or nothing> <command>...: in namespaces of its own whatever is mounted, and whoever is
# started, is gone with the first process.
enter() {
  local folder=$1 device
  if [[ ! -d $folder/proc ]]; then # debootstrap itself
    exec "${@:3}"
  fi
  mount --bind "$folder" "$folder"
  mount -t proc proc "$folder/proc"
  mount -t sysfs -o ro sysfs "$folder/sys"
  mount -t tmpfs -o mode=755 tmpfs "$folder/dev"
  mount -t tmpfs -o mode=755 tmpfs "$folder/run"
  mkdir "$folder/dev/pts" "$folder/dev/shm" "$folder/dev/net" "$folder/run/lock"
  mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$folder/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$folder/dev/shm"
  for device in null zero full random urandom tty net/tun; do
    [[ -e /dev/$device ]] || continue
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
  # Not chroot alone: the kernel gives no user namespace to who is in one, and the tests' desktops are in such.
  cd "$folder" || return
  pivot_root . .
  umount --lazy .
  exec chroot . "${@:3}"
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

# in_root <folder> <command>...: as root in that root, with a login's environment.
in_root() {
  local name environment=(HOME=/root USER=root LOGNAME=root TERM=dumb LANG=C.UTF-8
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  for name in http_proxy https_proxy ftp_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [[ -z ${!name:-} ]] || environment+=("$name=${!name}")
  done
  apart "$1" env -i "${environment[@]}" "${@:2}"
}

# within <folder> <command>...: so, in the clone.
within() {
  # shellcheck disable=SC2016 # the inner one's
  in_root "$1" bash -c 'cd /root/pixelpass && exec "$@"' bash "${@:2}"
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

# needs_for_roots <tool>...: stops where a root cannot be made.
needs_for_roots() {
  local tool
  [[ $EUID -eq 0 ]] || fail 'making a root needs root'
  for tool in debootstrap unshare "$@"; do
    command -v "$tool" >/dev/null || fail "there is no $tool here"
  done
}

# Sets mirror and security_mirror, where nobody has named one.
find_mirrors() {
  find_distro
  [[ -z $mirror ]] || return 0
  mirror=$(find_mirror '')
  security_mirror=$(find_mirror -security)
  [[ -n $mirror ]] || fail "found no mirror in apt's sources; name one with --mirror"
}

# bootstrap <release> <folder>
bootstrap() {
  rm -rf --one-file-system "$2"
  apart "$2" debootstrap --variant=minbase "$(codename "$1")" "$2" "$mirror"
}

# make_root <release>
make_root() {
  local folder=$place/$1
  [[ $1 =~ ^[a-z0-9-]+$ ]] || fail --code 2 "'$1' is no release of Debian" # it is a folder's name, too
  [[ ! -e $folder.made ]] || return 0
  [[ ! -e $folder || -e $folder.begun ]] || fail "$folder is there, and was not made by this script"
  touch "$folder.begun" || return
  log=$place/$1-debootstrap.log
  bootstrap "$1" "$folder" || bootstrap "$1" "$folder" || return # the network has its moments
  write_sources "$folder" "$(codename "$1")" || return
  # A root that is thrown away need not be safe from a power cut (as container images have it): minutes on a busy disk.
  echo force-unsafe-io >"$folder/etc/dpkg/dpkg.cfg.d/unsafe-io" || return
  # Nothing in it is a service of its own.
  printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d" && chmod 755 "$folder/usr/sbin/policy-rc.d" || return
  touch "$folder.made"
}

# What of the outside changes from day to day.
refresh_names() {
  rm -f "$1/etc/resolv.conf"
  cat /etc/resolv.conf >"$1/etc/resolv.conf"
}

# That, and the clone.
# shellcheck disable=SC2154 # lib.sh sets root
refresh_root() {
  refresh_names "$1"
  if [[ -d $1/root/pixelpass ]]; then
    git -C "$1/root/pixelpass" fetch --quiet "$root" HEAD
    git -C "$1/root/pixelpass" reset --quiet --hard FETCH_HEAD
  else
    git clone --quiet --no-hardlinks "$root" "$1/root/pixelpass"
  fi
}

# The demo's own last word: pictures crossed the tunnel and came out of a decoder whole.
demo_showed_pictures() {
  grep --quiet '"event":"demo",.*"decoded_pictures":[1-9]' "$1" && grep --quiet '"decode_errors":0' "$1"
}
