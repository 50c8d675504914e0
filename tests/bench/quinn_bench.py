"""64 viewers with our tunnel and with quinn, a Rust library for QUIC, one after the other in several rounds:
    quinn_bench.py build/release/tests/bench/tunnel_bench [seconds [rounds]]
Prints each run, and the medians of what ours takes of quinn's. Wants the machine for itself. Needs what Debian 12 has as
cargo and librust-quinn-dev, and openssl; builds in build/quinn and fetches nothing."""

import pathlib
import re
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "quinn"
REGISTRY = "/usr/share/cargo/registry"
VIEWERS = 64
WAYS = ("plain", "tuned")


def build():
    shutil.copytree(HERE / "quinn", BUILD, dirs_exist_ok=True)
    subprocess.run(
        ["cargo", "build", "--release", "--offline", "--quiet", "--config", 'source.crates-io.replace-with="debian"',
         "--config", f'source.debian.directory="{REGISTRY}"'], cwd=BUILD, check=True)
    return BUILD / "target" / "release" / "quinn_fanout"


def certificate():
    """What quinn cannot do without, in the form that it reads."""
    pem, key, cert = (BUILD / name for name in ("key.pem", "key.der", "certificate.der"))
    made = {"check": True, "stderr": subprocess.DEVNULL}
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", pem,
         "-outform", "DER", "-out", cert], **made)
    subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", pem, "-outform", "DER", "-out", key], **made)
    return cert, key


def measure(command):
    """Processor time in % of a core, and p99 in ms, of the last line."""
    line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    print(line, flush=True)
    return [float(re.search(what, line)[1]) for what in (r"host ([\d.]+) % CPU", r"p99 ([\d.]+) ms")]


def main():
    ours, seconds, rounds = sys.argv[1], *(sys.argv[2:] + ["10", "5"][len(sys.argv) - 2:])
    quinn, files = build(), certificate()
    shares = {way: [] for way in WAYS}
    for _ in range(int(rounds)):
        cpu, p99 = measure([ours, "fanout", seconds, str(VIEWERS)])
        for way in WAYS:
            theirs = measure([quinn, way, str(VIEWERS), seconds, *files])
            shares[way].append((cpu / theirs[0], p99 / theirs[1]))
    for way, all_shares in shares.items():
        cpu, p99 = (statistics.median(share) for share in zip(*all_shares))
        print(f"ours of quinn {way}: {cpu:.2f} of the host's CPU, {p99:.2f} of p99 (medians of {rounds} rounds)")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main()
