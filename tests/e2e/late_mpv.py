"""Stands in for an mpv that takes its time: it opens its socket at once, and the stream once a file named "play" lies
beside it. A file named "met" is there once somebody has connected to the socket."""

import os
import pathlib
import socket
import sys
import threading
import time
import urllib.request

FOLDER = pathlib.Path(os.environ["LATE_MPV_FOLDER"])


def meet(server):
    connection, _ = server.accept()
    (FOLDER / "met").touch()
    while connection.recv(65536):
        pass


def main():
    option = "--input-ipc-server="
    path = next(word for word in sys.argv if word.startswith(option))[len(option):]
    url = next(word for word in sys.argv if word.startswith("http://"))
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    threading.Thread(target=meet, args=(server,), daemon=True).start()
    while not (FOLDER / "play").exists():
        time.sleep(0.02)
    with urllib.request.urlopen(url) as stream:
        while stream.read(65536):
            pass


main()
