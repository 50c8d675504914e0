#!/usr/bin/env python3
"""How long the viewer's picture stands still while a shared window is resized, on GNOME and on KDE:
    resize_bench.py build/release/pixelpass [--steps N] [--every MS]... [--only gnome|kde]
Prints a table; nothing passes or fails here. The window shows the time (timecode.py) 30 times a second, all over it, and
what counts is the longest time without another time at the endpoint, decoded. The column "before" is the same of a window
that keeps its size. "unread" pictures came meanwhile and had no time, such as one that is torn: they do not count."""

import argparse
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.dont_write_bytecode = True

import decoding
import namespace
import timecode
from gnome_desktop import GnomeDesktop
from kde_desktop import KdeDesktop
from pictures import Picture
from processes import Pixelpass, until
from support import needs

DESKTOPS = {"gnome": GnomeDesktop, "kde": KdeDesktop}
CELL = 8  # pixels of the decoded picture
WIDTH, HEIGHT = timecode.CELLS * CELL, 108
FPS = 30
AROUND = 2.0  # seconds that are looked at before the first step, and after the last one
BEGIN = (320, 240)


def show_window(desktop):
    """mpv, which draws over all of its window, with a clock that is shown as soon as it is read."""
    clock = desktop.start([sys.executable, timecode.__file__, FPS, CELL], stdout=subprocess.PIPE)
    width, height = timecode.size(CELL)
    window = desktop.start(
        [needs("mpv"), "--no-config", "--vo=wlshm", "--no-keepaspect", "--no-border", "--osd-level=0", "--no-audio",
         f"--geometry={BEGIN[0]}x{BEGIN[1]}", "--profile=low-latency", "--untimed", "--demuxer=rawvideo",
         "--demuxer-rawvideo-mp-format=gray", f"--demuxer-rawvideo-w={width}", f"--demuxer-rawvideo-h={height}",
         f"--demuxer-rawvideo-fps={FPS}", "-"], stdin=clock.stdout)
    until(lambda: desktop.window(window.pid), f"the window of mpv\n{window.story()}")
    return window


def start(desktop, program, *arguments):
    return desktop.start([program, "--json", *arguments], Pixelpass)


def share(desktop, program):
    host = start(desktop, program, "host", "--stun", "none", "--source", "portal", "--window", "--bind", "127.0.0.1:0",
                 "--fps", FPS, "--audio", "none")
    desktop.share_window()
    return host


def times_of(desktop, url):
    """The decoded pictures, each as when it came and the time that it shows."""
    read = lambda data: timecode.read(Picture(WIDTH, HEIGHT, data), CELL, top=HEIGHT // 2 - CELL)
    log = desktop.folder / "decoder.log"
    return decoding.Chunks(decoding.picture_command(url, (WIDTH, HEIGHT)), log, 3 * WIDTH * HEIGHT,
                           lambda data: (time.monotonic(), read(data)), env=desktop.environment())


def longest(seen, begin, end):
    """The longest time without a change in what was seen, in ms."""
    changes = [at for (_, before), (at, now) in zip(seen, seen[1:]) if before != now and begin <= at <= end]
    moments = [begin, *changes, end]
    return max(b - a for a, b in zip(moments, moments[1:])) * 1000


def measure(kind, program, steps, every):
    """ms before and while it is resized, pictures that could not be read, its size in the end, and how often the host has
    said something."""
    with kind() as desktop:
        window = show_window(desktop)
        host = share(desktop, program)
        viewer = start(desktop, program, "view", "--player", "none", host.ticket())
        pictures = times_of(desktop, viewer.url())
        try:
            pictures.wait(lambda one: one[1] is not None, "a picture with a time")
            time.sleep(2 * AROUND)
            begin = time.monotonic()
            sizes = [(BEGIN[0] + 20 * at, BEGIN[1] + 12 * at) for at in range(1, steps + 1)]
            desktop.resize_window(window.pid, *sizes, every=every)
            time.sleep(AROUND)
            end = time.monotonic()
            reached = host.events("sharing")[-1]
        finally:
            pictures.clean_up()
        read = [one for one in pictures.seen if one[1] is not None]
        unread = sum(begin <= at <= end for at, code in pictures.seen if code is None)
        return (longest(read, begin - AROUND, begin), longest(read, begin, end), unread,
                f"{reached['width']}x{reached['height']}", len(host.events("notice")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--every", type=int, action="append", metavar="MS", help="between two steps (50 and 200)")
    parser.add_argument("--only", choices=DESKTOPS, action="append")
    given = parser.parse_args()
    namespace.enter()
    os.environ["PIXELPASS_PROGRAM"] = given.program
    print(f"{'desktop':8} {'a step every':>12} {'before':>8} {'longest':>8} {'unread':>7} {'at last':>10} notices")
    for name in given.only or DESKTOPS:
        for every in given.every or (50, 200):
            before, longest_freeze, unread, size, notices = measure(DESKTOPS[name], given.program, given.steps, every)
            print(f"{name:8} {every:9} ms {before:5.0f} ms {longest_freeze:5.0f} ms {unread:7} {size:>10} {notices}", flush=True)


if __name__ == "__main__":
    main()
