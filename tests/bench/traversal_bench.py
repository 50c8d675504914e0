"""Figures of the ways through NATs, in the laboratory of tests/netlab:
    traversal_bench.py build/release/pixelpass build/release/tests/netlab/link_emulator [figure…]
Prints medians; nothing passes or fails here. Every line between a home and the internet takes 20 ms each way: 40 ms there and
back to a server, 80 ms from home to home. Needs what tests/netlab needs, and /dev/net/tun."""

import pathlib
import signal
import statistics
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "netlab"), str(TESTS / "e2e")]

from browsers import Chromium, Firefox  # noqa: E402
from expectations import DIRECT  # noqa: E402
from laboratory_figures import run, summary  # noqa: E402
from processes import Process  # noqa: E402
from shares import Shares  # noqa: E402
from watched_page import WatchedPage  # noqa: E402

DELAY_MS = 20
VIEWERS = 5
PAGES = 10
PAUSE = 2  # seconds: whoever asks, keyframes come once a second at most
PAGE = TESTS.parent / "src/web/page.html"
SECONDS = 10
FAST_MBIT = 50

NOTHING_THROUGH = """table ip nothing {
  chain forward { type filter hook forward priority filter; policy drop; }
}
"""


class Figures(Shares):
    """One of them in a process: each makes a laboratory of its own."""

    def far(self, **how):
        """Homes that are far away from all."""
        self.laboratory(emulated=True, **how)
        for link in self.lab.links.values():
            link.set(f"delay={DELAY_MS}")

    def ticket_where_nothing_answers(self):
        self.laboratory(host="port")
        self.lab["net"].nft(NOTHING_THROUGH)
        took = []
        for _ in range(VIEWERS):
            began = time.monotonic()
            host = self.share()
            host.ticket()
            took.append((time.monotonic() - began) * 1000)
            host.clean_up()
        return f"host to its ticket: {summary(took)}"

    def viewers(self, host, direct=False):
        """What each of several took to its first picture, and to the direct path, ms since its start."""
        pictures, paths = [], []
        for _ in range(VIEWERS):
            began = time.monotonic()
            viewer = self.watch(host)
            pictures.append(viewer.wait("first_frame")["took_ms"])
            if direct:
                self.wait_path(viewer, DIRECT)
                paths.append((time.monotonic() - began) * 1000)
            # It leaves its place to the next one.
            viewer.signal(signal.SIGINT)
            viewer.exit_code()
        return pictures, paths

    def picture_where_the_host_is_open(self):
        self.far(host="open", view="port")
        pictures, _ = self.viewers(self.share())
        return f"view to its first picture: {summary(pictures)}"

    def picture_over_the_relay_and_then_the_direct_path(self):
        self.far(host="port", view="port")
        pictures, paths = self.viewers(self.share(*self.start_relay()), direct=True)
        return f"view to its first picture: {summary(pictures)}; to the direct path: {summary(paths)}"

    def page_over_the_relay(self, kind):
        """From the opening of the page, which is on the viewer's disk, to its first picture; 20 ms from each home to the
        relay and back. The browser is warm."""
        self.laboratory(emulated=True, host="sym", view="sym")
        for link in self.lab.links.values():
            link.set(f"delay={DELAY_MS // 2}")
        host = self.share(*self.start_relay())
        host.ticket()
        page, took = WatchedPage(kind(self, self.on("view"))), []
        for _ in range(1 + PAGES):
            time.sleep(PAUSE)
            page.open(f"{PAGE.as_uri()}#{host.events('ticket')[-1]['ticket']}")
            took.append(page.first_picture_ms())
        return f"page opened to its first picture: {summary([one for one in took[1:] if one is not None])}"

    def chromium_over_the_relay(self):
        return self.page_over_the_relay(Chromium)

    def firefox_over_the_relay(self):
        return self.page_over_the_relay(Firefox)

    def cpu(self, host, view, relayed):
        self.laboratory(host=host, view=view)
        sharing = self.share(*(self.start_relay() if relayed else ()))
        viewer = self.watch(sharing)
        viewer.wait_pictures()
        at, percents = sharing.mark(), []
        sharing.wait_stats(SECONDS, lambda e: percents.append(e["cpu_percent"]) or True, after=at)
        return f"host's CPU, {self.path(viewer)}: median {statistics.median(percents):.1f} % of one core"

    def cpu_direct(self):
        return self.cpu("open", "port", relayed=False)

    def cpu_relayed(self):
        return self.cpu("sym", "sym", relayed=True)

    def fast(self, host, view, relayed):
        """A stream of FAST_MBIT from standard input, which costs no encoder."""
        self.laboratory(host=host, view=view)
        recording = self.folder / "fast.ts"
        make_fast(recording)
        command = ["ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", recording, "-c", "copy",
                   "-f", "mpegts", "-"]
        stream = self.start(Process, command)
        options = self.start_relay() if relayed else ()
        sharing = self.pixelpass("host", "--source", "-", *options, prefix=self.on("host"), stdin=stream.stdout)
        viewer = self.watch(sharing)
        viewer.wait_pictures()
        at, rates = viewer.mark(), []
        skipped = viewer.wait_stats(SECONDS, lambda e: rates.append(e["bitrate_bps"]) or True, after=at)
        lost = sharing.events("stats")[-1]["viewers"][0]["lost_packets"]
        dropped = {name: udp_drops(self.lab[name]) for name in ("host", "view", "srv")}
        return (f"{FAST_MBIT} Mbit/s, {self.path(viewer)}: {statistics.median(rates) / 1e6:.1f} Mbit/s came, "
                f"{dropped['host'] + dropped['view']} packets lost at our ends, {dropped['srv']} in the relay, "
                f"{lost} as QUIC counts, {skipped['skipped_groups']} groups skipped")

    def fast_direct(self):
        return self.fast("open", "port", relayed=False)

    def fast_relayed(self):
        return self.fast("sym", "sym", relayed=True)


FIGURES = ("ticket_where_nothing_answers", "picture_where_the_host_is_open",
           "picture_over_the_relay_and_then_the_direct_path", "chromium_over_the_relay",
           "firefox_over_the_relay", "cpu_direct", "cpu_relayed",
           "fast_direct", "fast_relayed")


def udp_drops(node):
    """Datagrams that came, and for which this machine's sockets had no room: the last word of each line."""
    drops = 0
    for table in ("udp", "udp6"):
        with node.inside(), open(f"/proc/thread-self/net/{table}", encoding="ascii") as sockets:
            drops += sum(int(line.split()[-1]) for line in sockets.readlines()[1:])
    return drops


def make_fast(file):
    """Ten seconds of noise, which no encoder makes smaller than it is told to."""
    rate = f"{FAST_MBIT}M"
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "nullsrc=s=960x540:r=30,geq=random(1)*255:128:128",
         "-t", "10", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "60", "-b:v", rate,
         "-minrate", rate, "-maxrate", rate, "-bufsize", "5M", "-x264-params", "nal-hrd=cbr", "-pix_fmt", "yuv420p",
         "-f", "mpegts", str(file)], check=True)


if __name__ == "__main__":
    run(Figures, FIGURES, __doc__)
