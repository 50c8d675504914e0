"""Figures of the picture on lines that are slow, change, lose or are shared, in the laboratory of tests/netlab:
    line_bench.py build/release/pixelpass build/release/tests/netlab/link_emulator [figure…]
Nothing passes or fails here. 40 ms there and back; the test picture in 1080p30, capped at 6 Mbit/s. Lag is a second's, as the
viewer's `stats` has it: 95 % of its pictures came sooner. Needs what tests/netlab needs, and /dev/net/tun."""

import pathlib
import random
import signal
import statistics
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "netlab"), str(TESTS / "e2e")]

from laboratory_figures import run  # noqa: E402
from shares import Shares  # noqa: E402

CAP = 6.0  # Mbit/s
DELAY_MS = 20
SETTLED = 3  # seconds after a step
PICTURE = ("--source", "test", "--encoder", "x264", "--size", "1920x1080", "--fps", "30")
DOWNLOAD_PORT = 5001
SENDER = """
import socket, sys
with socket.create_server(("", int(sys.argv[1]))) as server:
    print("ready", flush=True)
    with server.accept()[0] as out:
        out.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        while True:
            out.sendall(bytes(1 << 16))
"""
RECEIVER = """
import socket, sys, time
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as source:
    came, since = 0, time.monotonic()
    while data := source.recv(1 << 16):
        came += len(data)
        if time.monotonic() - since >= 1:
            print(came * 8 / (time.monotonic() - since), flush=True)
            came, since = 0, time.monotonic()
"""


def nineteen_of_twenty(values):
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


class Seconds:
    """What a viewer said of a part of a run."""

    def __init__(self, stats):
        self.stats = stats
        self.lags = [one["lag_ms_p95"] for one in stats if one["lag_ms_p95"] is not None]
        # It counts from the beginning.
        self.skipped = stats[-1]["skipped_groups"] - stats[0]["skipped_groups"]

    def after(self, seconds):
        return Seconds(self.stats[seconds:])

    def rate(self):
        return statistics.mean(one["bitrate_bps"] for one in self.stats) / 1e6

    def __add__(self, other):
        return Seconds(self.stats + other.stats)

    def __str__(self):
        return (f"lag {statistics.median(self.lags):.0f} ms in the median, in 19 of 20 seconds at most "
                f"{nineteen_of_twenty(self.lags):.0f}, worst {max(self.lags):.0f}; "
                f"{self.rate():.2f} Mbit/s, {self.skipped} groups skipped")


class LineFigures(Shares):
    """One figure in a process: each makes a laboratory of its own."""

    def line(self, *words):
        self.laboratory(host="open", view="open", emulated=True)
        line = self.lab.links["view"]
        line.set(f"delay={DELAY_MS}", *words)
        return line

    def begin(self, cap=CAP):
        host = self.pixelpass("host", *PICTURE, "--bitrate", f"{cap}M", "--for", "video", prefix=self.on("host"))
        viewer = self.watch(host)
        viewer.wait_pictures()
        return host, viewer

    @staticmethod
    def seconds(viewer, count):
        """The next ones, without the one that has begun."""
        for _ in range(count + 1):
            viewer.wait_stats(1)
        return Seconds(viewer.events("stats")[-count:])

    @staticmethod
    def pictures(viewer):
        """Of the whole run, which ends."""
        viewer.signal(signal.SIGINT)
        ended = viewer.wait("ended")
        return f"of all pictures half lagged by less than {ended['lag_ms_p50']:.0f} ms, 95 % by less than {ended['lag_ms_p95']:.0f}"

    # ---- Steps -----------------------------------------------------------------------------------------

    def step(self, queue_ms):
        line = self.line("rate=20", f"queue={queue_ms}")
        host, viewer = self.begin()
        before = self.seconds(viewer, 10)
        line.set("rate=3")
        slow = self.seconds(viewer, 30)
        target = host.events("stats")[-1]
        line.set("rate=20")
        back = self.seconds(viewer, 30)
        late = self.seconds(viewer, 5)
        settled = slow.after(SETTLED) + back.after(SETTLED)
        return (f"whole run: {before + slow + back + late}; from {SETTLED} s after a step: at most "
                f"{max(settled.lags):.0f} ms; of the 3 Mbit/s {slow.after(SETTLED).rate() / 3:.0%} used, "
                f"limited by {target['limited_by']}; 30 s after the way up {late.rate() / before.rate():.0%} of what it was")

    def step_with_a_queue_of_100_ms(self):
        return self.step(100)

    def step_with_a_queue_of_500_ms(self):
        return self.step(500)

    # ---- Loss ------------------------------------------------------------------------------------------

    def loss(self, percent):
        line = self.line("rate=20", "queue=200")
        _, viewer = self.begin()
        before = self.seconds(viewer, 10)
        line.set(f"loss={percent}")
        lossy = self.seconds(viewer, 40)
        return f"{lossy}: {lossy.rate() / before.rate():.0%} of what came without"

    def loss_of_2_percent(self):
        return self.loss(2)

    def loss_of_5_percent(self):
        return self.loss(5)

    # ---- Others on the line ----------------------------------------------------------------------------

    def two_hosts_on_10_mbit(self):
        self.line("rate=10", "queue=200")
        viewers = [self.begin(cap=10)[1] for _ in range(2)]
        self.seconds(viewers[0], 60)
        parts = [Seconds(viewer.events("stats")[-40:]) for viewer in viewers]
        total = sum(part.rate() for part in parts)
        return "; ".join(f"{part.rate() / total:.0%} of what both have, {part}" for part in parts)

    def beside_a_cubic_download_on_10_mbit(self):
        self.line("rate=10", "queue=200")
        _, viewer = self.begin()
        sender = self.lines(*self.on("near"), sys.executable, "-c", SENDER, str(DOWNLOAD_PORT))
        sender.wait_line(lambda line: line == "ready")
        near = self.lab.sites["host"].address(1)
        download = self.lines(*self.on("far"), sys.executable, "-c", RECEIVER, near, str(DOWNLOAD_PORT))
        ours = self.seconds(viewer, 60)
        other = statistics.mean(float(line) for line in download.lines) / 1e6
        return (f"{ours}; {self.pictures(viewer)}; the download {other:.2f} Mbit/s; "
                f"ours has {ours.rate() / 10:.0%} of the line")

    # ---- Others ----------------------------------------------------------------------------------------

    def like_wifi(self):
        """5 to 40 Mbit/s, another rate every 200 ms, and nothing for 100 ms every three seconds."""
        line = self.line("rate=20", "queue=200")
        _, viewer = self.begin()
        chance = random.Random(1)
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            for _ in range(15):
                line.set(f"rate={chance.uniform(5, 40):.1f}")
                time.sleep(0.2)
            line.set("black_hole=1")
            time.sleep(0.1)
            line.set("black_hole=0")
        return str(Seconds(viewer.events("stats")[-60:]))

    def clean_line(self):
        self.line("rate=20", "queue=200")
        _, viewer = self.begin()
        return str(self.seconds(viewer, 30))


FIGURES = ("step_with_a_queue_of_100_ms", "step_with_a_queue_of_500_ms", "loss_of_2_percent", "loss_of_5_percent",
           "two_hosts_on_10_mbit", "beside_a_cubic_download_on_10_mbit", "like_wifi", "clean_line")


if __name__ == "__main__":
    run(LineFigures, FIGURES, __doc__)
