# shellcheck shell=bash
# Which source packages the distribution has, and how one of them is fetched; sourced by deps.sh, never run.
#
# A mirror's list often names what its pool does not have yet, and a suite may be out of reach. So each suite has an apt
# of its own here, and whoever wants a package goes down the versions until one can be had.
# Uses of deps.sh: minimum, libraries (those that are wanted), log, work (kept between runs), fetching (gone at the end;
# readable, since apt fetches as a user of its own).
# shellcheck disable=SC2154,SC2034 # those, and what lib.sh sets; deps.sh reads what is set here

retry_may_help=no # whether something failed that may be there in an hour
unreachable=()    # "SUITE at URI: why", for each list that could not be had
suites=()         # folders under $fetching, one for each list that was had

# ---- Commands, and why they fail -----------------------------------------------------------------------------

# logged <command>...: into the log, quietly. Sets `said` to the end of what it wrote. A full disk ends it all here:
# nothing that follows could do better.
logged() {
  local before status=0
  before=$(stat --format %s "$log")
  "$@" >>"$log" 2>&1 </dev/null || status=$?
  said=$(tail --bytes "+$((before + 1))" "$log" | tail --lines 400)
  [[ $status -eq 0 ]] || stop_if_full "$said" "$work" "$fetching"
  return "$status"
}

# The first thing that apt complained about in `said`, on one line.
apts_reason() {
  local reason
  reason=$(grep --max-count 1 '^[EW]: ' <<<"$said" || tail --lines 1 <<<"$said")
  printf '%s\n' "${reason#[EW]: }" | tr --squeeze-repeats ' \n' ' '
}

# An answer that is there, and wrong, stays so for now; what cannot be reached or is not there yet may come.
note_whether_to_retry() {
  case $1 in
    *'is expired'* | *'not valid yet'* | *'GPG error'* | *'not signed'* | *'does not have a Release file'*) ;;
    *) retry_may_help=yes ;;
  esac
}

# ---- The suites ------------------------------------------------------------------------------------------------

# The mirror that this machine gets its own release from (argument: nothing), or its security updates ("-security").
# Without root, and also where the lists have been deleted, as container images do.
find_mirror() {
  local all own="$distro_codename$1"
  all=$(LC_ALL=C apt-get update --print-uris 2>/dev/null |
    sed -n "s,^'\([^']*\)/dists/\([^/']*\)/main/binary-.*,\2 \1,p" | grep --invert-match ' cdrom:')
  {
    sed -n "s/^$own //p" <<<"$all"
    sed -n "s,^[a-z]*$1 \(.*/$distro\(-security\)\?\)/*\$,\1,p" <<<"$all" # testing, stable: the suite's other names
  } | awk 'NR == 1' # not head, which ends before the others have written
}

# The releases that can have a source package that is new enough, apart from this machine's own.
later_releases() {
  case $distro in
    debian) printf '%s\n' trixie forky sid ;;
    ubuntu) printf '%s\n' questing resolute devel ;;
  esac
}

# too_old <release>: nothing new enough ever comes there, so that its lists are not worth fetching.
too_old() { [[ ' bullseye bookworm focal jammy noble ' == *" $1 "* ]]; }

# suite_line <site> <suite>
suite_line() {
  local components=main
  [[ $distro == debian ]] || components='main universe'
  printf 'deb-src [signed-by=%s] %s %s %s\n' "$keyring" "$1" "$2" "$components"
}

# The lines of sources.list, one for each suite that may serve.
machines_suites() {
  local mirror security keyring release
  mirror=$(find_mirror '')
  [[ -n $mirror ]] || fail "found no mirror of $distro in apt's sources; look at: apt-get update --print-uris"
  security=$(find_mirror -security)
  keyring=$(find /usr/share/keyrings -name "$distro-archive-keyring.[gp][pg][gp]" | head -n 1)
  [[ -n $keyring ]] || fail "no /usr/share/keyrings/$distro-archive-keyring.gpg, so nothing can be checked;" \
    "install $distro-archive-keyring"
  [[ $distro == debian ]] || security=${security:-$mirror}
  for release in $({ printf '%s\n' "$distro_codename" && later_releases; } | awk '!seen[$0]++'); do
    if ! too_old "$release"; then
      suite_line "$mirror" "$release"
      [[ $release != sid ]] || continue
      suite_line "$mirror" "$release-updates"
      suite_line "$mirror" "$release-backports"
      suite_line "${security:-${mirror%/}-security}" "$release-security"
    fi
  done
}

