#!/usr/bin/env python3
"""A throwaway Wayland desktop without a screen: sway, the real portal, PipeWire.

desktop.py [--size WIDTHxHEIGHT] [--xwayland] [--no-portal] [--log] -- COMMAND...
    runs COMMAND on it and ends with its exit code; 77: something is not installed (it says what)
"""

import argparse
import json
import signal
import subprocess
import sys
import unittest

import namespace
from pictures import Picture, colour
from portal import BACKEND, FRONTEND, Portal
from processes import until
from session import Session
from support import needs

OUTPUT = "HEADLESS-1"
BACKGROUND = "#204060"
SKIPPED = 77

SWAY_CONFIG = """output {output} mode {width}x{height}@60Hz
output {output} bg {background} solid_color
default_border none
focus_follows_mouse no
xwayland {xwayland}
"""
HEADLESS = {
    "WLR_BACKENDS": "headless",
    "WLR_RENDERER": "pixman",
    "WLR_LIBINPUT_NO_DEVICES": "1",
    "WLR_HEADLESS_OUTPUTS": "1",
}


class Desktop(Session):
    """One output, HEADLESS-1, of one colour; `portal` shares it. In surroundings of its own: see namespace.py."""

    def __init__(self, width=1280, height=720, xwayland=False, portal=True, fps=60):
        namespace.enter()
        for tool, package in (("sway", None), ("swaymsg", "sway"), ("swaybg", None), ("grim", None)):
            needs(tool, package)
        if xwayland:
            needs("Xwayland", "xwayland")
        super().__init__()
        self.variables.update(XDG_CURRENT_DESKTOP="sway", XDG_SESSION_TYPE="wayland", **HEADLESS)
        self._size = (width, height)
        self._xwayland = xwayland
        self.portal = Portal(self, OUTPUT, fps) if portal else None

    def begin(self):
        super().begin()
        self.start_sway()
        if self.portal:
            self.portal.start()

    def story(self):
        said = "\n".join(self.portal.log(name)[-4000:] for name in (FRONTEND, BACKEND)) if self.portal else ""
        return f"{super().story()}\nportal:\n{said}"

    # ---- The compositor --------------------------------------------------------------------------------

    def start_sway(self):
        width, height = self._size
        config = self.write("XDG_CONFIG_HOME", "sway/config", SWAY_CONFIG.format(
            output=OUTPUT, width=width, height=height, background=BACKGROUND,
            xwayland="force" if self._xwayland else "disable"))
        self.variables.update(WAYLAND_DISPLAY=None, SWAYSOCK=None, DISPLAY=None)
        runtime = self.path("XDG_RUNTIME_DIR")
        for remains in (*runtime.glob("sway-ipc.*"), *runtime.glob("wayland-*")):
            remains.unlink()
        self.start_part("sway", self._find_sway, ["sway", "-c", config])
        if self._xwayland:
            self._find_xwayland()
        self._wait_background(BACKGROUND)
        self.tell_the_bus()

    def _find_sway(self):
        runtime = self.path("XDG_RUNTIME_DIR")
        sway, wayland = list(runtime.glob("sway-ipc.*.sock")), list(runtime.glob("wayland-[0-9]"))
        if not sway or not wayland:
            return False
        self.variables.update(SWAYSOCK=str(sway[0]), WAYLAND_DISPLAY=wayland[0].name)
        return OUTPUT in self.run("swaymsg", "-t", "get_outputs", check=False).decode()

    def _find_xwayland(self):
        """Sway alone knows the display's name, and tells its children."""
        told = self.folder / "display"
        self.sway(f"exec echo $DISPLAY >{told}")
        self.variables["DISPLAY"] = until(lambda: told.exists() and told.read_text().strip(), "Xwayland")

    def sway(self, *words):
        """A command to sway; its answer."""
        return json.loads(self.run("swaymsg", "--raw", "--", *words))

    def stop_sway(self, how=signal.SIGTERM):
        self.stop_part("sway", how)

    # ---- What is on the screen -------------------------------------------------------------------------

    def screenshot(self):
        return Picture.from_ppm(self.run("grim", "-t", "ppm", "-"))

    def background(self, text):
        """#rrggbb. Returns when it is on the screen; its top left corner has to be free."""
        self.sway("output", OUTPUT, "bg", text, "solid_color")
        self._wait_background(text)

    def _wait_background(self, text):
        until(lambda: self.screenshot().colour(0, 0) == colour(text), f"the background {text}\n{self.story()}")

    def resize(self, width, height):
        """Another mode. (Without --custom a headless output stays as it is, without a word.)"""
        self.sway("output", OUTPUT, "mode", "--custom", f"{width}x{height}@60Hz")
        until(lambda: self.screenshot().size == (width, height), f"a screen of {width}x{height}")
        self._size = (width, height)

    def show(self, *pipeline, at=None, size=None, sync=True, **start):
        """A window with what this GStreamer pipeline gives: the whole screen, or `size` pixels at `at`."""
        needs("gst-launch-1.0", "gstreamer1.0-tools")
        window = self.start(["gst-launch-1.0", "-q", *pipeline, "!", "waylandsink", f"sync={sync}"], **start)
        self.place(window.pid, at, size)
        return window

    def flash_and_beep(self):
        """Its window is the whole screen."""
        return self.start_flashes("waylandsink")

    def place(self, pid, at=None, size=None):
        """Waits for this process's window, and puts it there."""
        until(lambda: pid in self.window_pids(), f"the window of process {pid}\n{self.story()}")
        if at is None:
            return
        which = f"[pid={pid}]"
        self.sway(f"{which} floating enable, border none")
        if size is not None:
            self.sway(f"{which} resize set {size[0]} px {size[1]} px")
        self.sway(f"{which} move absolute position {at[0]} px {at[1]} px")

    def window_pids(self):
        def pids(node):
            yield node.get("pid")
            for child in node["nodes"] + node["floating_nodes"]:
                yield from pids(child)

        return [pid for pid in pids(json.loads(self.run("swaymsg", "--raw", "-t", "get_tree"))) if pid]


def run_on(kind, usage, options=lambda _: None):
    """The command line of a kind of desktop, its exit code; options(parser) adds its own."""
    parser = argparse.ArgumentParser(description=usage, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", default="1280x720", metavar="WIDTHxHEIGHT")
    parser.add_argument("--log", action="store_true", help="at the end, what the desktop's parts have said")
    options(parser)
    parser.add_argument("command", nargs="+")
    given = vars(parser.parse_args())
    size, log, command = (given.pop(name) for name in ("size", "log", "command"))
    try:
        with kind(*(int(word) for word in size.split("x")), **given) as desktop:
            code = subprocess.run(command, env=desktop.environment(), check=False).returncode
            if log:
                print(desktop.story(), file=sys.stderr)
    except unittest.SkipTest as missing:
        print(f"{kind.__name__}: {missing}", file=sys.stderr)
        return SKIPPED
    return code if code >= 0 else 128 - code


def wayland_options(parser):
    parser.add_argument("--xwayland", action="store_true")
    parser.add_argument("--no-portal", dest="portal", action="store_false")


if __name__ == "__main__":
    sys.exit(run_on(Desktop, __doc__, wayland_options))
