#!/usr/bin/env python3
"""How long the viewer's picture stands still while a shared window is resized, on GNOME and on KDE:
    resize_bench.py build/release/pixelpass [--steps N] [--every MS]... [--only gnome|kde]
Prints a table; nothing passes or fails here. The window turns from black to white and back 30 times a second, and the
longest time without such a turn at the endpoint, decoded, is what counts. Some 70 ms of it are the decoder's and
chance: the column "before" is the same, of a window that keeps its size."""

import argparse
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.dont_write_bytecode = True

import decoding
import namespace
from gnome_desktop import GnomeDesktop
from kde_desktop import KdeDesktop
from processes import Pixelpass

DESKTOPS = {"gnome": GnomeDesktop, "kde": KdeDesktop}
WIDTH, HEIGHT = 64, 36  # of the decoded picture
FPS = 30
AROUND = 2.0  # seconds that are looked at before the first step, and after the last one


def show_window(desktop):
    return desktop.show("videotestsrc", "pattern=blink", "is-live=true", "!",
                        f"video/x-raw,width=320,height=240,framerate={FPS}/1")


def start(desktop, program, *arguments):
    return desktop.start([program, "--json", *arguments], Pixelpass)


def share(desktop, program):
    host = start(desktop, program, "host", "--stun", "none", "--source", "portal", "--window", "--bind", "127.0.0.1:0",
                 "--fps", FPS, "--audio", "none")
    desktop.share_window()
    return host


def turns_of(desktop, url):
    """The decoded pictures, each as when it came and whether it is bright."""
    middle = 3 * (WIDTH * (HEIGHT // 2) + WIDTH // 2)
    look = lambda data: (time.monotonic(), data[middle] > 127)
    log = desktop.folder / "decoder.log"
    return decoding.Chunks(decoding.picture_command(url, (WIDTH, HEIGHT)), log, 3 * WIDTH * HEIGHT, look,
                           env=desktop.environment())


def longest(seen, begin, end):
    """The longest time without a turn, in ms."""
    turns = [at for (_, before), (at, now) in zip(seen, seen[1:]) if before != now and begin <= at <= end]
    moments = [begin, *turns, end]
    return max(b - a for a, b in zip(moments, moments[1:])) * 1000


def measure(kind, program, steps, every):
    """ms before and while it is resized, and what the host has said meanwhile."""
    with kind() as desktop:
        window = show_window(desktop)
        host = share(desktop, program)
        viewer = start(desktop, program, "view", "--player", "none", host.ticket())
        pictures = turns_of(desktop, viewer.url())
        try:
            pictures.wait(lambda one: one[1], "a bright picture")
            time.sleep(2 * AROUND)
            begin = time.monotonic()
            sizes = [(320 + 20 * at, 240 + 12 * at) for at in range(1, steps + 1)]
            desktop.resize_window(window.pid, *sizes, every=every)
            time.sleep(AROUND)
            end = time.monotonic()
            reached = host.events("sharing")[-1]
        finally:
            pictures.clean_up()
        return (longest(pictures.seen, begin - AROUND, begin), longest(pictures.seen, begin, end),
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
    print(f"{'desktop':8} {'a step every':>12} {'before':>8} {'longest':>8} {'at last':>10} notices")
    for name in given.only or DESKTOPS:
        for every in given.every or (50, 200):
            before, longest_freeze, size, notices = measure(DESKTOPS[name], given.program, given.steps, every)
            print(f"{name:8} {every:9} ms {before:5.0f} ms {longest_freeze:5.0f} ms {size:>10} {notices}", flush=True)


if __name__ == "__main__":
    main()
