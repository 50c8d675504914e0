#!/usr/bin/env python3
"""A throwaway KDE desktop without a screen: KWin, its real portal and dialog, PipeWire.

kde_desktop.py [--size WIDTHxHEIGHT] [--log] -- COMMAND...
    runs COMMAND on it and ends with its exit code; 77: something is not installed (it says what)
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import time
import unittest

import namespace
from desktop import run_on
from dialogs import DialogDesktop
from fake_input import FakeInput
from pictures import Picture
from portal import FRONTEND, PERMISSIONS, libexec, shims
from processes import Timeout, until
from support import needs

BACKEND = "org.freedesktop.impl.portal.desktop.kde"
KNOWN = "5.27.5"  # whose insides kwin_outputs.cpp knows, and the clicks the dialog
ANSWER = "pixelpass: "
SHARE, CANCEL = (-138, -25), (-50, -25)
TRAY = "org.kde.StatusNotifierWatcher"
GREETER = "kscreenlocker_greet"
SHOWN_AFTER = 3  # seconds
END = "1"  # in the menu of the portal's icon

# Scripts have no way to answer but KWin's log.
SCRIPT = """const windows = workspace.clientList().map(one => ({title: one.caption, pid: one.pid,
  program: String(one.resourceName), x: one.frameGeometry.x, y: one.frameGeometry.y,
  width: one.frameGeometry.width, height: one.frameGeometry.height}));
