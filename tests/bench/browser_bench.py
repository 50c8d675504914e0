"""Figures of browsers as viewers, host and browser on one machine, in networks of their own (as root):
    browser_bench.py build/release/pixelpass [--seconds N] [--only FIGURE]... [--browser chromium|firefox]
Prints a table; nothing passes or fails here. A picture's way begins when the host's socket is given its first packet, as the
kernel notes it, and ends in the page's requestVideoFrameCallback."""

import argparse
import ctypes
import os
import pathlib
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "e2e"))
sys.dont_write_bytecode = True

from browsers import Chromium, Firefox  # noqa: E402
from browser_test import Watching  # noqa: E402

BROWSERS = {"chromium": Chromium, "firefox": Firefox}
BITRATE = "6500k"
SETTLE = 3  # seconds that do not count
VIDEO_SSRC = 0x50580001
ROUNDS = 12
PAUSE = 2  # seconds: whoever asks, keyframes come once a second at most
ETH_P_ALL, SO_TIMESTAMPNS, CLONE_NEWNET = 3, 35, 1 << 30

# Of each picture: its RTP time, when the page has it, when its last packet had come (milliseconds of Unix time).
ARRIVALS = """
const note = () => {
  const come = [], video = document.getElementById("video");
  const look = (_, frame) => {
    video.requestVideoFrameCallback(look);
    const zero = performance.timeOrigin;
    come.push([frame.rtpTimestamp, zero + performance.now(), zero + frame.receiveTime]);
  };
  video.requestVideoFrameCallback(look);
  return come;
};
return Array.from((window.arrivals ??= note()).splice(0));
"""


class Listener:
    """When each picture's first packet left: {RTP time: ms of Unix time}. One socket call may hold many packets."""

    def __init__(self, side, device):
        self.left = {}
        self._socket = in_network(side, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind((device, ETH_P_ALL))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                packet, told, _, _ = self._socket.recvmsg(64, 64)
            except OSError:  # its network has gone
                return
            rtp = packet[4 * (packet[0] & 15) + 8:]
            if packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_UDP or len(rtp) < 12:
                continue
            if struct.unpack(">I", rtp[8:12])[0] == VIDEO_SSRC and rtp[0] >> 6 == 2:
                seconds, nanoseconds = struct.unpack("qq", told[0][2][:16])
                self.left.setdefault(struct.unpack(">I", rtp[4:8])[0], seconds * 1e3 + nanoseconds / 1e6)


def row(what, values, unit="ms"):
    values = sorted(values)
    if not values:
        return print(f"{what:<72} nothing was measured", flush=True)
    at = lambda part: values[min(len(values) - 1, round(part * len(values)))]
    print(f"{what:<72} p50 {at(.5):7.1f}  p95 {at(.95):7.1f} {unit}  n {len(values)}", flush=True)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0])


def in_network(side, action):
    """What `action` returns in another network namespace: a thread's."""
    done = []

    def there():
        with open(f"/run/netns/{side}", "rb") as network:
            if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        done.append(action())

    thread = threading.Thread(target=there)
    thread.start()
    thread.join()
    return done[0]


