"""Real players on the real URL."""

import json
import os
import pathlib
import signal
import socket
import subprocess

import media
from processes import DEADLINE, until
from support import DONE, INTERRUPTED, EndToEnd, needs

WIDTH, HEIGHT = 1280, 720
# From left to right, beginning anywhere: the bars of the test picture (SMPTE, at 100 %), which move.
BARS = ["white", "yellow", "cyan", "green", "magenta", "red", "blue"]
COLOURS = {
    "white": (255, 255, 255),
    "yellow": (255, 255, 0),
    "cyan": (0, 255, 255),
    "green": (0, 255, 0),
    "magenta": (255, 0, 255),
    "red": (255, 0, 0),
    "blue": (0, 0, 255),
}
TOLERANCE = 40  # a channel: the colour matrix that a player assumes, and the encoder


class MpvIpc:
    """A running mpv, asked over its IPC socket."""

    def __init__(self, test, path):
        until(path.exists, "mpv's socket")
        self._socket = socket.socket(socket.AF_UNIX)
        test.addCleanup(self._socket.close)
        self._socket.settimeout(DEADLINE)
        self._socket.connect(str(path))
        self._answers = self._socket.makefile("r", encoding="utf-8")
        test.addCleanup(self._answers.close)

    def ask(self, *command):
        self._socket.sendall(json.dumps({"command": command}).encode() + b"\n")
        for line in self._answers:
            answer = json.loads(line)
            if "error" in answer:
                return answer.get("data")
        raise AssertionError("mpv has gone")

    def get(self, name):
        return self.ask("get_property", name)

    def wait_position(self, beyond=0.0):
        return until(lambda: (self.get("time-pos") or 0) > beyond and self.get("time-pos"), "mpv's position")

    def wait_playing(self, seconds=2.0):
        return self.wait_position(self.wait_position() + seconds)


class Mpv(MpvIpc):
    """mpv with the command line of the `endpoint` event."""

    def __init__(self, test, viewer):
        path = test.folder / f"mpv-{test._started}"
        command = viewer.wait("endpoint")["mpv"]
        nothing = ["--vo=null", "--ao=null", "--msg-level=all=error", f"--input-ipc-server={path}"]
        self.process = test.lines(*command, *nothing)
        super().__init__(test, path)

    def quit(self):
        self.ask("quit")
        return self.process.exit_code()


def bars_of(row):
    """The colours of a row from left to right, each once; what is near none of them ends a bar."""
    seen, last, run = [], None, 0
    for pixel in row:
        name = next(
            (name for name, colour in COLOURS.items()
             if all(abs(a - b) <= TOLERANCE for a, b in zip(pixel, colour))),
            None,
        )
        run = run + 1 if name == last else 1
        last = name
        # An edge between two bars is a few pixels of something else.
        if name is not None and run == 16 and (not seen or seen[-1] != name):
            seen.append(name)
    return seen


def start_vlc(test, command, pictures):
    """It refuses to run as root: then as nobody."""
    home = test.folder / "vlc-home"
    for folder in (home, pictures):
        folder.mkdir()
        folder.chmod(0o777)
    options = ["-I", "dummy", "--vout=dummy", "--aout=adummy", "--video-filter=scene"]
    options += ["--scene-format=png", f"--scene-path={pictures}", "--scene-ratio=15"]
    as_other = []
    if os.geteuid() == 0:
        as_other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--pdeathsig", "KILL"]
    env = test.environment(HOME=home, XDG_RUNTIME_DIR=home, XDG_CONFIG_HOME=home, XDG_CACHE_HOME=home)
    return test.lines(*as_other, command[0], *options, *command[1:], env=env, cwd=home)


