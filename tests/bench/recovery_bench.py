#!/usr/bin/env python3
"""How long the viewer's picture stands still when the monitor that is shared is turned, moved or scaled, and when PipeWire
is restarted, on sway, GNOME and KDE:
    recovery_bench.py build/release/pixelpass [--only sway|gnome|kde]... [--rounds N]
Prints a table; nothing passes or fails here. A window on that monitor turns from black to white and back 30 times a second,
and the longest time without such a turn at the endpoint, decoded, is what counts. What PipeWire itself takes to come back does
not."""

import argparse
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.dont_write_bytecode = True

import decoding
import namespace
from desktop import OUTPUT, Desktop
from gnome_desktop import GnomeDesktop
from kde_desktop import KdeDesktop
from resize_bench import AROUND, FPS, longest, start

WIDTH, HEIGHT = 64, 36  # of the decoded picture
AFTER = 8.0  # seconds that are looked at from the end of a change on
FEWEST = 40  # pixels of the decoded picture: so many differ between the window's black and its white, wherever it is

RESTART = ("PipeWire restarted", lambda desktop: desktop.restart_pipewire())
DESKTOPS = {
    "sway": (lambda: Desktop(1280, 720), lambda desktop: None, [
        ("turned", lambda desktop: desktop.sway("output", OUTPUT, "transform", "90")),
        ("scaled", lambda desktop: desktop.sway("output", OUTPUT, "scale", "1.5")),
        RESTART]),
    "gnome": (lambda: GnomeDesktop(800, 600, monitors=2), lambda desktop: desktop.share_monitor(0), [
        ("moved", lambda desktop: desktop.arrange((0, 600, 0), (0, 0, 0))),
        ("turned", lambda desktop: desktop.arrange((0, 0, 1), (600, 0, 0))),
        RESTART]),
    "kde": (lambda: KdeDesktop(1280, 720), lambda desktop: desktop.share_monitor(), [
        ("scaled", lambda desktop: desktop.set_output("scale.1.5")),
        ("turned", lambda desktop: desktop.set_output("rotation.right")),
        RESTART]),
}


def show_window(desktop):
    return desktop.show("videotestsrc", "pattern=blink", "is-live=true", "!",
                        f"video/x-raw,width=320,height=240,framerate={FPS}/1")


class Turns:
    """Of each decoded picture when it came, and which of two it is, that of before or the other."""

    def __init__(self):
        self._bright, self._other = 0, False

    def __call__(self, data):
        bright = sum(value > 127 for value in data[::3])
        if abs(bright - self._bright) >= FEWEST:
            self._other = not self._other
        self._bright = bright
        return time.monotonic(), self._other


def watch(desktop, url):
    return decoding.Chunks(decoding.picture_command(url, (WIDTH, HEIGHT)), desktop.folder / "decoder.log",
                           3 * WIDTH * HEIGHT, Turns(), env=desktop.environment())


def measure(kind, share, changes, program):
    """Of each change: its name, ms before it and with it, and what the host has said meanwhile."""
    with kind() as desktop:
        show_window(desktop)
        host = start(desktop, program, "host", "--stun", "none", "--source", "portal", "--bind", "127.0.0.1:0", "--fps", FPS,
                     "--audio", "none")
        share(desktop)
        viewer = start(desktop, program, "view", "--player", "none", host.ticket())
        pictures = watch(desktop, viewer.url())
        try:
            pictures.wait(lambda one: one[1], "a bright picture")
            for name, change in changes:
                time.sleep(2 * AROUND)
                begin, said = time.monotonic(), len(host.events("notice"))
                change(desktop)
                done = time.monotonic()
                time.sleep(AFTER)
                yield (name, longest(pictures.seen, begin - AROUND, begin), longest(pictures.seen, done, time.monotonic()),
                       len(host.events("notice")) - said)
        finally:
            pictures.clean_up()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--only", choices=DESKTOPS, action="append")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    namespace.enter()
    os.environ["PIXELPASS_PROGRAM"] = given.program
    print(f"{'desktop':8} {'change':20} {'before':>8} {'longest':>8} notices")
    for name in given.only or DESKTOPS:
        for _ in range(given.rounds):
            for change, before, freeze, notices in measure(*DESKTOPS[name], given.program):
                print(f"{name:8} {change:20} {before:5.0f} ms {freeze:5.0f} ms {notices}", flush=True)


if __name__ == "__main__":
    main()