class Figures(Watching):
    """One of them at a time: a test case's surroundings, without a test."""

    seconds, kind = 20, Chromium

    def recorded(self, fps):
        """A stream that costs no encoder: BITRATE of moving noise in pictures of four slices. Its sound browsers do not get."""
        file = self.folder / f"{fps}.ts"
        subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate={fps},noise=alls=20:allf=t",
             "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", "10", "-c:v", "libx264", "-preset", "superfast",
             "-tune", "zerolatency", "-x264-params", "sliced-threads=1:threads=4:nal-hrd=cbr", "-g", str(2 * fps),
             "-b:v", BITRATE, "-minrate", BITRATE, "-maxrate", BITRATE, "-bufsize", "400k", "-pix_fmt", "yuv420p",
             "-c:a", "aac", "-ac", "2", "-f", "mpegts", str(file)], check=True)
        return self.process("ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", -1, "-i", file, "-c", "copy", "-muxdelay", 0,
                            "-flush_packets", 1, "-f", "mpegts", "-", stdout=subprocess.PIPE).stdout

    @staticmethod
    def clock_offset(page):
        """What the page's clock is ahead of ours, ms: of the quickest answer."""
        asked = []
        for _ in range(20):
            before = time.time() * 1000
            said = page.browser.js("return performance.timeOrigin + performance.now()")
            after = time.time() * 1000
            asked.append((after - before, said - (before + after) / 2))
        return min(asked)[1]

    def way(self):
        """From the host's socket to the page."""
        for fps in (30, 60):
            for heard in (False, True):
                self.way_of(f"test picture, sound {'heard' if heard else 'off'}",
                            lambda: self.share("--size", "1280x720", "--fps", fps), fps, heard)
            self.way_of(f"{BITRATE} a second", lambda: self.share(source="-", stdin=self.recorded(fps)), fps)

    def way_of(self, source, share, fps, heard=False):
        listener = Listener(self.host_side, "host0")
        page = self.watch(self.kind, share())
        if heard:
            page.press("sound")
            time.sleep(SETTLE)  # the page looks for how long pictures are to wait
        time.sleep(SETTLE)
        offset = self.clock_offset(page)
        page.browser.js(ARRIVALS)
        time.sleep(self.seconds)
        come = [one for one in page.browser.js(ARRIVALS) if one[0] in listener.left]
        what = f"{self.kind.KIND}, {fps} pictures/s, {source}: socket to"
        row(f"{what} page", [at - offset - listener.left[rtp] for rtp, at, _ in come])
        row(f"{what} last packet", [last - offset - listener.left[rtp] for rtp, _, last in come])
        print(f"  {len(come) / self.seconds:.1f} pictures a second")
        self.doCleanups()
        self.setUp()

    def first(self):
        """From opening the link to the first picture, the browser warm."""
        host = self.share("--size", "1280x720", "--fps", 30)
        page = self.watch(self.kind, host)
        took = []
        for _ in range(ROUNDS):
            time.sleep(PAUSE)
            page.open(host.events("link")[-1]["url"])
            took.append(page.first_picture_ms())
        row(f"{self.kind.KIND}, link opened to the first picture", [one for one in took if one is not None])

    def cost(self):
        """The whole program's, with one browser and without."""
        host = self.share(source="-", stdin=self.recorded(60))
        host.wait("link")
        time.sleep(SETTLE)
        alone, before = self.cpu(host), resident_kb(host.pid)
        self.watch(self.kind, host)
        time.sleep(SETTLE)
        with_one, after = self.cpu(host), resident_kb(host.pid)
        print(f"host of a stream of {BITRATE}, nobody watching: {alone:.2f} % of a core, {before} KB; "
              f"with {self.kind.KIND}: {with_one:.2f} %, {after - before:+} KB", flush=True)

    def idle(self):
        """Nobody watches a test picture."""
        for options in ((), ("--no-web",)):
            host = self.share(*options)
            host.wait("ticket")
            time.sleep(SETTLE)
            print(f"idle host {' '.join(options):<9} {self.cpu(host):.3f} % of a core, {resident_kb(host.pid)} KB", flush=True)

    def cpu(self, host):
        before, began = cpu_seconds(host.pid), time.monotonic()
        time.sleep(self.seconds)
        return 100 * (cpu_seconds(host.pid) - before) / (time.monotonic() - began)


FIGURES = ("way", "first", "cost", "idle")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--only", action="append", choices=FIGURES)
    parser.add_argument("--browser", action="append", choices=BROWSERS)
    arguments = parser.parse_args()
    os.environ["PIXELPASS_PROGRAM"] = str(pathlib.Path(arguments.program).resolve())
    Figures.seconds = arguments.seconds
    for browser in arguments.browser or BROWSERS:
        Figures.kind = BROWSERS[browser]
        for name in arguments.only or FIGURES:
            case = Figures(name)
            case.setUp()
            try:
                getattr(case, name)()
            finally:
                case.doCleanups()


if __name__ == "__main__":
    main()
