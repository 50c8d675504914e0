"""Figures of the program itself, host and viewer on this machine over the real tunnel:
    program_bench.py build/release/pixelpass [rounds]
Prints medians; nothing passes or fails here."""

import http.client
import statistics
import sys
import time
import urllib.parse

from measured_program import Program

IDLE_SECONDS = 10


def idle_host(binary):
    """CPU of a host that nobody watches, in % of one core."""
    with Program(binary, "host", "--stun", "none", "--source", "test", "--bind", "127.0.0.1:0") as host:
        host.event("paused")
        time.sleep(1)  # what starting leaves behind
        before = host.cpu_seconds()
        time.sleep(IDLE_SECONDS)
        return (host.cpu_seconds() - before) / IDLE_SECONDS * 100


def first_bytes(binary):
    """Milliseconds from `connected` to the stream's first bytes (a keyframe's) in a player's hands."""
    with Program(binary, "host", "--stun", "none", "--source", "test", "--bind", "127.0.0.1:0") as host:
        ticket = host.event("ticket")["ticket"]
        with Program(binary, "view", "--player", "none", ticket) as view:
            view.event("connected")
            connected = time.monotonic()
            url = urllib.parse.urlsplit(view.event("endpoint")["url"])
            player = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
            player.request("GET", url.path)
            player.getresponse().read(188)
            return (time.monotonic() - connected) * 1000


def lag(binary, *arguments):
    """Capture to local endpoint over ten seconds: the last one's p50 and p95 in ms, and the host's CPU in %."""
    with Program(binary, "host", "--stun", "none", "--source", "test", "--bind", "127.0.0.1:0", *arguments) as host:
        ticket = host.event("ticket")["ticket"]
        with Program(binary, "view", "--player", "none", ticket) as view:
            view.event("first_frame")
            before, began = host.cpu_seconds(), time.monotonic()
            stats = [view.event("stats") for _ in range(IDLE_SECONDS)][2:]
            cpu = (host.cpu_seconds() - before) / (time.monotonic() - began) * 100
    median = lambda name: statistics.median(each[name] for each in stats)
    return median("lag_ms_p50"), median("lag_ms_p95"), cpu


def main():
    binary = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    print(f"host while nobody watches: {idle_host(binary):.2f} % CPU")
    took = [first_bytes(binary) for _ in range(rounds)]
    print(f"connected to first bytes at a player: median {statistics.median(took):.0f} ms, worst {max(took):.0f} (n {rounds})")
    for size, fps in (("1280x720", "30"), ("1920x1080", "30"), ("1920x1080", "60")):
        p50, p95, cpu = lag(binary, "--size", size, "--fps", fps)
        print(f"{size} at {fps}/s: capture to local endpoint p50 {p50:.1f} ms  p95 {p95:.1f} ms, host {cpu:.0f} % CPU")


if __name__ == "__main__":
    main()
