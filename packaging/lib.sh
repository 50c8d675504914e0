# shellcheck shell=bash
# Shared by run.sh, test.sh and deps.sh; sourced, never run. All it says goes to standard error: standard
# output belongs to pixelpass (a ticket, JSON, a stream).

readonly kTemporaryFailure=75 # EX_TEMPFAIL of sysexits.h: a download failed, trying again may help
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly root
assume_yes=no # --yes
as_root=()    # what comes before a command that needs root
[[ $EUID -eq 0 ]] || as_root=(sudo)

say() { printf '%s\n' "pixelpass: $*" >&2; }

# fail [--code N] <message>...
fail() {
  local code=1
  if [[ $1 == --code ]]; then
    code=$2
    shift 2
  fi
  say "error: $*"
  exit "$code"
}

# at_least <version> <minimum>
at_least() {
  [[ $1 == "$2" || $(printf '%s\n%s\n' "$1" "$2" | sort --version-sort --reverse | head -n 1) == "$1" ]]
}

# run_logged <log> <command>...: quiet; the end of the log if it fails.
run_logged() {
  local log=$1
  shift
  if ! "$@" >>"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    say "failed: $* (all of it: $log)"
    return 1
  fi
}

# loud_or_logged <log> <command>...: a person at a terminal sees the command's own progress.
loud_or_logged() {
  if [[ -t 2 ]]; then
    "${@:2}" >&2 </dev/null
  else
    run_logged "$@"
  fi
}

# Where deps.sh builds to, and cmake/Dependencies.cmake looks.
deps_folder() { printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/pixelpass/deps"; }

# ---- The distribution ---------------------------------------------------------------------------------------

# Sets distro (a name that packages/ has a table for, or empty), distro_release and distro_codename.
# shellcheck disable=SC2034 # deps.sh uses distro_codename
find_distro() {
  local id like name
  distro='' distro_release='' distro_codename=''
  [[ -r /etc/os-release ]] || return 0
  # shellcheck disable=SC1091,SC2153
  IFS='|' read -r id like distro_release distro_codename < <(
    . /etc/os-release
    printf '%s|%s|%s|%s\n' "${ID:-}" "${ID_LIKE:-}" "${VERSION_ID:-}" "${VERSION_CODENAME:-}"
  )
  distro_release=${distro_release:-9999} # a rolling release is newer than all others
  for name in $id $like; do
    if [[ -r $root/packaging/packages/$name.txt ]]; then
      distro=$name
      return 0
    fi
  done
}

# ---- Packages -----------------------------------------------------------------------------------------------

# for_this_release <selector>: empty (any), "12" (that one), "13+" (that one and later).
for_this_release() {
  case $1 in
    '') return 0 ;;
    *+) at_least "$distro_release" "${1%+}" ;;
    *) [[ $distro_release == "$1" ]] ;;
  esac
}

# listed_packages <group>...: one name a line, from the distribution's table.
listed_packages() {
  local key names group selector wanted=" $* "
  while IFS=: read -r key names; do
    read -r group selector <<<"$key"
    if [[ -n $names && $wanted == *" $group "* ]] && for_this_release "${selector:-}"; then
      xargs -n 1 <<<"$names"
    fi
  done < <(sed 's/#.*//' "$root/packaging/packages/$distro.txt")
}

# missing_packages <name>...: those that are not installed; one query for all of them.
missing_packages() {
  case $distro in
    debian | ubuntu)
      comm -23 <(printf '%s\n' "$@" | sort -u) \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort -u)
      ;;
    arch) pacman -T "$@" || true ;;
    fedora) LC_ALL=C rpm -q "$@" | sed -n 's/^package \(.*\) is not installed$/\1/p' ;;
  esac
}

# Sets apt_get_command (an array) for the arguments given. It asks nothing (sudo would not hand on our environment), waits
# while another one is at work, and fetches again what failed on the way.
find_apt_get() {
  apt_get_command=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@")
}

# Sets install_command (an array) for the names given.
find_install_command() {
  case $distro in
    debian | ubuntu)
      find_apt_get install --yes --no-install-recommends "$@"
      install_command=("${apt_get_command[@]}")
      ;;
    arch) install_command=("${as_root[@]}" pacman -S --needed --noconfirm "$@") ;;
    fedora) install_command=("${as_root[@]}" dnf install --assumeyes --setopt=install_weak_deps=False "$@") ;;
  esac
}

