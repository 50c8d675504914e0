"""Stands in for an mpv that cannot decode in time: reads the stream, and says over its IPC that it drops half of the
pictures; none once a file named "fast" lies beside it."""

import json
import os
import pathlib
import socketserver
import sys
import threading
import time
import urllib.request

DROPPED_A_SECOND = 15
FAST = pathlib.Path(os.environ["SLOW_MPV_FOLDER"]) / "fast"


class Drops:
    """The total, which grows while it is slow."""

    def __init__(self):
        self._lock = threading.Lock()
        self._total, self._at = 0.0, time.monotonic()

    def total(self):
        with self._lock:
            now = time.monotonic()
            self._total += 0 if FAST.exists() else (now - self._at) * DROPPED_A_SECOND
            self._at = now
            return int(self._total)


DROPS = Drops()
PROPERTIES = {"frame-drop-count": DROPS.total, "decoder-frame-drop-count": lambda: 0, "pause": lambda: False,
              "speed": lambda: 1.0}


class Ipc(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            asked = json.loads(line)
            answer = {"request_id": asked.get("request_id", 0), "error": "property unavailable"}
            command = asked["command"]
            if command[0] == "get_property" and command[1] in PROPERTIES:
                answer.update(error="success", data=PROPERTIES[command[1]]())
            self.wfile.write(json.dumps(answer).encode() + b"\n")


def main():
    option = "--input-ipc-server="
    path = next(word for word in sys.argv if word.startswith(option))[len(option):]
    url = next(word for word in sys.argv if word.startswith("http://"))
    server = socketserver.ThreadingUnixStreamServer(path, Ipc)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with urllib.request.urlopen(url) as stream:
        while stream.read(65536):
            pass


main()
