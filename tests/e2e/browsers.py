#!/usr/bin/env python3
"""Browsers without a screen, driven in what they speak themselves: no driver of anybody's is needed.

As a program it is what stands before a browser (in its network namespace), and is spoken with by its own standard input
and output: browsers.py chromium COMMAND…, browsers.py firefox PROFILE COMMAND…
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import threading

from processes import DEADLINE, Process, until
from support import needs

QUIET = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "marionette.port": 0,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    # Sound without a click, which a script cannot make.
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
}
# As with OpenH264, which Mozilla's builds fetch from the network: decoded by Debian's libavcodec here.
WITH_H264 = {"media.webrtc.hw.h264.enabled": True, "gfx.blacklist.webrtc.hw.acceleration.h264": 1}


def installed(package, *names):
    """The first of these programs that is there."""
    found = next((name for name in names if shutil.which(name)), None)
    return found or needs(names[0], package)


class Browser:
    """One tab. `test`: an EndToEnd; `prefix`: what runs it in another place; `window`: its x, y, width and height on the
    test's screen, else it has none."""

    def __init__(self, test, prefix=(), window=None, **how):
        self.window = window
        self.home = test.folder / f"{self.NAME}-{id(self)}"
        self.home.mkdir()
        environment = test.environment(HOME=self.home, XDG_CONFIG_HOME=self.home, XDG_CACHE_HOME=self.home)
        command = [*prefix, sys.executable, "-B", __file__, *self.command(**how)]
        self.process = test.start(Process, command, stdin=subprocess.PIPE, env=environment)
        self._stdin, self._number, self._read = self.process._process.stdin, 0, b""
        self.begin()

    def _receive(self):
        more = self.process.stdout.read1(1 << 16)
        assert more, f"the browser has ended: {self.process.story()}"
        self._read += more

    def _send(self, data):
        self._stdin.write(data)
        self._stdin.flush()

    def until(self, expression, what=None, deadline=DEADLINE):
        """The first true value of a JavaScript expression."""
        try:
            return until(lambda: self.js(f"return {expression}"), what or expression, deadline)
        except AssertionError as failure:
            raise type(failure)(f"{failure}\n{self.story()}") from None

    def story(self):
        root = "document.documentElement"
        return self.js(f"return [location.href, {root}.className, {{...{root}.dataset}}, document.body.innerText]")


class Chromium(Browser):
    """By its DevTools protocol over a pipe."""

    NAME = "chromium"
    KIND = "Chromium"

    def command(self, options=()):
        program = installed("chromium", "chromium", "chromium-browser")
        # Hiding addresses behind names of mDNS takes a responder of its own, which stands still now and then in a
        # network that has just been made: no candidate is gathered then by any page, as long as the browser lives.
        shown = "--disable-features=WebRtcHideLocalIpsWithMdns"
        x, y, width, height = self.window or (0, 0, 0, 0)
        # An application's window is the page alone.
        place = [f"--window-position={x},{y}", f"--window-size={width},{height}", "--app=about:blank"]
        return ["chromium", program, *([] if self.window else ["--headless"]), "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
                "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
                "--autoplay-policy=no-user-gesture-required", "--remote-debugging-pipe",
                f"--user-data-dir={self.home}", shown, *options, *(place if self.window else ["about:blank"])]

    def begin(self):
        self._session = {}
        page = next(one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        self.call("Page.enable")

    def call(self, method, **params):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params, **self._session}
        self._send(json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._read:
                self._receive()
            said, self._read = self._read.split(b"\0", 1)
            said = json.loads(said)
            if said.get("id") == self._number:
                assert "error" not in said, said
                return said["result"]

    def open(self, url):
        self.call("Page.navigate", url=url)
        until(lambda: self.js("return document.readyState === 'complete'"), f"all of {url}")

    def js(self, body):
        """What a function with this body returns."""
        said = self.call("Runtime.evaluate", expression=f"(async () => {{ {body} }})()", awaitPromise=True,
                         returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")


class Firefox(Browser):
    """By Marionette."""

    NAME = "firefox"
    KIND = "Firefox"

    def command(self, h264=True):
        program = installed("firefox-esr", "firefox-esr", "firefox")
        preferences = {**QUIET, **(WITH_H264 if h264 else {})}
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items())
        (self.home / "user.js").write_text("".join(lines), encoding="utf-8")
        return ["firefox", str(self.home), program, *([] if self.window else ["--headless"]), "--marionette", "--no-remote",
                "--profile", str(self.home)]

    def begin(self):
        self._message()
        self.call("WebDriver:NewSession", capabilities={"alwaysMatch": {}})
        self.call("WebDriver:SetTimeouts", script=1000 * DEADLINE, pageLoad=1000 * DEADLINE)
        if self.window:
            # It makes itself as wide as it needs to be.
            self.call("WebDriver:SetWindowRect", **dict(zip(("x", "y", "width", "height"), self.window)))

    def _message(self):
        while b":" not in self._read:
            self._receive()
        size, self._read = self._read.split(b":", 1)
        while len(self._read) < int(size):
            self._receive()
        said, self._read = self._read[: int(size)], self._read[int(size) :]
        return json.loads(said)

    def call(self, method, **params):
        self._number += 1
        message = json.dumps([0, self._number, method, params]).encode()
        self._send(b"%d:%s" % (len(message), message))
        _, _, error, result = self._message()
        assert error is None, error
        return result

    def open(self, url):
        self.call("WebDriver:Navigate", url=url)

    def js(self, body):
        script = f"(async () => {{ {body} }})().then((is) => arguments[0]([is]), (no) => arguments[0](`${{no}}`))"
        said = self.call("WebDriver:ExecuteAsyncScript", script=script, args=[], newSandbox=False)["value"]
        assert isinstance(said, list), said
        return said[0] if said else None


# ---- The program before a browser --------------------------------------------------------------------------


def run_chromium(command):
    """It reads from descriptor 3 and writes to 4."""
    os.dup2(0, 3)
    os.dup2(1, 4)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.execvp(command[0], command)


def connect_marionette(profile, browser):
    """It says where it listens once it does."""
    port = pathlib.Path(profile) / "MarionetteActivePort"
    until(lambda: browser.poll() is not None or (port.exists() and port.read_text(encoding="ascii")), "Firefox's port")
    return socket.create_connection(("127.0.0.1", int(port.read_text(encoding="ascii"))))


def run_firefox(profile, command):
    browser = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2)
    connection = connect_marionette(profile, browser)

    def hand_on():
        while data := os.read(0, 1 << 16):
            connection.sendall(data)

    threading.Thread(target=hand_on, daemon=True).start()
    while data := connection.recv(1 << 16):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def main():
    if sys.argv[1] == "chromium":
        run_chromium(sys.argv[2:])
    else:
        run_firefox(sys.argv[2], sys.argv[3:])


if __name__ == "__main__":
    main()