const find = pid => workspace.clientList().find(one => one.pid === pid), later = {};
const resize = (window, [width, height]) => {
  const {x, y} = window.frameGeometry;
  window.frameGeometry = {x, y, width, height};
};
const tell = value => print('ANSWER' + NUMBER + ' ' + JSON.stringify(value ?? null));
const said = (FUNCTION)(ARGUMENTS);
if (said !== later) tell(said);
"""
RESIZE = """(pid, sizes, every) => {
  const timer = new QTimer();
  timer.interval = every;
  timer.timeout.connect(() => {
    resize(find(pid), sizes.shift());
    if (sizes.length > 0) return;
    timer.stop();
    tell(true);
  });
  timer.start();
  return later;
}"""
MOVE = """(pid, x, y) => {
  const window = find(pid), {width, height} = window.frameGeometry;
  window.frameGeometry = {x, y, width, height};
}"""
# Whether it fills its screen, to be asked again. It is given the size and stays where it was: a window that is larger than
# its screen comes up in its middle. The size of a screen that is scaled may be a fraction.
FULL_SCREEN = """pid => {
  const window = find(pid), {x, y, width, height} = workspace.clientArea(KWin.FullScreenArea, window);
  const at = window.frameGeometry;
  if (!window.fullScreen) window.frameGeometry = {x, y, width: at.width, height: at.height};
  window.fullScreen = true;
  return [at.x - x, at.y - y, at.width - width, at.height - height].every(off => Math.abs(off) < 1);
}"""


def is_shown(greeter):
    """As far as can be seen from outside. One that has not begun yet would die of a signal, and after four of these KWin
    takes its lock screen for broken; where one ends before KWin has seen it shown, KWin is locked for good: it tells
    nobody when it has, and takes a fraction of a second."""
    try:
        process = pathlib.Path(f"/proc/{greeter}")
        caught = int(re.search(r"SigCgt:\s*(\w+)", (process / "status").read_text(encoding="ascii"))[1], 16)
        began = int((process / "stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    except FileNotFoundError:
        return False
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - began / os.sysconf("SC_CLK_TCK")
    return bool(caught & 1 << signal.SIGUSR2 - 1) and age > SHOWN_AFTER


class KdeDesktop(DialogDesktop):
    """Outputs of one size side by side, black where no window is. In surroundings of its own: see namespace.py."""

    DIALOG = "Screen Sharing — Portal"
    BACKEND = BACKEND

    def __init__(self, width=1280, height=720, outputs=1):
        namespace.enter()
        for tool, package in (("kwin_wayland", "kwin-wayland"), ("gst-launch-1.0", "gstreamer1.0-tools"), ("ffmpeg", None)):
            needs(tool, package)
        super().__init__()
        self._size, self._outputs, self._asked = (width, height), outputs, 0
        self._input = self._background = None
        self._mode = self.folder / "mode"
        self._icons_before_death = set()
        self.variables.update(
            XDG_CURRENT_DESKTOP="KDE", XDG_SESSION_TYPE="wayland", KDE_FULL_SESSION="true", QT_QPA_PLATFORM="wayland",
            KWIN_WAYLAND_NO_PERMISSION_CHECKS="1", KWIN_SCREENSHOT_NO_PERMISSION_CHECKS="1", LIBGL_ALWAYS_SOFTWARE="1", WAYLAND_DISPLAY="wayland-0")
        # KWin draws with OpenGL, in memory.
        self.variables.update({name: None for name in ("__EGL_VENDOR_LIBRARY_FILENAMES", "__GLX_VENDOR_LIBRARY_NAME")})

    def begin(self):
        super().begin()
        self._start_kwin()
        self.tell_the_bus()
        self._services.add(BACKEND, self._backend_script())
        self._services.add(FRONTEND, f"exec {libexec('xdg-desktop-portal')} -v")
        self._services.add(PERMISSIONS, f"exec {libexec('xdg-permission-store', 'xdg-desktop-portal')}")
        self._services.start(BACKEND, FRONTEND)

    def close(self):
        if self._input:
            self._input.close()
        super().close()

    def story(self):
        return "\n".join([super().story(), *(f"{name}:\n{self._services.log(name)[-4000:]}"
                                             for name in (FRONTEND, BACKEND))])

    def _backend_script(self):
        # Its dialog drew in a thread of its own, in which Mesa crashed now and then when the dialog was closed (22.3).
        return f"QSG_RENDER_LOOP=basic exec {self._backend()}"

    @contextlib.contextmanager
    def portal_held_up(self):
        """KDE's part of the portal dies, and what is asked of it next waits until the end of this: inside, it does."""
        asked, go = self.folder / "asked", self.folder / "go"
        self._services.add(BACKEND, f"touch {asked}; until [ -e {go} ]; do sleep 0.05; done; {self._backend_script()}")
        self._services.start()
        self.kill_portal(BACKEND)
        until(asked.exists, f"the portal being asked\n{self.story()}")
        yield
        go.touch()

    @staticmethod
    def _backend():
        """Its folder differs from one machine to the next."""
        name = f"/usr/share/dbus-1/services/{BACKEND}.service"
        try:
            with open(name, encoding="utf-8") as service:
                return next(line[5:].strip() for line in service if line.startswith("Exec="))
        except FileNotFoundError:
            raise unittest.SkipTest("no xdg-desktop-portal-kde: sudo apt install xdg-desktop-portal-kde") from None

    # ---- KWin ------------------------------------------------------------------------------------------

    def _start_kwin(self):
        self.write("XDG_CONFIG_HOME", "kscreenlockerrc", "[Daemon]\nAutolock=false\nLockGrace=0\n")
        # The real one may do more than we, and what may is not preloaded into. It wants to be called by its name.
        kwin = self.folder / "kwin_wayland"
        shutil.copyfile(shutil.which("kwin_wayland"), kwin)
        kwin.chmod(0o755)
        version = self.run(kwin, "--version").decode().split()[-1]
        if version != KNOWN:
            raise unittest.SkipTest(f"KWin {version}: the tests know {KNOWN}")
        width, height = self._size
        preload = f"LD_PRELOAD={shims('kwin_outputs', 'kde_greeter')}"
        self.start_part("kwin", self._find_kwin, [
            "env", preload, f"PIXELPASS_KWIN_MODE={self._mode}", kwin, "--virtual", "--width", width, "--height", height,
            "--output-count", self._outputs, "--no-global-shortcuts", "--socket", self.variables["WAYLAND_DISPLAY"]])
        self._input = FakeInput(self.path("XDG_RUNTIME_DIR") / self.variables["WAYLAND_DISPLAY"])

    def _find_kwin(self):
        display = self.path("XDG_RUNTIME_DIR") / self.variables["WAYLAND_DISPLAY"]
        return display.exists() and self.owner_of("org.kde.KWin")

    def _kwin(self, path, method, *arguments):
        command = ["gdbus", "call", "--session", "-d", "org.kde.KWin", "-o", path, "-m", method]
        return self.run(*command, *arguments).decode()

    def kwin(self, function, *arguments):
        """The value of a JavaScript function in KWin, which has `windows` and find(pid); one that returns `later`
        tells it later."""
        self._asked += 1
        called = ", ".join(json.dumps(argument) for argument in arguments)
        text = SCRIPT.replace("ANSWER", ANSWER).replace("NUMBER", str(self._asked)).replace("ARGUMENTS", called)
        file = self.write("XDG_CACHE_HOME", f"{self._asked}.js", text.replace("FUNCTION", function))
        loaded = self._kwin("/Scripting", "org.kde.kwin.Scripting.loadScript", str(file), str(file))
        number = loaded.strip("(),\n ")
        self._kwin(f"/{number}", "org.kde.kwin.Script.run")
        said = until(lambda: self._said(self._asked), f"KWin's answer to {function}\n{self.story()}")
        self._kwin("/Scripting", "org.kde.kwin.Scripting.unloadScript", str(file))
        return json.loads(said)

    def _said(self, number):
        mark = f"{ANSWER}{number} "
        lines = self.parts["kwin"].stderr().splitlines()
        return next((line.partition(mark)[2] for line in lines if mark in line), None)

    def windows(self):
        return self.kwin("() => windows")

    def click(self, x, y):
        self._input.click(x, y)

    def resize_window(self, pid, *sizes, every=1):
        """To each of these sizes, (width, height), so many milliseconds apart."""
        self.kwin(RESIZE, pid, sizes, every)
        width, height = sizes[-1]
        until(lambda: (self.window(pid)["width"], self.window(pid)["height"]) == (width, height),
              f"a window of {width}x{height}")

    def move_window(self, pid, x, y):
        self.kwin(MOVE, pid, x, y)
        until(lambda: (self.window(pid)["x"], self.window(pid)["y"]) == (x, y), f"a window at {x},{y}")

    def background(self, text):
        """#rrggbb: a window of this colour all over a screen, above all but later ones."""
        colour = int(text.lstrip("#"), 16) | 0xFF000000
        width, height = self._size
        window = self.show("videotestsrc", "is-live=true", "pattern=solid-color", f"foreground-color={colour}", "!",
                           f"video/x-raw,width={width},height={height},framerate=5/1")
        until(lambda: self.kwin(FULL_SCREEN, window.pid), f"a window all over the screen\n{self.story()}")
        if self._background:
            self._background.clean_up()
        self._background = window

    # ---- What a person does ----------------------------------------------------------------------------

    def share_monitor(self, number=0):
        if self._outputs == 1:
            self.answer((371, 268), SHARE)
        else:
            self.share_monitors(number)

    def share_new_monitor(self):
        """Where there is one: KWin makes another one, to its right, of the size that KDE's portal asks for."""
        self.answer((149, 268), SHARE)

    def share_monitors(self, *numbers):
        """Of two."""
        self._share(*((133 + 222 * number, 443) for number in numbers))

    def share_windows(self, *numbers):
        """Of two, where nothing else is offered."""
        self._share(*((240 + 238 * number, 125) for number in numbers))

    def _share(self, *places):
        """What is there in the dialog. A second click would take it back: each is looked at."""
        until(self.dialog, f"the dialog\n{self.story()}")
        for place in places:
            until(lambda: self._is_chosen(place) or self._choose(place), "it being chosen")
        self.answer(SHARE)

    def _in_dialog(self, place):
        """As it lies now: it may be moved after it has appeared."""
        dialog = self.dialog()
        return dialog["x"] + place[0], dialog["y"] + place[1]

    def _choose(self, place):
        self.click(*self._in_dialog(place))
        try:
            return until(lambda: self._is_chosen(place), "it being drawn so", deadline=2.0)
        except Timeout:
            return False  # the dialog did not listen yet

    def _is_chosen(self, place):
        """It is blue then, and white before."""
        x, y = self._in_dialog(place)
        said = self._kwin("/Screenshot", "org.kde.kwin.Screenshot.screenshotArea", x, y, 2, 2, "false")
        file = pathlib.Path(said.split("'")[1])
        red, _, blue = Picture.from_ppm(self.run("ffmpeg", "-v", "error", "-i", file, "-f", "image2pipe", "-vcodec",
                                                 "ppm", "-")).colour(0, 0)
        file.unlink()
        return blue - red > 30

    def share_window(self):
        """The first of them, where nothing else is offered."""
        self.answer((130, 250), SHARE)

    def cancel(self):
        self.answer(CANCEL)

    def start_tray(self):
        program = pathlib.Path(shims("kwin_outputs")).parent / "tray"
        self.start_part("tray", lambda: self.owner_of(TRAY), [program])

    def _icons(self):
        """The portal's: each has a connection of its own."""
        portal = self.owner_of(BACKEND)
        return [name for name in self.parts["tray"].stderr().split() if portal and self.owner_of(name) == portal]

    def kill_portal(self, name):
        if "tray" in self.parts:
            self._icons_before_death = set(until(self._icons, f"the portal's icon\n{self.story()}"))
        super().kill_portal(name)

    def stop_sharing(self):
        """With the only item in the menu of the portal's icon: the one of what is shared since it has died, if it has."""
        name = until(lambda: set(self._icons()) - self._icons_before_death, f"the portal's icon\n{self.story()}").pop()
        self.run("gdbus", "call", "--session", "-d", name, "-o", "/MenuBar", "-m", "com.canonical.dbusmenu.Event",
                 END, "clicked", "<''>", "0")

    def set_mode(self, width, height):
        """Of all outputs: see kwin_outputs.cpp."""
        partial = self._mode.with_suffix(".new")
        partial.write_text(f"{width}x{height}")
        partial.rename(self._mode)
        self._size = (width, height)

    def lock(self):
        """With its own lock screen, which is there then."""
        self._saver("Lock")
        until(lambda: "true" in self._saver("GetActive"), f"the lock screen\n{self.story()}")

    def unlock(self):
        """As with the right password; see kde_greeter.cpp."""

        def unlocked():
            for greeter in self.run("pgrep", "--parent", self.parts["kwin"].pid, "--full", GREETER, check=False).split():
                with contextlib.suppress(ProcessLookupError):
                    if is_shown(int(greeter)):
                        os.kill(int(greeter), signal.SIGUSR2)
            return "false" in self._saver("GetActive")

        until(unlocked, f"the lock screen's end\n{self.story()}")

    def _saver(self, method):
        saver = "org.freedesktop.ScreenSaver"
        command = ["gdbus", "call", "--session", "-d", saver, "-o", "/org/freedesktop/ScreenSaver"]
        return self.run(*command, "-m", f"{saver}.{method}").decode()

    def set_output(self, *settings, number=0):
        """Such as scale.1.5, rotation.right."""
        needs("kscreen-doctor", "libkf5screen-bin")
        self.run("kscreen-doctor", *(f"output.{number + 1}.{one}" for one in settings))

    def place_outputs(self, *places):
        """Each (x, y)."""
        needs("kscreen-doctor", "libkf5screen-bin")
        self.run("kscreen-doctor", *(f"output.{number}.position.{x},{y}" for number, (x, y) in enumerate(places, 1)))

    def switch_off(self, number):
        self.set_output("disable", number=number)


if __name__ == "__main__":
    sys.exit(run_on(KdeDesktop, __doc__))