suite_lines() {
  if [[ -n ${PIXELPASS_DEPS_SOURCES:-} ]]; then
    grep '^deb-src ' "$PIXELPASS_DEPS_SOURCES" || fail "no line of $PIXELPASS_DEPS_SOURCES begins with deb-src"
    return
  fi
  case $distro in
    debian | ubuntu) machines_suites ;;
    *)
      fail "OpenSSL >= $(minimum openssl), ngtcp2 >= $(minimum ngtcp2) with libngtcp2_crypto_ossl and FTXUI >=" \
        "$(minimum ftxui) are needed, and can only be built here on Debian and Ubuntu. Install what is missing" \
        "(${libraries[*]}, with their .pc files) from your distribution"
      ;;
  esac
}

# suite_apt <suite's folder> <apt program> <arguments>...: sees this one suite alone, and touches nothing of the
# system's state. Signatures and dates are checked as the machine's own apt checks them.
suite_apt() {
  env LC_ALL=C "$2" -o Dir::Etc::sourcelist="$1/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$1/lists" -o Dir::Cache="$1/cache" -o Acquire::Languages=none -o Acquire::PDiffs=false \
    -o Acquire::Retries=1 -o APT::Update::Error-Mode=any -o APT::Get::Only-Source=true "${@:3}"
}

# suite_name <suite's folder>: "SUITE at URI", as people are told of it
suite_name() { sed 's/^deb-src *\(\[[^]]*\] *\)\?\([^ ]*\) *\([^ ]*\).*/\3 at \2/' "$1/sources.list"; }

# The lists of all suites, side by side: one that does not answer holds up nobody for longer than itself.
fetch_lists() {
  local line lines number=0 folder
  say "looking for the newest source packages: ${libraries[*]}"
  lines=$(suite_lines)
  while read -r line; do
    number=$((number + 1))
    folder=$fetching/suite$number
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
    printf '%s\n' "$line" >"$folder/sources.list"
    { suite_apt "$folder" apt-get update >"$folder/output" 2>&1 </dev/null && touch "$folder/had"; } &
  done <<<"$lines"
  wait
  look_at_lists
}

look_at_lists() {
  local folder why
  for folder in "$fetching"/suite*; do
    cat "$folder/output" >>"$log"
    if [[ -e $folder/had ]]; then
      suites+=("$folder")
    else
      said=$(cat "$folder/output")
      stop_if_full "$said" "$work" "$fetching"
      why=$(apts_reason)
      note_whether_to_retry "$why"
      unreachable+=("$(suite_name "$folder"): $why")
    fi
  done
}

# ---- The versions ------------------------------------------------------------------------------------------------

# upstream <source version>: 3.5.7 of 3.5.7-1~deb13u2. In a folder's name a hyphen stands before the version alone.
upstream() {
  local version=${1#*:}
  version=${version%-*}
  printf '%s\n' "${version//-/\~}"
}

# usable <source version> <minimum>: new enough, and not of a later major version, whose interface may be another.
usable() {
  local version
  version=$(upstream "$1")
  [[ ${version%%.*} == "${2%%.*}" ]] && dpkg --compare-versions "$version" ge "$2"
}

# newest_first: lines that begin with a source version, in the order that dpkg gives them.
newest_first() {
  perl -MDpkg::Version -e 'print sort { version_compare((split " ", $b)[0], (split " ", $a)[0]) } <STDIN>'
}

# offered <name>: "VERSION FOLDER" for each version in each suite, the newest first.
offered() {
  local folder
  for folder in "${suites[@]}"; do
    suite_apt "$folder" apt-cache showsrc --only-source "$1" 2>>"$log" |
      sed -n "s,^Version: \(.*\),\1 $folder,p"
  done | newest_first
}

# ---- Fetching one ------------------------------------------------------------------------------------------------

# Where apt's own user may write, so that it need not fetch as root.
make_download_folder() {
  rm -rf "$fetching/download"
  mkdir "$fetching/download"
  if [[ $EUID -eq 0 ]] && id _apt >/dev/null 2>&1; then
    chown _apt "$fetching/download"
  fi
}

# download <suite's folder> <name=version>
download() (
  cd "$fetching/download" || exit
  suite_apt "$1" apt-get source --download-only "$2"
)

# fetch <name> <version> <suite's folder>: to $work/NAME_VERSION, unpacked; there whole or not at all. Otherwise sets why.
fetch() {
  local kept=$work/$1_$2 part=$work/part
  make_download_folder
  logged download "$3" "$1=$2" || {
    why=$(apts_reason)
    note_whether_to_retry "$why"
    return 1
  }
  rm -rf "$part"
  # It checks the files against the .dsc once more, whose own checksum apt has checked against the signed list.
  logged dpkg-source --extract "$fetching/download/$1"_*.dsc "$part" || {
    why="cannot be unpacked (${said##*$'\n'})"
    return 1
  }
  sync --file-system "$part"
  mv -T "$part" "$kept"
}
