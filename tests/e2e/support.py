"""What every end-to-end test stands on: the program, a folder of its own, processes that always end."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from processes import Lines, Pixelpass, Process, until

SOURCE = pathlib.Path(__file__).resolve().parents[2]

DONE, COULD_NOT_START, USAGE, NOT_REACHABLE, REFUSED, CONNECTION_LOST, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

# Seconds until the end after a signal. The promise is two; a machine with other things to do gets a few more.
PROMPT = 6.0

# Players look for OpenGL first. Mesa's own, without a card, then leaves mpv 0.35 waiting for a reply of Xvfb's for
# ever, in XCloseDisplay (3 starts in 60); where none is found, none in 60. What they show is drawn in memory anyway.
NO_OPENGL = {
    "__EGL_VENDOR_LIBRARY_FILENAMES": os.devnull,
    "__GLX_VENDOR_LIBRARY_NAME": "none",
    "VK_ICD_FILENAMES": os.devnull,
}


def program():
    """The pixelpass under test."""
    return os.environ["PIXELPASS_PROGRAM"]


def needs(tool, package=None):
    """Skips, and says what to install."""
    if shutil.which(tool) is None:
        raise unittest.SkipTest(f"no {tool}: sudo apt install {package or tool}")
    return tool


SOMEBODY = 65534  # a user who is not root


def only_root(test):
    """Only root can be two users at once."""
    return unittest.skipIf(os.geteuid() != 0, "run the tests as root: this one is two users")(test)


def as_somebody():
    """What runs a program as SOMEBODY; it still dies with us."""
    return ("setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups", "--pdeathsig", "KILL")


def free_port(kind=socket.SOCK_STREAM):
    """One that nobody had a moment ago."""
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class EndToEnd(unittest.TestCase):
    # No server on the internet is asked, and no router for anything, whatever starts the program.
    SETTINGS = 'stun = "none"\nno-port-mapping = true\n'

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pixelpass-e2e-"))
        # Players may have to run as another user.
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self._started = 0

    def environment(self, **changes):
        """Ours, without what would change a test: the user's settings, a screen, a ticket. None removes."""
        environment = {**os.environ, **NO_OPENGL}
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "PIXELPASS_TICKET"):
            environment.pop(name, None)
        environment["XDG_CONFIG_HOME"] = str(self.folder)
        environment["LC_ALL"] = "C.UTF-8"
        for name, value in changes.items():
            environment.pop(name, None)
            if value is not None:
                environment[name] = str(value)
        settings = pathlib.Path(environment["XDG_CONFIG_HOME"]) / "pixelpass" / "config.toml"
        if not settings.exists():
            settings.parent.mkdir(parents=True, exist_ok=True)
            settings.write_text(self.SETTINGS, encoding="utf-8")
        return environment

    def without_plugins(self, *files):
        """An environment in which GStreamer has all of its plugins but these."""
        needs("pkg-config")
        command = ["pkg-config", "--variable=pluginsdir", "gstreamer-1.0"]
        plugins = pathlib.Path(subprocess.check_output(command, text=True).strip())
        fewer = self.folder / "plugins"
        fewer.mkdir()
        for plugin in plugins.glob("*.so"):
            if plugin.name not in files:
                (fewer / plugin.name).symlink_to(plugin)
        return self.environment(
            GST_PLUGIN_SYSTEM_PATH_1_0=fewer, GST_PLUGIN_PATH_1_0=None, GST_PLUGIN_PATH=None,
            GST_REGISTRY_1_0=self.folder / "registry.bin")

    # ---- Processes -------------------------------------------------------------------------------------

    def start(self, kind, command, **popen):
        """Any program, ended with the test."""
        self._started += 1
        name = pathlib.Path(command[0]).name
        stderr = self.folder / f"{self._started}-{name}.stderr"
        popen.setdefault("env", self.environment())
        process = kind([str(word) for word in command], stderr, **popen)
        self.addCleanup(process.clean_up)
        return process

    def pixelpass(self, *arguments, prefix=(), executable=None, **popen):
        """With --json; `prefix`: what runs it (ip netns exec …)."""
        return self.start(Pixelpass, [*prefix, executable or program(), "--json", *arguments], **popen)

    def for_everybody(self):
        """The program where every user may run it: builds may be in a folder of root's own."""
        copy = self.folder / "program" / "pixelpass"  # "pixelpass" itself has the settings
        copy.parent.mkdir(exist_ok=True)
        if not copy.exists():
            shutil.copy(program(), copy)
        return copy

    def host(self, *arguments, source="test", bind="127.0.0.1:0", **popen):
        return self.pixelpass("host", "--source", source, "--bind", bind, "--no-port-mapping", "--no-notify",
                              *arguments, **popen)

    def view(self, ticket, *arguments, **popen):
        return self.pixelpass("view", "--player", "none", ticket, *arguments, **popen)

    def host_and_viewer(self, *host_arguments):
        host = self.host(*host_arguments)
        viewer = self.view(host.ticket())
        viewer.wait("first_frame")
        return host, viewer

    def lines(self, *command, **popen):
        return self.start(Lines, command, **popen)

    def process(self, *command, **popen):
        return self.start(Process, command, **popen)

    def run_pixelpass(self, *arguments, text="", env=None):
        """To its end, as a person runs it: exit code, standard output, standard error."""
        given, said = self.folder / f"{self._started}-given", self.folder / f"{self._started}-said"
        given.write_text(text, encoding="utf-8")
        with given.open("rb") as stdin, said.open("wb") as stdout:
            process = self.process(
                program(), *arguments, stdin=stdin, stdout=stdout, env=env or self.environment()
            )
            code = process.exit_code()
        return subprocess.CompletedProcess(
            process.command, code, said.read_text(encoding="utf-8"), process.stderr()
        )

    def wait_stderr(self, process, pattern):
        """What `pattern` matches in what the process says to people."""
        what = f"{pattern} in what {process.command} says"
        return until(lambda: re.search(pattern, process.stderr()), what).group()

    # ---- What is always to hold ------------------------------------------------------------------------

    def assert_exit(self, process, code):
        self.assertEqual(process.exit_code(), code, process.story())

    def assert_says(self, text, *parts):
        for part in parts:
            self.assertRegex(text, f"(?i){part}")

    def assert_fails(self, result, code, *parts):
        """One failure, said once on standard error, nothing on standard output."""
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("pixelpass: "), 1, result.stderr)
        self.assert_says(result.stderr, *parts)