class Players(EndToEnd):
    def test_mpv_plays_on_and_on_with_the_right_size_and_no_decoder_error(self):
        needs("mpv")
        _, viewer = self.host_and_viewer()
        mpv = Mpv(self, viewer)
        mpv.wait_playing(seconds=4.0)
        self.assertEqual((mpv.get("width"), mpv.get("height")), (WIDTH, HEIGHT))
        self.assertEqual(mpv.get("video-format"), "h264")
        self.assertTrue(mpv.get("audio-codec-name").startswith("aac"))
        self.assertEqual(mpv.get("decoder-frame-drop-count"), 0)
        self.assertEqual(mpv.quit(), DONE)
        self.assertEqual(mpv.process.all_lines(), [])
        self.assertEqual(mpv.process.stderr(), "")

    def test_a_player_that_is_started_again_on_the_same_url_plays(self):
        needs("mpv")
        _, viewer = self.host_and_viewer()
        for _ in range(3):
            mpv = Mpv(self, viewer)
            mpv.wait_playing()
            self.assertEqual(mpv.quit(), DONE)
            self.assertEqual(mpv.process.all_lines(), [])

    def test_two_players_play_from_one_url_at_once(self):
        needs("mpv")
        _, viewer = self.host_and_viewer()
        first, second = Mpv(self, viewer), Mpv(self, viewer)
        for mpv in (first, second, first):
            mpv.wait_playing()
        self.assertEqual(first.quit(), DONE)
        second.wait_playing()
        self.assertEqual(second.quit(), DONE)
        self.assertEqual(first.process.all_lines() + second.process.all_lines(), [])

    def test_vlc_shows_the_bars_of_the_test_picture_in_their_colours(self):
        needs("vlc", "vlc-bin")
        needs("ffmpeg")
        _, viewer = self.host_and_viewer()
        pictures = self.folder / "pictures"
        start_vlc(self, viewer.wait("endpoint")["vlc"], pictures)
        # The last one may be half written.
        until(lambda: len(list(pictures.glob("*.png"))) > 3, "VLC's pictures")
        for picture in sorted(pictures.glob("*.png"))[1:3]:
            self.assert_bars(media.pixels(picture, WIDTH, HEIGHT))

    def test_view_opens_a_player_by_itself_survives_its_death_and_ends_it_at_its_own_end(self):
        needs("mpv")
        needs("Xvfb", "xvfb")
        ticket = self.host().ticket()
        screen = self.environment(DISPLAY=self.start_screen(), XDG_RUNTIME_DIR=self.folder)
        first, second = (self.pixelpass("view", "--player", "mpv", ticket, env=screen) for _ in range(2))
        players = [until(lambda: child_named(viewer.pid, "mpv"), "a player") for viewer in (first, second)]
        first.wait("first_frame")
        os.kill(players[0], signal.SIGKILL)
        self.assert_says(first.wait("notice")["what"], "the player was killed by signal 9")
        first.wait_pictures()
        second.wait("first_frame")
        second.signal(signal.SIGINT)
        self.assert_exit(second, INTERRUPTED)
        until(lambda: not pathlib.Path(f"/proc/{players[1]}").exists(), "the player's end")

    def test_a_vlc_configuration_that_never_ends_does_not_hold_the_viewer(self):
        needs("vlc")
        folder = self.folder / "vlc"
        folder.mkdir()
        os.mkfifo(folder / "vlcrc")
        player = self.folder / "bin" / "vlc"
        player.parent.mkdir()
        player.write_text("#!/bin/sh\nexec sleep 600\n", encoding="utf-8")
        player.chmod(0o755)
        path = f"{player.parent}:{os.environ['PATH']}"
        viewer = self.pixelpass("view", "--player", "vlc", self.host().ticket(), env=self.environment(PATH=path))
        viewer.wait("first_frame")

    def start_screen(self):
        """A screen without a screen; its name."""
        screen = self.lines("Xvfb", "-displayfd", "1", "-screen", "0", "1280x720x24", "-nolisten", "tcp")
        return ":" + screen.wait_line(lambda line: line)

    def assert_bars(self, picture):
        """Below the clocks, above the castellations."""
        for row in (HEIGHT // 4, HEIGHT // 2):
            seen = bars_of(picture[row])
            # The picture begins in the middle of a bar, which may end it too.
            self.assertGreaterEqual(len(seen), len(BARS), seen)
            start = BARS.index(seen[0])
            expected = [BARS[(start + at) % len(BARS)] for at in range(len(seen))]
            self.assertEqual(seen, expected)


def child_named(parent, name):
    """A child process by its name, or None."""
    command = ["pgrep", "-P", str(parent), "-x", name]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(result.stdout.split()[0]) if result.stdout else None
