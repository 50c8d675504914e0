"""A terminal that records what is printed and what is typed."""

import os
import shlex
import threading

from asciicast import MARKED, TYPED, Asciicast
from processes import DEADLINE
from terminals import Terminal

# What tmux calls a key, and what a terminal sends for it. A letter is its own name.
SENT = {"Enter": "\r", "Escape": "\x1b", "Up": "\x1b[A", "Down": "\x1b[B", "C-c": "\x03"}
PIECE = 65536


class RecordedTerminal(Terminal):
    def __init__(self, test, width=80, height=24, **environment):
        super().__init__(test, width, height, **environment)
        self._recording = Asciicast(width, height)
        pipe = f"{self._socket}.printed"
        os.mkfifo(pipe)
        self._reader = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._reader.start()
        self._tmux("pipe-pane", "-O", f"exec cat >{shlex.quote(pipe)}")

    def _read(self, pipe):
        with open(pipe, "rb", buffering=0) as printed:
            while piece := printed.read(PIECE):
                self._recording.printed(piece)

    def press(self, *keys):
        for key in keys:
            self._recording.add(TYPED, SENT.get(key, key))
        super().press(*keys)

    def paste(self, text):
        self._recording.add(TYPED, text)
        super().paste(text)

    def type(self, *words):
        self._recording.add(TYPED, shlex.join(str(word) for word in words))
        super().type(*words)

    def mark(self, text):
        self._recording.add(MARKED, text)

    def styled_screen(self):
        """A row a line, with the escape sequences of its colours."""
        return self._tmux("capture-pane", "-p", "-e")

    def save(self, path):
        """Ends the session: all that was printed is in the file."""
        self.close()
        self._reader.join(DEADLINE)
        assert not self._reader.is_alive(), "tmux still has the terminal's output"
        self._recording.write(path)
