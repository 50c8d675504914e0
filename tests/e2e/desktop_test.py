"""The tests' own desktops: what the other modules take for granted."""

import os
import pathlib
import subprocess
import sys

from portal import BACKEND
from processes import until
from screens import OnDesktop, OnX11
from session import SPEAKERS
from support import DONE

HERE = pathlib.Path(__file__).resolve().parent
ORANGE = (255, 128, 0)


class WaylandDesktop(OnDesktop):
    def test_the_screen_shows_its_background_in_the_size_that_it_is_given(self):
        self.desktop.background("#ff8000")
        self.desktop.resize(1024, 768)
        picture = self.desktop.screenshot()
        self.assertEqual((picture.size, picture.colour(0, 0), picture.colour(1023, 767)), ((1024, 768), ORANGE, ORANGE))

    def test_a_window_is_where_it_is_put(self):
        self.desktop.show("videotestsrc", "pattern=white", "!", "video/x-raw,width=320,height=180", "!", "videoconvert",
                          at=(400, 300), size=(320, 180))
        until(lambda: self.desktop.screenshot().colour(410, 310) == (255, 255, 255), "the window's colour")
        picture = self.desktop.screenshot()
        self.assertEqual(picture.colour(395, 295), picture.colour(725, 485))

    def test_the_bus_starts_a_killed_portal_again(self):
        before = self.desktop.owner_of(BACKEND)
        self.desktop.portal.kill()
        self.assertIsNone(self.desktop.owner_of(BACKEND))
        self.desktop.bus_call("StartServiceByName", BACKEND, "0")
        self.assertNotIn(self.desktop.owner_of(BACKEND), (None, before))

    def test_tones_and_speakers_are_there_again_after_a_restart_of_pipewire(self):
        first = self.desktop.play_tone("Player", 440)
        self.assertEqual(len(self.desktop.streams("Player")), 1)
        self.desktop.restart_pipewire()
        first.clean_up()
        self.assertIsNotNone(self.desktop.node(SPEAKERS))
        self.desktop.play_tone("Player", 440)

    def test_nothing_survives_a_killed_desktop(self):
        marker = f"{self.id()}-{os.getpid()}"
        # A namespace of its own in ours, as a person would start it.
        outside = {**self.environment(), "PIXELPASS_TEST_NAMESPACE": "no", "MARKER": marker,
                   "TMPDIR": str(self.folder)}
        desktop = self.lines(sys.executable, HERE / "desktop.py", "--", "sh", "-c", "echo up; sleep 600", env=outside)
        desktop.wait_line(lambda line: line == "up")
        self.assertGreater(len(marked(marker)), 5)
        desktop.clean_up()
        until(lambda: not marked(marker), "the end of all its processes")

    def test_a_command_on_a_desktop_ends_with_its_own_exit_code(self):
        for code in (DONE, 7):
            result = subprocess.run([sys.executable, HERE / "desktop.py", "--", "sh", "-c", f"exit {code}"], check=False)
            self.assertEqual(result.returncode, code)


class XDesktop(OnX11):
    def test_the_screen_shows_windows_and_background_in_the_size_that_it_is_given(self):
        self.desktop.background("#ff8000")
        self.desktop.show("videotestsrc", "pattern=white", "!", "video/x-raw,width=320,height=180", "!", "videoconvert")
        until(lambda: self.desktop.screenshot().colour(10, 100) == (255, 255, 255), "the window's colour")
        self.desktop.resize(1024, 576)
        picture = self.desktop.screenshot()
        self.assertEqual((picture.size, picture.colour(1023, 575)), ((1024, 576), ORANGE))


def marked(marker):
    """The processes with this variable in their surroundings."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if marker.encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            pass  # gone meanwhile, or another user's
    return found
