#!/usr/bin/env python3
"""Figures of sharing a real screen, on the tests' own desktop (no graphics card: sway draws in software):
    screen_bench.py build/release/pixelpass [--seconds N] [--only WORD]... [--beside PROGRAM]
With --beside, only what the first takes of what another version takes, in turn. Prints a table; nothing passes or fails here. All is on one machine, host, viewer, player and the desktop itself:
what the desktop costs the others is in the figures."""

import argparse
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.dont_write_bytecode = True

import decoding
import media
import namespace
import timecode
from desktop import Desktop
from pictures import Picture
from processes import Pixelpass, until

CELL = 32
SETTLE = 3  # seconds that do not count
ROUNDS = 5  # of two versions beside each other
MOVING = ["videotestsrc", "pattern=smpte", "horizontal-speed=4", "is-live=true", "!"]


class Bench:
    """A desktop with a host on it, and what is measured there."""

    def __init__(self, program, fps, size=(1920, 1080), audio="none"):
        self.program, self.fps = program, fps
        self.desktop = Desktop(*size)
        self.size = size
        self.audio = audio

    def __enter__(self):
        self.desktop.__enter__()
        return self

    def __exit__(self, *what):
        self.desktop.__exit__(*what)

    def show_motion(self):
        """All over the screen, at the rate that is shared: the encoder has something to do."""
        size = f"video/x-raw,format=BGRx,width={self.size[0] // 2},height={self.size[1] // 2},framerate={self.fps}/1"
        return self.desktop.show(*MOVING, size)

    def host(self, *options, program=None):
        host = self._pixelpass(program or self.program, "host", "--stun", "none", "--source", "portal", "--bind", "127.0.0.1:0",
                               "--fps", self.fps, "--audio", self.audio, *options)
        self.ticket = host.ticket()
        return host

    def view(self, player="none", *options):
        return self._pixelpass(self.program, "view", "--player", player, *options, self.ticket)

    def _pixelpass(self, program, *arguments):
        return self.desktop.start([program, "--json", *arguments], Pixelpass)

    def cost(self, seconds):
        """Of a host with one viewer: % of a core, bits a second, and the lag that the viewer reports."""
        host = self.host()
        viewer = self.view()
        viewer.wait("first_frame")
        time.sleep(SETTLE)
        at, began, before = viewer.mark(), time.monotonic(), cpu_seconds(host.pid)
        time.sleep(seconds)
        cpu = (cpu_seconds(host.pid) - before) / (time.monotonic() - began) * 100
        stats = [event for event in viewer.events()[at:] if event["event"] == "stats"]
        for process in (viewer, host):
            process.clean_up()
        return cpu, stats

    def outside_lags(self, seconds):
        """From the clock on the screen to the decoded picture at the endpoint, and to a screenshot: ms each."""
        timecode.show(self.desktop, self.fps, CELL)
        host = self.host()
        viewer = self.view()
        width, height = timecode.size(CELL)
        command = decoding.picture_command(viewer.url(), (width // 4, height // 4), (width, height, 0, 0))
        look = lambda data: lag(timecode.read(Picture(width // 4, height // 4, data), CELL // 4))
        log = self.desktop.folder / "decoder.log"
        pictures = decoding.Chunks(command, log, 3 * (width // 4) * (height // 4), look,
                                   env=self.desktop.environment())
        time.sleep(SETTLE)
        at = pictures.mark()
        time.sleep(seconds)
        decoded = [one for one in pictures.seen[at:] if one is not None]
        shots = [one for one in (self._screenshot_lag() for _ in range(40)) if one is not None]
        for process in (pictures, viewer, host):
            process.clean_up()
        return decoded, shots

    def _screenshot_lag(self):
        """When it was taken is between the two ends of taking it."""
        began = timecode.now()
        picture = self.desktop.screenshot()
        return lag(timecode.read(picture, CELL), (began + timecode.since(began) // 2) % timecode.WRAP)

    # ---- With mpv: its picture is in the right half of the screen, in half the size ----------------------

    def in_player(self, picture):
        return timecode.read(picture, CELL // 2, self.size[0] // 2, self.size[1] // 4)

    def first_pictures(self, rounds):
        """From the start of `view --player mpv` to its first picture on the screen: ms."""
        self.show_motion()
        timecode.show(self.desktop, self.fps, CELL)
        host, took = self.host(), []
        for _ in range(rounds):
            until(lambda: self.in_player(self.desktop.screenshot()) is None, "the end of the last mpv's window")
            began = time.monotonic()
            viewer = self.view("mpv")
            until(lambda: self.in_player(self.desktop.screenshot()) is not None, "mpv's picture")
            took.append((time.monotonic() - began) * 1000)
            viewer.signal(signal.SIGTERM)
            viewer.exit_code()
        host.clean_up()
        return took

    def glass_to_glass(self, seconds, stalls=()):
        """(seconds since the start, ms from the screen to mpv) of each screenshot; mpv is stopped for 1 s at `stalls`."""
        self.show_motion()
        timecode.show(self.desktop, self.fps, CELL)
        host = self.host()
        viewer = self.view("mpv")
        until(lambda: self.in_player(self.desktop.screenshot()) is not None, "mpv's picture")
        time.sleep(SETTLE)
        began, seen, stalls = time.monotonic(), [], list(stalls)
        while (at := time.monotonic() - began) < seconds:
            if stalls and at >= stalls[0]:
                stalls.pop(0)
                stall_player(viewer.pid)
            picture = self.desktop.screenshot()
            live, shown = timecode.read(picture, CELL), self.in_player(picture)
            if live is not None and shown is not None:
                seen.append((at, timecode.since(shown, live)))
            time.sleep(0.1)
        for process in (viewer, host):
            process.clean_up()
        return seen

    # ---- With a browser: it has a second screen for itself ----------------------------------------------

    def glass_to_browser(self, seconds):
        """ms from the screen to a browser's window, of each screenshot of both screens."""
        self.show_motion()
        timecode.show(self.desktop, self.fps, CELL)
        host = self.host()
        width, height = self.size
        self.desktop.sway("create_output")
        self.desktop.sway(f"output HEADLESS-2 mode --custom {width}x{height}@60Hz position {width} 0")
        self.desktop.sway("output HEADLESS-1 position 0 0")
        self.desktop.sway("focus output HEADLESS-2")
        browser = self.desktop.start(
            ["chromium", "--ozone-platform=wayland", "--kiosk", "--no-sandbox", "--no-first-run", "--disable-gpu",
             "--disable-dev-shm-usage", f"--user-data-dir={self.desktop.folder}/chromium", host.wait("link")["url"]])
        in_browser = lambda picture: timecode.read(picture, CELL, width)
        until(lambda: in_browser(self.desktop.screenshot()) is not None, "the browser's picture")
        time.sleep(SETTLE)
        began, seen = time.monotonic(), []
        while time.monotonic() - began < seconds:
            picture = self.desktop.screenshot()
            live, shown = timecode.read(picture, CELL), in_browser(picture)
            if live is not None and shown is not None:
                seen.append(timecode.since(shown, live))
            time.sleep(0.1)
        for process in (browser, host):
            process.clean_up()
        return seen

    # ---- A second host records what the first one's viewer shows and plays -------------------------------

    def player_offsets(self, seconds):
        """How much later mpv plays a beep than it shows its flash, and how much of that is the recorder's: s each."""
        self.desktop.flash_and_beep()
        # Another file: a host never takes the sound of its own program's players.
        recorder = shutil.copy(self.program, self.desktop.folder / "recorder")
        hosts, viewers = [self.host()], [self.view("mpv")]
        viewers[0].wait("first_frame")
        found = []
        # The screen's left half is the flash, mpv's window the right one: its left half is the flash again.
        for app, at in (("mpv", 5 / 8), ("Player", 1 / 4)):
            hosts.append(self.host("--app", app, program=recorder))
            recording = self.desktop.folder / f"{app}.ts"
            viewers.append(self.view("none", "--record", recording))
            viewers[-1].wait("first_frame")
            time.sleep(SETTLE + seconds)
            viewers[-1].signal(signal.SIGINT)
            viewers[-1].exit_code()
            hosts.pop().clean_up()
            found.append(media.flash_offsets(recording, (round(self.size[0] * at), self.size[1] // 2)))
        for process in (viewers[0], hosts[0]):
            process.clean_up()
        return found


def stall_player(viewer):
    for child in subprocess.run(["pgrep", "-P", str(viewer)], capture_output=True, text=True).stdout.split():
        os.kill(int(child), signal.SIGSTOP)
        time.sleep(1)
        os.kill(int(child), signal.SIGCONT)


def lag(code, at=None):
    return None if code is None else timecode.since(code, at)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def row(what, values, unit):
    values = sorted(values)
    if not values:
        return print(f"{what:<58} no readable value")
    p95 = values[min(len(values) - 1, round(0.95 * len(values)))]
    print(f"{what:<58} median {statistics.median(values):7.1f}  p95 {p95:7.1f} {unit}  n {len(values)}", flush=True)


def cost_rows(program, seconds):
    for fps, moving in ((30, True), (60, True), (30, False)):
        with Bench(program, fps) as bench:
            if moving:
                bench.show_motion()
            cpu, stats = bench.cost(seconds)
        what = f"1080p{fps} {'moving' if moving else 'still'}"
        print(f"{what + ', host':<58} {cpu:14.1f} % of a core over {seconds} s", flush=True)
        row(f"{what}, bitrate", [event["bitrate_bps"] / 1000 for event in stats], "kbit/s")
        row(f"{what}, pictures at the viewer", [event["fps"] for event in stats], "a second")
        row(f"{what}, capture to endpoint, the viewer's own p50s", [event["lag_ms_p50"] for event in stats], "ms")
        row(f"{what}, capture to endpoint, the viewer's own p95s", [event["lag_ms_p95"] for event in stats], "ms")


def lag_rows(program, seconds):
    for fps in (30, 60):
        with Bench(program, fps) as bench:
            bench.show_motion()
            decoded, shots = bench.outside_lags(seconds)
        row(f"1080p{fps}, clock on the screen to decoded picture", decoded, "ms")
        row(f"1080p{fps}, clock on the screen to screenshot", shots, "ms")


def first_rows(program, rounds):
    with Bench(program, 30) as bench:
        row("viewer's start to mpv's first picture on the screen", bench.first_pictures(rounds), "ms")


def glass_rows(program, seconds):
    for audio in ("none", "auto"):
        with Bench(program, 60, audio=audio) as bench:
            if audio == "auto":
                bench.desktop.play_tone("Player", 440, volume=0.05)
            stalls = (seconds * 0.25, seconds * 0.6)
            seen = bench.glass_to_glass(seconds, stalls)
        row(f"1080p60 with mpv, --audio {audio}, screen to screen, all", [one for _, one in seen], "ms")
        calm = [one for at, one in seen if not any(0 <= at - stall < 7 for stall in stalls)]
        row(f"1080p60 with mpv, --audio {audio}, without 7 s from a stall", calm, "ms")
        for stall in stalls:
            late = [at - stall - 1 for at, one in seen if 0 <= at - stall < 20 and one > 200]
            print(f"  stall of 1 s at {stall:.0f} s: last time above 200 ms {max(late, default=0):.1f} s after it")


def browser_rows(program, seconds):
    with Bench(program, 60, (1280, 720)) as bench:
        row("720p60 with Chromium, screen to screen", bench.glass_to_browser(seconds), "ms")


def sync_rows(program, seconds):
    with Bench(program, 60, (1280, 720), "auto") as bench:
        played, recorder = bench.player_offsets(seconds)
    row("720p60 with mpv, sound after its picture", [1000 * one for one in played], "ms")
    row("  of that the recorder's own", [1000 * one for one in recorder], "ms")


PARTS = {"cost": cost_rows, "lag": lag_rows, "first": first_rows, "glass": glass_rows, "browser": browser_rows,
         "sync": sync_rows}


def beside_rows(program, other, seconds):
    for fps in (30, 60):
        seen = []
        for _ in range(ROUNDS):
            for one in (program, other):
                with Bench(one, fps) as bench:
                    bench.show_motion()
                    cpu, stats = bench.cost(seconds)
                seen.append((cpu, statistics.median(event["lag_ms_p95"] for event in stats)))
        for what, ours, theirs in zip(("host's CPU", "capture to endpoint, p95"), zip(*seen[::2]), zip(*seen[1::2])):
            share = statistics.median(mine / its for mine, its in zip(ours, theirs))
            print(f"1080p{fps}, {what + ':':<25} {statistics.median(ours):5.1f} beside {statistics.median(theirs):5.1f}, "
                  f"{share:.2f} of it", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=20, help="for each figure (default 20); first: rounds")
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--beside", metavar="PROGRAM", type=os.path.abspath)
    arguments = parser.parse_args()
    namespace.enter()
    if arguments.beside:
        return beside_rows(os.path.abspath(arguments.program), arguments.beside, arguments.seconds)
    for name in arguments.only or PARTS:
        PARTS[name](str(pathlib.Path(arguments.program).resolve()), arguments.seconds)


if __name__ == "__main__":
    main()
