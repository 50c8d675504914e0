#!/usr/bin/env python3
"""A throwaway GNOME desktop without a screen: GNOME Shell, its real portal and dialog, PipeWire.

gnome_desktop.py [--size WIDTHxHEIGHT] [--log] -- COMMAND...
    runs COMMAND on it and ends with its exit code; 77: something is not installed (it says what)
"""

import contextlib
import json
import re
import sys
import unittest
import urllib.parse

import namespace
from desktop import run_on
from dialogs import DialogDesktop
from gnome_shell import CLICK, LOCK, MOVE, PANEL_ITEM, PLUG_IN, RESIZE, SET_BACKGROUND, WINDOWS
from pictures import Picture, colour
from portal import FRONTEND, PERMISSIONS, libexec
from processes import Timeout, until
from support import needs

BACKEND = "org.freedesktop.impl.portal.desktop.gnome"
# The portal's frontend (1.20) asks itself for real time, by PipeWire's library, and waits for its own answer when
# PipeWire ends; whoever else asks it waits with it.
NO_REAL_TIME = "context.properties = { module.rt = false }\n"
BACKGROUND = "#204060"


def is_light(rgb):
    return sum(rgb) > 600


def is_dark(rgb):
    return sum(rgb) < 300


def is_accent(rgb):
    return rgb[0] < 100 and rgb[2] > 180


class Dialog43:
    """Where the sharing dialog of this version of the shell is clicked: from its top left corner, or from the other
    sides where negative. The sign of what is chosen: where it is, from where it is clicked, and its colour."""

    TITLE = "Screen Share"
    SHARE, CANCEL = (-50, 23), (50, 23)
    WINDOWS = ((188, 23),)  # what shows them
    MONITOR_SIGN = WINDOW_SIGN = ((206, 0), is_dark)  # a tick
    ONLY_ONE_IS_CHOSEN = False

    @staticmethod
    def monitor(number):
        return 260, 176 + 54 * number

    window = monitor


class Dialog48(Dialog43):
    TITLE = "Share Screen"
    WINDOWS = ()  # nothing else is offered
    MONITOR_SIGN = ((-146, 0), is_accent)  # its border
    WINDOW_SIGN = ((271, 0), is_dark)
    ONLY_ONE_IS_CHOSEN = True

    @staticmethod
    def monitor(number):
        """Of two of 4:3."""
        return 206 + 280 * number, 340

    @staticmethod
    def window(number):
        return 330, 190 + 54 * number


DIALOGS = {43: Dialog43, 48: Dialog48}

# There is no logind here; what would ask it asks a bus on which nobody is.
SYSTEM_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
# Where monitors are scaled, windows and the portal count in larger units than pixels, as GNOME 48 does by itself.
SETTINGS = """[org/gnome/shell]
enabled-extensions=['tests@pixelpass']
welcome-dialog-last-shown-version='999'
[org/gnome/mutter]
experimental-features=['scale-monitor-framebuffer']
[org/gnome/desktop/interface]
enable-animations=false
[org/gnome/desktop/background]
picture-options='none'
primary-color='{background}'
color-shading-type='solid'
[org/gnome/desktop/notifications]
show-banners=false
[org/gnome/desktop/session]
idle-delay=uint32 0
"""
# Lets the tests run code in the shell, and take pictures of the screen without being asked.
EXTENSION = """function init() { imports.ui.main.sessionMode.hasOverview = false; }
function enable() { global.context.unsafe_mode = true; }
function disable() {}
"""
# Since 45.
EXTENSION_MODULE = """import * as Main from 'resource:///org/gnome/shell/ui/main.js';
export default class {
  constructor() { Main.sessionMode.hasOverview = false; }
  enable() { global.context.unsafe_mode = true; }
  disable() {}
}
"""


