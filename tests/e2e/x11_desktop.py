#!/usr/bin/env python3
"""A throwaway X11 desktop without a screen: Xvfb, and PipeWire for its sound.

x11_desktop.py [--size WIDTHxHEIGHT] -- COMMAND...
    runs COMMAND on it and ends with its exit code; 77: something is not installed (it says what)
"""

import sys

import namespace
from desktop import run_on
from pictures import Picture, colour
from processes import Lines, until
from session import Session
from support import needs

BACKGROUND = "#204060"


class X11Desktop(Session):
    """One screen of one colour, without a window manager. `apart`: in surroundings of its own, see namespace.py."""

    def __init__(self, width=1280, height=720, apart=True):
        if apart:
            namespace.enter()
        for tool, package in (
            ("Xvfb", "xvfb"),
            ("xsetroot", "x11-xserver-utils"),
            ("xrandr", "x11-xserver-utils"),
            ("xwininfo", "x11-utils"),
            ("xwd", "x11-apps"),
        ):
            needs(tool, package)
        super().__init__()
        self.variables.update(XDG_SESSION_TYPE="x11")
        self._size = (width, height)

    def begin(self):
        super().begin()
        self.start_screen()
        self.background(BACKGROUND)

    def start_screen(self):
        width, height = self._size
        self.start_server("Xvfb", "-screen", "0", f"{width}x{height}x24")

    def start_server(self, name, *options):
        """The one that programs are then shown on."""
        server = self.parts[name] = self.start([name, "-displayfd", "1", *options, "-nolisten", "tcp", "-noreset"], Lines)
        self.variables["DISPLAY"] = ":" + server.wait_line(lambda line: line)

    # ---- What is on the screen -------------------------------------------------------------------------

    def screenshot(self):
        return Picture.from_xwd(self.run("xwd", "-root", "-silent"))

    def background(self, text):
        """#rrggbb. Returns when it is on the screen; its top left corner has to be free."""
        self.run("xsetroot", "-solid", text)
        until(lambda: self.screenshot().colour(0, 0) == colour(text), f"the background {text}")

    def resize(self, width, height):
        """To a smaller size than it began with: more than that Xvfb cannot."""
        mode = f"{width}x{height}"
        timings = [str(number) for number in (60, *[width] * 4, *[height] * 4)]
        self.run("xrandr", "--newmode", mode, *timings)
        self.run("xrandr", "--addmode", "screen", mode)
        self.run("xrandr", "--output", "screen", "--mode", mode)
        until(lambda: self.screenshot().size == (width, height), f"a screen of {width}x{height}")

    def show(self, *pipeline, at=(0, 0), size=None, sync=True, **start):
        """A window with what this GStreamer pipeline gives, in its `size`, at the top left: nothing else is offered."""
        assert at == (0, 0)
        needs("gst-launch-1.0", "gstreamer1.0-tools")
        before = self.windows()
        window = self.start(["gst-launch-1.0", "-q", *pipeline, "!", "ximagesink", f"sync={sync}"], **start)
        until(lambda: len(self.windows()) > len(before), f"a window\n{window.story()}")
        return window

    def flash_and_beep(self):
        """As Desktop's, in a window at the top left."""
        return self.start_flashes("ximagesink")

    def windows(self):
        """The numbers of the windows that are children of the screen, in hexadecimal."""
        tree = self.run("xwininfo", "-root", "-children").decode()
        lines = (line.split() for line in tree.splitlines())
        return [words[0] for words in lines if words and words[0].startswith("0x")]


class TurnedX11Desktop(X11Desktop):
    """Its monitor can be turned, which Xvfb refuses: Xephyr's, all of an Xvfb that stands for the panel."""

    def __init__(self, width=1280, height=720):
        super().__init__(width, height)
        needs("Xephyr", "xserver-xephyr")
        self._panel = None

    def start_screen(self):
        super().start_screen()
        self._panel = self.variables["DISPLAY"]
        width, height = self._size
        self.start_server("Xephyr", "-screen", f"{width}x{height}")

    def turn(self, way):
        """As xrandr has it: normal, left, inverted, right."""
        self.run("xrandr", "--output", "default", "--rotate", way)

    def panel(self):
        """What lights up on it, as it lies."""
        return Picture.from_xwd(self.run("xwd", "-display", self._panel, "-root", "-silent"))


if __name__ == "__main__":
    sys.exit(run_on(X11Desktop, __doc__))
