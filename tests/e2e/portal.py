"""The real screen-sharing portal in a session of the tests, with a dialog that answers by itself."""

import os
import pathlib
import shutil
import signal
import unittest

from processes import until
from support import SOURCE

BACKEND = "org.freedesktop.impl.portal.desktop.wlr"
FRONTEND = "org.freedesktop.portal.Desktop"
PERMISSIONS = "org.freedesktop.impl.portal.PermissionStore"

# The dialog is a script: it notes that it was asked, and says what the file `answer` says.
CHOOSER = """#!/bin/sh
echo asked >>'{folder}/dialogs'
read answer <'{folder}/answer'
[ "$answer" = wait ] && read answer <'{folder}/late-answer'
[ "$answer" = cancel ] || echo "$answer"
"""
BACKEND_CONFIG = """[screencast]
max_fps={fps}
chooser_type=simple
chooser_cmd={chooser}
"""
PORTAL_FILE = f"""[portal]
DBusName={BACKEND}
Interfaces=org.freedesktop.impl.portal.Screenshot;org.freedesktop.impl.portal.ScreenCast;
UseIn=sway
"""


def libexec(program, package=None):
    """A program that nobody starts by hand: its folder differs from one distribution to the next."""
    for folder in ("/usr/libexec", "/usr/lib", "/usr/local/libexec"):
        path = f"{folder}/{program}"
        if os.access(path, os.X_OK):
            return path
    raise unittest.SkipTest(f"no {program}: sudo apt install {package or program}")


def shims(*names):
    """Libraries that go into a desktop's own programs, as built: in the folder that is named, or the newest ones."""
    files = [f"lib{name}.so" for name in names]
    named = os.environ.get("PIXELPASS_PORTAL_SHIMS")
    folders = [pathlib.Path(named)] if named else SOURCE.glob("build/*/tests/e2e")
    built = [folder for folder in folders if all((folder / file).exists() for file in files)]
    if not built:
        raise unittest.SkipTest(f"no shims: cmake --build --preset debug --target {' '.join(names)}")
    newest = max(built, key=lambda folder: (folder / files[0]).stat().st_mtime)
    return ":".join(str(newest / file) for file in files)


class BusServices:
    """What the message bus of a session starts when it is called, also again after its death."""

    def __init__(self, session):
        self._session = session
        self._services = session.folder / "services"

    def add(self, name, script):
        """Lets the bus start this; what it says goes to a file."""
        run = self._session.folder / f"{name}.sh"
        run.write_text(f"#!/bin/sh\nexec >>'{self._session.folder}/{name}.log' 2>&1\n{script}\n", encoding="utf-8")
        run.chmod(0o755)
        service = f"[D-BUS Service]\nName={name}\nExec={run}\n"
        (self._services / f"{name}.service").write_text(service, encoding="utf-8")

    def start(self, *names):
        self._session.bus_call("ReloadConfig")
        for name in names:
            self._session.bus_call("StartServiceByName", name, "0")

    def remove_all(self):
        """What runs goes on."""
        shutil.rmtree(self._services)
        self._services.mkdir()
        self._session.bus_call("ReloadConfig")

    def kill(self, name, how=signal.SIGKILL):
        process = self._session.owner_of(name)
        if process is not None:
            os.kill(process, how)
            until(lambda: self._session.owner_of(name) != process, f"the end of {name}")

    def log(self, name):
        log = self._session.folder / f"{name}.log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


class Portal:
    """Started by the message bus as on a real desktop.

    The dialog chooses the output at once, unless answer() says otherwise."""

    def __init__(self, session, output, fps):
        self._session = session
        self._folder = session.folder
        self._services = BusServices(session)
        self._output, self._fps = output, fps

    def start(self):
        self._configure()
        self.answer(self._output)
        portals = self._session.path("XDG_CONFIG_HOME") / "portals"
        backend, frontend = libexec("xdg-desktop-portal-wlr"), libexec("xdg-desktop-portal")
        store = libexec("xdg-permission-store", "xdg-desktop-portal")
        preload = shims("portal_dispatch", "portal_shm", "portal_stop")
        self._services.add(BACKEND, f"LD_PRELOAD='{preload}' exec {backend} -l INFO")
        self._services.add(FRONTEND, f"XDG_DESKTOP_PORTAL_DIR='{portals}' exec {frontend} -v")
        self._services.add(PERMISSIONS, f"exec {store}")
        self._services.start(BACKEND, FRONTEND)

    def _configure(self):
        write = self._session.write
        write("XDG_CONFIG_HOME", "portals/wlr.portal", PORTAL_FILE)
        write("XDG_CONFIG_HOME", "xdg-desktop-portal/portals.conf", "[preferred]\ndefault=wlr\n")
        chooser = write("XDG_CONFIG_HOME", "chooser", CHOOSER.format(folder=self._folder))
        chooser.chmod(0o755)
        config = BACKEND_CONFIG.format(fps=self._fps, chooser=chooser)
        write("XDG_CONFIG_HOME", "xdg-desktop-portal-wlr/config", config)

    def stop(self):
        """No portal from now on, as where none is installed."""
        self._services.remove_all()
        self.kill(FRONTEND)
        self.kill(BACKEND)

    def kill(self, name=BACKEND, how=signal.SIGKILL):
        """BACKEND captures the screen, FRONTEND is what programs call. The bus starts it again when it is called."""
        self._services.kill(name, how)

    def stop_sharing(self):
        """As the user does it with the desktop's own button. Returns when the backend has told the frontend."""
        self._session.run("gdbus", "call", "--session", "-d", BACKEND, "-o", "/", "-m", "pixelpass.Test.StopSharing")

    def tell(self, path, signal, *arguments):
        """As other parts of a desktop do to whoever listens on the bus."""
        self._session.run("gdbus", "emit", "--session", "-o", path, "-s", signal, *arguments)

    def keep_telling(self, path, signal):
        """Again and again, so that one comes at about the same time as whatever else happens."""
        emit = f"gdbus emit --session -o {path} -s {signal}"
        return self._session.start(["sh", "-c", f"while {emit}; do :; done"])

    # ---- The dialog ------------------------------------------------------------------------------------

    def answer(self, what):
        """What the user does from now on: "cancel", "wait" (until answer_late()), or an output's name."""
        if what == "wait" and not (self._folder / "late-answer").exists():
            os.mkfifo(self._folder / "late-answer")
        (self._folder / "answer").write_text(what + "\n", encoding="utf-8")

    def answer_late(self, what):
        """To the dialog that waits."""
        (self._folder / "late-answer").write_text(what + "\n", encoding="utf-8")

    def dialogs(self):
        """How many have been shown."""
        asked = self._folder / "dialogs"
        return len(asked.read_text(encoding="utf-8").splitlines()) if asked.exists() else 0

    def log(self, name=BACKEND):
        return self._services.log(name)