class GnomeDesktop(DialogDesktop):
    """Monitors of one size side by side, of one colour. In surroundings of its own: see namespace.py."""

    DIALOG = "Screen Share"
    BACKEND = BACKEND

    def __init__(self, width=1280, height=720, monitors=1, least=0):
        """`least`: the version of the shell from which on there is what is tried."""
        namespace.enter()
        for tool, package in (("gnome-shell", None), ("gst-launch-1.0", "gstreamer1.0-tools"), ("ffmpeg", None)):
            needs(tool, package)
        super().__init__()
        self._size, self._monitors, self._least = (width, height), monitors, least
        self.variables.update(
            XDG_CURRENT_DESKTOP="GNOME", XDG_SESSION_TYPE="wayland", GSETTINGS_BACKEND="keyfile",
            LIBGL_ALWAYS_SOFTWARE="1", DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={self.folder}/run/system")
        # The shell draws with OpenGL, in memory.
        self.variables.update({name: None for name in ("__EGL_VENDOR_LIBRARY_FILENAMES", "__GLX_VENDOR_LIBRARY_NAME")})

    def begin(self):
        self.write("XDG_CONFIG_HOME", "pipewire/client.conf.d/50-no-real-time.conf", NO_REAL_TIME)
        super().begin()
        self._start_system_bus()
        self._start_shell()
        self.tell_the_bus()
        self._services.add(BACKEND, f"exec {libexec('xdg-desktop-portal-gnome')} -v")
        self._services.add(FRONTEND, f"exec {libexec('xdg-desktop-portal')} -v")
        self._services.add(PERMISSIONS, f"exec {libexec('xdg-permission-store', 'xdg-desktop-portal')}")
        self._services.start(BACKEND, FRONTEND)

    def story(self):
        return "\n".join([super().story(), *(f"{name}:\n{self._services.log(name)[-4000:]}"
                                             for name in (FRONTEND, BACKEND))])

    # ---- The shell -------------------------------------------------------------------------------------

    def _start_system_bus(self):
        config = self.write("XDG_CONFIG_HOME", "system-bus.conf", SYSTEM_BUS.format(
            address=self.variables["DBUS_SYSTEM_BUS_ADDRESS"]))
        self.start_part("system bus", (self.path("XDG_RUNTIME_DIR") / "system").exists,
                        ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"])

    def _start_shell(self):
        version = int(re.search(rb"\d+", self.run("gnome-shell", "--version"))[0])
        if version not in DIALOGS:
            raise unittest.SkipTest(f"GNOME {version}: the clicks are for the dialogs of {', '.join(map(str, DIALOGS))}")
        if version < self._least:
            raise unittest.SkipTest(f"GNOME {version} has no such thing, {self._least} is the first")
        self._clicks = DIALOGS[version]
        self.DIALOG = self._clicks.TITLE
        self.write("XDG_CONFIG_HOME", "glib-2.0/settings/keyfile", SETTINGS.format(background=BACKGROUND))
        extension = "gnome-shell/extensions/tests@pixelpass/"
        self.write("XDG_DATA_HOME", extension + "extension.js", EXTENSION if version < 45 else EXTENSION_MODULE)
        self.write("XDG_DATA_HOME", extension + "metadata.json", json.dumps(
            {"uuid": "tests@pixelpass", "name": "tests", "description": "tests", "shell-version": [str(version)]}))
        width, height = self._size
        monitors = ["--virtual-monitor", f"{width}x{height}"] * self._monitors
        self.start_part("gnome-shell", self._find_shell,
                        ["gnome-shell", "--headless", "--wayland", "--no-x11", *monitors])
        self._wait_background(BACKGROUND)

    def _find_shell(self):
        wayland = list(self.path("XDG_RUNTIME_DIR").glob("wayland-[0-9]"))
        if not wayland:
            return False
        self.variables["WAYLAND_DISPLAY"] = wayland[0].name
        return self._eval("true", check=False) == "true"

    def _call(self, name, path, method, *arguments, check=True):
        """Of a program on the bus; the answer as gdbus prints it."""
        command = ["gdbus", "call", "--session", "-d", name, "-o", path, "-m", method]
        return self.run(*command, *arguments, check=check).decode().strip()

    def _eval(self, code, check=True):
        answer = self._call("org.gnome.Shell", "/org/gnome/Shell", "org.gnome.Shell.Eval", json.dumps(code), check=check)
        said = re.fullmatch(r"\((true|false), '(.*)'\)", answer, re.DOTALL)
        if not check:
            return said and said[1] == "true" and said[2]
        assert said and said[1] == "true", f"the shell cannot do {code}: {answer}\n{self.story()}"
        return said[2]

    def shell(self, function, *arguments):
        """The value of a JavaScript function in the shell."""
        called = f"({function})({', '.join(json.dumps(argument) for argument in arguments)})"
        # Escaped until nothing is left that one of the layers between would take for its own.
        code = f"encodeURIComponent(JSON.stringify({called}) ?? 'null').replace(/'/g, '%27')"
        return json.loads(urllib.parse.unquote(self._eval(code).strip('"')))

    def click(self, x, y):
        before = self.shell(CLICK, x, y)
        until(lambda: self.shell("() => global.clicks ?? 0") > before, "a click")

    def windows(self):
        return self.shell(WINDOWS)

    # ---- What is on the screen -------------------------------------------------------------------------

    def screenshot(self):
        file = self.folder / "screenshot.png"
        self._call("org.gnome.Shell.Screenshot", "/org/gnome/Shell/Screenshot",
                   "org.gnome.Shell.Screenshot.Screenshot", "true", "false", str(file))
        return Picture.from_ppm(self.run("ffmpeg", "-v", "error", "-i", file, "-f", "image2pipe", "-vcodec", "ppm", "-"))

    def background(self, text):
        """#rrggbb. Returns when it is on the screen; the middle of its left side has to be free."""
        self.shell(SET_BACKGROUND, text)
        self._wait_background(text)

    def _wait_background(self, text):
        def shown():
            picture = self.screenshot()
            return picture.colour(1, picture.height // 2) == colour(text)

        until(shown, f"the background {text}\n{self.story()}")

    def resize_window(self, pid, *sizes, every=1):
        """To each of these sizes, (width, height), so many milliseconds apart."""
        self.shell(RESIZE, pid, sizes, every)
        width, height = sizes[-1]
        until(lambda: (self.window(pid)["width"], self.window(pid)["height"]) == (width, height),
              f"a window of {width}x{height}")

    def move_window(self, pid, x, y):
        self.shell(MOVE, pid, x, y)
        until(lambda: (self.window(pid)["x"], self.window(pid)["y"]) == (x, y), f"a window at {x}, {y}")

    # ---- What a person does ----------------------------------------------------------------------------

    def share_monitor(self, number=0):
        if self._monitors == 1 and self._clicks.ONLY_ONE_IS_CHOSEN:
            self.answer(self._clicks.SHARE)
        else:
            self.share_monitors(number)

    def share_monitors(self, *numbers):
        until(self._is_drawn, f"the dialog being drawn\n{self.story()}")
        self._share(self._clicks.MONITOR_SIGN, *map(self._clicks.monitor, numbers))

    def _share(self, sign, *places):
        """A second click would take one back: each is looked at, until nothing is left to do."""
        def left():
            return [place for place in places if not self._is_chosen(place, sign)]

        until(lambda: not [self._choose(place, sign) for place in left()], f"what is at {places} being chosen")
        self.answer(self._clicks.SHARE)

    def _choose(self, place, sign):
        """A click may come too early and be lost; one that is only answered late must not be repeated."""
        dialog, (x, y) = self.dialog(), place
        self.click(dialog["x"] + x, dialog["y"] + y)
        with contextlib.suppress(Timeout):
            until(lambda: self._is_chosen(place, sign), "", deadline=3.0)

    def _is_drawn(self):
        return self._has({self._clicks.CANCEL: is_light})

    def _is_chosen(self, place, sign):
        (x, y), ((right, down), is_sign) = place, sign
        return self._has({self._clicks.CANCEL: is_light, (x + right, y + down): is_sign})

    def _has(self, looks):
        """Near places of the dialog as it lies now: it appears in a corner of the screen, and is then moved to its
        middle. The screen behind it is dark, as some of its signs are."""
        dialog = self.dialog()
        picture = dialog and self.screenshot()
        return picture and all(self._is_near(picture, dialog["x"] + x, dialog["y"] + y, is_such)
                               for (x, y), is_such in looks.items())

    @staticmethod
    def _is_near(picture, x, y, is_such):
        return any(is_such(picture.colour(x + dx, y + dy)) for dx in range(-8, 9) for dy in range(-8, 9))

    def share_virtual(self):
        """The only one that the dialog offers then, chosen already."""
        self.answer(self._clicks.SHARE)

    def share_window(self, number=0):
        self.answer(*self._clicks.WINDOWS, self._clicks.window(number), self._clicks.SHARE)

    def share_windows(self, *numbers):
        """Where nothing else is offered."""
        until(self._is_drawn, f"the dialog being drawn\n{self.story()}")
        self._share(self._clicks.WINDOW_SIGN, *map(self._clicks.window, numbers))

    def cancel(self):
        self.answer(self._clicks.CANCEL)

    def stop_sharing(self):
        """With the panel's own button."""
        item = until(lambda: (at := self.shell(PANEL_ITEM, "screenSharing"))["visible"] and at, "the panel's button")
        self.click(item["x"], item["y"])

    def lock(self):
        self.shell(LOCK, True)

    def unlock(self):
        self.shell(LOCK, False)

    def plug_in(self):
        """A second monitor, to the right."""
        self.shell(PLUG_IN)
        node = until(lambda: self.shell("() => global.pluggedIn ?? null"), "a monitor's stream")
        width, height = self._size
        self.start(["gst-launch-1.0", "-q", "pipewiresrc", f"path={node}", "!",
                    f"video/x-raw,width={width},height={height}", "!", "fakesink"])
        until(lambda: self.shell("() => global.display.get_n_monitors()") == 2, "the second monitor")
        self._monitors = 2

    def unplug(self):
        self.shell("() => { global.unplug(); return true; }")
        until(lambda: self.shell("() => global.display.get_n_monitors()") == 1, "the second monitor's end")
        self._monitors = 1

    def arrange(self, *monitors, scale=1.0):
        """Each (x, y, transform): 0 upright, 1 a quarter turned …; None: switched off."""
        config = ["org.gnome.Mutter.DisplayConfig", "/org/gnome/Mutter/DisplayConfig"]
        state = self._call(*config, "org.gnome.Mutter.DisplayConfig.GetCurrentState")
        serial = re.match(r"\(uint32 (\d+)", state)[1]
        names = re.findall(r"\(\('([^']+)', '[^']*', '[^']*', '[^']*'\), \[\('(\d+x\d+@[\d.]+)'", state)
        used = [(*place, *name) for place, name in zip(monitors, names, strict=True) if place]
        wanted = ", ".join(
            f"({x}, {y}, {scale}, uint32 {transform}, {'true' if at == 0 else 'false'}, [('{name}', '{mode}', @a{{sv}} {{}})])"
            for at, (x, y, transform, name, mode) in enumerate(used))
        self._call(*config, "org.gnome.Mutter.DisplayConfig.ApplyMonitorsConfig", serial, "1", f"[{wanted}]", "{}")


if __name__ == "__main__":
    sys.exit(run_on(GnomeDesktop, __doc__))