# Whether there is a person to ask.
at_terminal() { [[ -t 0 && -t 2 ]]; }

# confirm <question>: Enter or y means yes.
confirm() {
  local answer
  read -r -p "pixelpass: $1 [Y/n] " answer
  [[ -z $answer || $answer == [yY]* ]]
}

# Installs what is missing of these groups: with --yes, or if a person at a terminal agrees.
ensure_packages() {
  local names missing
  find_distro
  [[ -n $distro ]] || { ensure_tools && return; }
  mapfile -t names < <(listed_packages "$@")
  mapfile -t missing < <(missing_packages "${names[@]}")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  find_install_command "${missing[@]}"
  if [[ $assume_yes == no ]] && ! at_terminal; then
    fail "${#missing[@]} packages are missing. Run this again with --yes, or type: ${install_command[*]}"
  fi
  say "${#missing[@]} packages are missing and are going to be installed with: ${install_command[*]}"
  [[ $assume_yes == yes ]] || confirm 'Go on?' || fail 'nothing was installed'
  install_packages "${missing[@]}"
}

# What failed is tried once more with lists that are new: mirrors change while one looks.
install_packages() {
  local log why
  [[ $EUID -eq 0 ]] || command -v sudo >/dev/null ||
    fail "installing needs root, and there is no sudo here. As root, type: ${install_command[*]:1}"
  log=$(mktemp)
  if ! install_once "$log"; then
    stop_if_dpkg_is_broken
    say 'that failed; trying once more, with new lists'
    if ! install_once "$log"; then
      why=$(grep --max-count 1 '^E: ' "$log" || true)
      rm -f "$log"
      fail --code "$kTemporaryFailure" "could not install: $*.${why:+ The first error: ${why#E: }.}" \
        "Type: ${install_command[*]}"
    fi
  fi
  rm -f "$log"
}

# install_once <log>
install_once() {
  : >"$1"
  refresh_package_lists "$1"
  loud_or_logged "$1" "${install_command[@]}"
}

# A list that cannot be had is no reason to stop (a foreign source may not answer): what counts is whether the
# packages can be installed.
refresh_package_lists() {
  if [[ $distro == debian || $distro == ubuntu ]]; then
    find_apt_get update
    "${apt_get_command[@]}" >>"$1" 2>&1 </dev/null || true
  fi
}

# What an interrupted or failed installation has left is for the machine's owner to mend: nothing can be installed before.
stop_if_dpkg_is_broken() {
  local said
  [[ $distro == debian || $distro == ubuntu ]] || return 0
  find_apt_get check
  said=$(LC_ALL=C "${apt_get_command[@]}" 2>&1 </dev/null) && return 0
  case $said in
    *'dpkg was interrupted'*) fail "an earlier installation was interrupted. Type: ${as_root[*]} dpkg --configure -a" ;;
    *'--fix-broken'*) fail "an earlier installation is incomplete. Type: ${as_root[*]} apt-get --fix-broken install" ;;
  esac
}

# On a distribution without a table we cannot install, only look.
ensure_tools() {
  local tool missing=()
  for tool in cmake ninja c++ pkg-config; do
    command -v $tool >/dev/null || missing+=("$tool")
  done
  [[ ${#missing[@]} -eq 0 ]] ||
    fail "this distribution is not known to $root/packaging/packages, and these are missing: ${missing[*]}." \
      'Install them, and the libraries that README.md lists under "What it is built with", then run this again'
}

# ---- Libraries of our own and the build ----------------------------------------------------------------------------

ensure_libraries() { "$root/packaging/deps.sh" </dev/null; }

# configured <preset>: there is a build folder, and no library has been built anew since.
configured() {
  local ninja_file=$root/build/$1/build.ninja
  [[ -e $ninja_file && ! $(deps_folder) -nt $ninja_file ]]
}

# configure <preset> <cmake options>...
configure() {
  if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
    export CCACHE_SLOPPINESS=pch_defines,time_macros # or it does not keep what precompiled headers are used for
  fi
  say "building $1 (log: build/$1.log)"
  mkdir -p "$root/build"
  : >"$root/build/$1.log"
  (cd "$root" && run_logged "build/$1.log" cmake --preset "$1" "${@:2}")
}

# build <preset> <target>...
build() {
  (cd "$root" && loud_or_logged "build/$1.log" cmake --build --preset "$1" --target "${@:2}")
}
