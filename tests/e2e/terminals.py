"""A terminal whose keys and screen are the test's: a shell in tmux."""

import itertools
import pathlib
import shlex
import subprocess

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
        self._environment = test.environment(**environment)
        settings = test.folder / "shell"
        settings.write_text(f"PS1='{PROMPT}'\n", encoding="utf-8")
        test.addCleanup(self.close)
        self._tmux("new-session", "-d", "-x", str(width), "-y", str(height), f"bash --noprofile --rcfile {settings}")
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
        return self._tmux("show-buffer", check=False).strip()

    def job(self):
        """The process that the shell waits for."""
        shell = self._tmux("display-message", "-p", "#{pane_pid}").strip()
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
