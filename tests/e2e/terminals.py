"""A terminal whose keys and screen are the test's: a shell in tmux."""

import itertools
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import termios

from processes import until
from support import needs

PROMPT = "ready$ "
NUMBERS = itertools.count(1)


class Terminal:
    """A shell at a terminal of its own; what is typed there runs as a job of it, as a person's does."""

    def __init__(self, test, width=80, height=24, **environment):
        needs("tmux")
        # A server that is told to end does so a moment later.
        self._socket = test.folder / f"tmux{next(NUMBERS)}"
        # tmux runs commands by the user's login shell, and that of who stands for a person may let nobody in.
        self._environment = {**test.environment(**environment), "SHELL": shutil.which("bash")}
        self._test, self._size = test, (width, height)
        test.addCleanup(self.close)
        self._begin()

    def _run(self, command):
        self._tmux("new-session", "-d", "-x", str(self._size[0]), "-y", str(self._size[1]), command)

    def _begin(self):
        settings = self._test.folder / "shell"
        settings.write_text(f"PS1='{PROMPT}'\n", encoding="utf-8")
        self._run(f"bash --noprofile --rcfile {settings}")
        until(lambda: PROMPT.strip() in self.screen(), "a shell's prompt")

    def _tmux(self, *words, check=True):
        result = subprocess.run(["tmux", "-u", "-S", str(self._socket), "-f", "/dev/null", *words], text=True,
                                env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=60, check=False)
        if check and result.returncode != 0:
            raise AssertionError(f"tmux {words}: {result.stdout}")
        return result.stdout

    def type(self, *words):
        self._tmux("send-keys", "-l", shlex.join(str(word) for word in words))
        self.press("Enter")

    def press(self, *keys):
        """Letters, or tmux's names of keys: C-c, Enter, Escape, Up."""
        self._tmux("send-keys", *keys)

    def paste(self, text):
        self._tmux("set-buffer", text)
        self._tmux("paste-buffer", "-p")

    def resize(self, width, height):
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def screen(self):
        return self._tmux("capture-pane", "-p")

    def state(self):
        """Whether it shows its other screen, and a cursor."""
        return self._tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").strip()

    def allow_clipboard(self):
        """tmux takes OSC 52 into a buffer of its own."""
        self._tmux("set-option", "-s", "set-clipboard", "on")

    def clipboard(self):
        """Empty: nothing has come yet."""
        text = self._tmux("show-buffer", check=False).strip()
        return "" if text == "no buffers" else text

    def mouse(self):
        """Whether it tells the program of clicks."""
        return self._tmux("display-message", "-p", "#{mouse_standard_flag} #{mouse_sgr_flag}").strip() == "1 1"

    def click(self, text):
        """The left button, where this is shown."""
        lines = self.screen().splitlines()
        row = next(number for number, line in enumerate(lines, 1) if text in line)
        column = lines[row - 1].index(text) + 1
        report = f"\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"
        self._tmux("send-keys", "-H", *(f"{byte:02x}" for byte in report.encode()))

    def log(self):
        """A file of all that is written to it from now on."""
        path = pathlib.Path(f"{self._socket}.log")
        path.touch()
        self._tmux("pipe-pane", f"exec cat >>{path}")
        return path

    def _shell(self):
        return int(self._tmux("display-message", "-p", "#{pane_pid}").strip())

    def job(self):
        """The process that the shell waits for."""
        shell = self._shell()
        return int(pathlib.Path(f"/proc/{shell}/task/{shell}/children").read_text(encoding="utf-8").split()[0])

    def close(self):
        self._tmux("kill-server", check=False)

    def wait(self, *wanted, without=()):
        """A screen with all of these, and none of those."""
        def found():
            text = self.screen()
            return text if all(w in text for w in wanted) and not any(w in text for w in without) else None
        try:
            return until(found, f"{wanted} on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows:\n{self.screen()}") from error

    def modes(self):
        """What stty says of it, in a file: not of what is on the screen."""
        self.type("bash", "-c", f"stty -g >{self._socket}.new && mv {self._socket}.new {self._socket}.modes")
        modes = pathlib.Path(f"{self._socket}.modes")
        until(modes.exists, "the terminal's modes")
        text = modes.read_text(encoding="utf-8")
        modes.unlink()
        return text


class Job(Terminal):
    """A terminal that nobody puts right: what a program has made of it is to be seen."""

    def __init__(self, test, *command, **settings):
        self._command = command
        super().__init__(test, **settings)

    def _begin(self):
        runner = pathlib.Path(__file__).with_name("job.py")
        self._run(shlex.join(str(word) for word in (sys.executable, "-B", runner, *self._command)))
        self.wait("ready")
        self.before = self.modes()

    def step(self):
        """Starts the program, or has it go on where it was stopped."""
        os.kill(self._shell(), signal.SIGUSR1)

    def modes(self):
        """As the kernel has them."""
        name = self._tmux("display-message", "-p", "#{pane_tty}").strip()
        terminal = os.open(name, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            return termios.tcgetattr(terminal)
        finally:
            os.close(terminal)
