"""Recorded terminal sessions, as asciinema plays them: https://docs.asciinema.org/manual/asciicast/v2/"""

import codecs
import json
import time

PRINTED, TYPED, MARKED = "o", "i", "m"


class Asciicast:
    """One session, in memory until it is written. Threads may add to it at once."""

    def __init__(self, width, height):
        self._header = {"version": 2, "width": width, "height": height, "timestamp": int(time.time())}
        self._began = time.monotonic()
        self._events = []
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, kind, text):
        self._events.append((round(time.monotonic() - self._began, 6), kind, text))

    def printed(self, output):
        """Bytes, wherever they were cut."""
        if text := self._decoder.decode(output):
            self.add(PRINTED, text)

    def write(self, path):
        lines = [self._header, *sorted(self._events, key=lambda event: event[0])]
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


def read(path):
    """The header, and the events as (seconds, kind, text)."""
    header, *events = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert header["version"] == 2, header
    return header, [tuple(event) for event in events]
