"""Figures of what a viewer sees of a line that fails, in the laboratory of tests/netlab:
    outage_bench.py build/release/pixelpass build/release/tests/netlab/link_emulator [figure…]
Prints medians; nothing passes or fails here. The host is open and the viewer behind a NAT, 42 ms there and back. "Back" is when
pictures come to a player again without a gap, after the line is whole; "without" is the longest time without any. Needs what
tests/netlab needs, and /dev/net/tun."""

import pathlib
import signal
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "netlab"), str(TESTS / "e2e")]

from laboratory_figures import run, summary  # noqa: E402
from shares import Shares  # noqa: E402

DELAY_MS = 10.5
ROUNDS = 5
BEFORE, AFTER = 6, 8  # s: discovery of what the path takes, and how long is looked at what comes
GAP = 0.15  # s without anything, of 30 pictures a second: they have stopped
NOTHING_OUT = """table inet nothing_out {
  chain out { type filter hook output priority filter; policy drop; }
}
"""
READER = """
import sys, time, urllib.request
with urllib.request.urlopen(sys.argv[1]) as stream:
    while stream.read1(1 << 20):
        print(time.monotonic(), flush=True)
"""


class Outages(Shares):
    """One figure in a process: each makes a laboratory of its own."""

    def begin(self):
        self.laboratory(host="open", view="port", emulated=True)
        for link in self.lab.links.values():
            link.set(f"delay={DELAY_MS}")
        self.host = self.share()

    def watch_and_read(self):
        viewer = self.watch(self.host)
        player = self.lines(*self.on("view"), sys.executable, "-c", READER, viewer.url())
        viewer.wait("first_frame")
        time.sleep(BEFORE)
        return viewer, player

    def rounds(self, fail, mend):
        """fail(viewer) breaks the line and mend() makes it whole: what each round took."""
        self.begin()
        backs, longest, reconnects = [], [], 0
        for _ in range(ROUNDS):
            viewer, player = self.watch_and_read()
            failed = time.monotonic()
            fail(viewer)
            mended = time.monotonic()
            mend()
            time.sleep(AFTER)
            came = [float(line) for line in player.lines]
            gaps = [(early, late) for early, late in zip(came, came[1:]) if late > failed and late - early > GAP]
            backs.append(max([late - mended for _, late in gaps if late > mended], default=0.0))
            longest.append(max((late - early for early, late in gaps), default=0.0))
            reconnects += len(viewer.events("connected")) - 1
            if not came or came[-1] < time.monotonic() - 2 * GAP:
                raise AssertionError("pictures have not come back")
            self.mend_all()
            # It leaves its place to the next one.
            viewer.signal(signal.SIGINT)
            viewer.exit_code()
        back, without = (summary([second * 1000 for second in seconds]) for seconds in (backs, longest))
        return f"back: {back}; without: {without}; {reconnects} reconnections"

    def mend_all(self):
        for link in self.lab.links.values():
            link.set("largest=0", "black_hole=0")

    def path_mtu_falls_to_1280(self):
        def fall(_):
            self.lab.links["host"].set("largest=1280")

        said = self.rounds(fall, lambda: None)
        return f"{said}; {self.lab.links['host'].counters()['ab']['too_large']} packets were too large"

    def nothing_may_be_sent_for_5_seconds(self):
        """EPERM, for the viewer."""
        def forbid(_):
            self.lab["view"].nft(NOTHING_OUT)
            time.sleep(5)

        return self.rounds(forbid, lambda: self.lab["view"].nft("delete table inet nothing_out\n"))

    def black_out(self, seconds):
        def cut(_):
            self.lab.links["view"].set("black_hole=1")
            time.sleep(seconds)

        return self.rounds(cut, lambda: self.lab.links["view"].set("black_hole=0"))

    def black_out_of_10_seconds(self):
        return self.black_out(10)

    def black_out_of_2_seconds(self):
        return self.black_out(2)


FIGURES = ("path_mtu_falls_to_1280", "nothing_may_be_sent_for_5_seconds", "black_out_of_2_seconds",
           "black_out_of_10_seconds")


if __name__ == "__main__":
    run(Outages, FIGURES, __doc__)
