#!/usr/bin/env bash
# Asserts that the program keeps its own OpenSSL to itself: GStreamer's plugins load the system's into the same
# process, and must not be given ours for it.
#
#   packaging/check_symbols.sh [program]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${1:-$root/build/release/pixelpass}

[[ -x $program ]] || {
  echo "there is no $program; build it first: packaging/run.sh --help" >&2
  exit 1
}
exported=$(nm --dynamic --defined-only "$program" | grep -E ' (SSL|EVP|CRYPTO|OPENSSL|X509|BIO|ngtcp2)_' || true)
if [[ -n $exported ]]; then
  printf '%s exports symbols of OpenSSL or ngtcp2, such as:\n%s\n' "$program" "$(head -n 5 <<<"$exported")" >&2
  exit 1
fi
