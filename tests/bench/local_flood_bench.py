"""What other programs of the machine cost a viewer by connecting to the port where its players get the stream:
    local_flood_bench.py build/release/pixelpass [seconds]
Prints a line for each kind of flood; nothing passes or fails here. Each connect makes the viewer ask the kernel whose socket
it is. A player reads meanwhile: how late its pictures are is told by the gaps between them. Only root can be the stranger."""

import http.client
import multiprocessing
import os
import pathlib
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse

from measured_program import Program

SOMEBODY, STRANGER = 65534, 1
FLOODERS = 2
FPS = 60
LATE = 3 / FPS  # a gap in which pictures were missed
ALONE = ("--stun", "none", "--config", os.devnull)


class Player(threading.Thread):
    """Reads, and keeps when something came."""

    def __init__(self, url):
        super().__init__(daemon=True)
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        self.connection.request("GET", parts.path)
        self.answer = self.connection.getresponse()
        self.came = []

    def run(self):
        while self.answer.read1(1 << 20):
            self.came.append(time.monotonic())

    def gaps(self, begin, end):
        times = [at for at in self.came if begin <= at < end]
        return [later - earlier for earlier, later in zip(times, times[1:])]


def flood(port, user, holds, begin, seconds, connects):
    """Connects and closes, or with `holds` leaves it to the viewer to close."""
    if user is not None:
        os.setuid(user)
    begin.wait()
    ends, held, made = time.monotonic() + seconds, [], 0
    while time.monotonic() < ends:
        for _ in range(50):
            one = socket.socket()
            try:
                one.connect(("127.0.0.1", port))
                made += 1
            except OSError:
                pass
            held.append(one)
            while len(held) > (300 if holds else 0):
                held.pop(0).close()
    with connects.get_lock():
        connects.value += made


def measure(viewer, player, port, seconds, user=None, holds=False, flooders=FLOODERS):
    begin, connects = multiprocessing.Event(), multiprocessing.Value("l", 0)
    others = [multiprocessing.Process(target=flood, args=(port, user, holds, begin, seconds, connects))
              for _ in range(flooders)]
    for other in others:
        other.start()
    cpu, began = viewer.cpu_seconds(), time.monotonic()
    begin.set()
    time.sleep(seconds)
    used, ended = viewer.cpu_seconds() - cpu, time.monotonic()
    for other in others:
        other.join()
    return used / (ended - began), connects.value / seconds, player.gaps(began, ended)


def told(name, result, idle):
    cpu, rate, gaps = result
    each = f", {(cpu - idle) / rate * 1e6:.0f} µs of CPU each" if rate else ""
    late = sum(gap > LATE for gap in gaps)
    p99 = sorted(gaps)[len(gaps) * 99 // 100] * 1000
    print(f"{name}: {rate:.0f} connects/s{each}, viewer {cpu * 100:.0f} % of a core; player: {len(gaps)} reads, gaps median "
          f"{statistics.median(gaps) * 1000:.1f} ms, p99 {p99:.1f} ms, longest {max(gaps) * 1000:.0f} ms, {late} above {LATE * 1000:.0f} ms",
          flush=True)


def main():
    binary = os.path.abspath(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    is_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder).chmod(0o755)
        binary = shutil.copy(binary, folder)
        host_options = ("host", "--source", "test", "--bind", "127.0.0.1:0", "--size", "640x360", "--fps", str(FPS))
        with Program(binary, *host_options, "--no-port-mapping", *ALONE, cwd="/") as host:
            ticket = host.event("ticket")["ticket"]
            host.drain()
            # The stranger is one to a viewer that is not root's.
            user = SOMEBODY if is_root else None
            with Program(binary, "view", "--player", "none", ticket, *ALONE, cwd="/", user=user) as viewer:
                url = viewer.event("endpoint")["url"]
                viewer.event("first_frame")
                viewer.drain()
                player, port = Player(url), urllib.parse.urlsplit(url).port
                player.start()
                time.sleep(2)
                idle = measure(viewer, player, port, seconds, flooders=0)
                told("nobody", idle, idle[0])
                for name, user in (("the same user", SOMEBODY if is_root else None), ("a stranger", STRANGER)):
                    if user == STRANGER and not is_root:
                        continue
                    for how, holds in (("connects and closes", False), ("connects and stays", True)):
                        told(f"{name} {how}", measure(viewer, player, port, seconds, user, holds), idle[0])
                        time.sleep(1)


if __name__ == "__main__":
    main()
