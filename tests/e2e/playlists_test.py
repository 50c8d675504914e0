"""A host whose media is not MPEG-TS but something that makes a player open an address of the host's choice."""

import os
import pathlib
import signal
import socket
import urllib.parse

from hostile_test import Hostile as _Hostile
from players_test import Mpv
from processes import until
from support import CONNECTION_LOST, INTERRUPTED, as_somebody, needs

ESTABLISHED = "01"  # in /proc/net/tcp


def players_at(url):
    """How many connections to that endpoint there are."""
    port = f":{urllib.parse.urlsplit(url).port:04X}"
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return sum(row[1].endswith(port) and row[3] == ESTABLISHED for row in rows)


class Bait:
    """An address that nobody has a reason to ask."""

    def __init__(self, test):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        test.addCleanup(self._socket.close)
        self.port = self._socket.getsockname()[1]
        self._taken = False

    def is_taken(self):
        """A connection waits in its queue from the moment that it is made."""
        try:
            self._socket.accept()[0].close()
            self._taken = True
        except BlockingIOError:
            pass
        return self._taken


class Playlists(_Hostile):
    def start_vlc(self, command):
        """It refuses to run as root: then as somebody else."""
        home = self.folder / "vlc-home"
        home.mkdir()
        home.chmod(0o777)
        options = ("-I", "dummy", "--vout=dummy", "--aout=adummy")
        prefix = as_somebody() if os.geteuid() == 0 else ()
        env = self.environment(HOME=home, XDG_RUNTIME_DIR=home, XDG_CONFIG_HOME=home, XDG_CACHE_HOME=home)
        return self.lines(*prefix, command[0], *options, *command[1:], env=env, cwd=home)

    def assert_opens_nothing(self, mode):
        """Neither do players, nor does what is refused get to them, to a file or to a pipe."""
        needs("mpv")
        needs("vlc", "vlc-bin")
        bait, saved = Bait(self), self.folder / "saved.ts"
        viewer = self.view(self.hostile_host(mode, str(bait.port)), "--record", saved)
        commands = viewer.wait("endpoint")
        players = [Mpv(self, viewer).process, self.start_vlc(commands["vlc"])]
        until(lambda: players_at(commands["url"]) == len(players), "both players")
        refused = viewer.wait("notice", lambda e: "MPEG-TS" in e["what"])
        self.assert_says(refused["what"], "the host sends something that is not MPEG-TS", "not passed on")
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)
        # The stream's end is the last that a player sees: then it has done with it whatever it does.
        until(lambda: bait.is_taken() or not any(player.running() for player in players), "the players' ends")
        self.assertFalse(bait.is_taken())
        self.assertEqual(saved.read_bytes() if saved.exists() else b"", b"")
        self.assertEqual(viewer.events("first_frame"), [])

    def test_mpv_and_vlc_open_nothing_that_an_edit_list_names(self):
        self.assert_opens_nothing("edl")

    def test_mpv_and_vlc_open_nothing_that_a_playlist_names(self):
        self.assert_opens_nothing("m3u")

    def test_a_host_that_sends_nothing_else_is_left_after_three_connections(self):
        viewer = self.view(self.hostile_host("foreign"))
        error = viewer.wait("error")
        self.assertEqual(error["exit_code"], CONNECTION_LOST)
        self.assert_says(error["what"], "3 connections in a row", "no MPEG-TS")
        self.assert_exit(viewer, CONNECTION_LOST)
        self.assertEqual(len(viewer.events("connected")), 3)
        self.assertEqual(len(viewer.events("error")), 1)
