"""Tests of the program on a desktop: a new one for each test."""

import itertools
import signal
import time

import namespace
from decoding import watch
from desktop import Desktop
from pictures import colour
from processes import DEADLINE, Timeout
from support import INTERRUPTED, EndToEnd
from x11_desktop import X11Desktop

# A small screen, with which tests are quick on any machine.
WIDTH, HEIGHT = SMALL = 640, 360
LEVELS = 3  # of 255: what a colour may lose on its way


def near(seen, wanted):
    return all(abs(a - b) <= LEVELS for a, b in zip(seen, wanted))


class OnDesktop(EndToEnd):
    """`desktop` is up when a test begins; all that start() and its relatives start runs on it."""

    SIZE = (1280, 720)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        namespace.enter()

    def setUp(self):
        super().setUp()
        self.desktop = self.make_desktop()
        self.addCleanup(self.desktop.close)
        self.desktop.begin()

    def make_desktop(self):
        return Desktop(*self.SIZE)

    def environment(self, **changes):
        # The settings are the test's own, as everywhere.
        return super().environment(**{**self.desktop.variables, "XDG_CONFIG_HOME": self.folder, **changes})

    def share(self, *arguments, source="portal", **popen):
        """A host of the screen without sound, unless another --audio is given."""
        audio = () if "--audio" in arguments or source == "-" else ("--audio", "none")
        return self.host(*audio, *arguments, source=source, **popen)

    def watch(self, viewer, look=None):
        """What a player would show, in the size of the screen at first."""
        return watch(self, viewer.url(), self.SIZE, look)

    def wait_picture(self, pictures, wanted, after=None):
        """A decoded picture, from now on, that has this colour in its middle."""
        return pictures.wait(
            lambda seen: near(seen, wanted),
            f"a picture of the colour {wanted}",
            pictures.mark() if after is None else after,
        )

    def wait_screen(self, pictures, deadline=DEADLINE):
        """The screen's picture, which is changed until it is seen: what begins to capture an output of sway's is
        not always told what is on it, only what changes there (its first picture is missed once in some twenty)."""
        ends, colours = time.monotonic() + deadline, itertools.cycle(("#e08020", "#20a040"))
        for text in colours:
            at = pictures.mark()
            self.desktop.background(text)
            try:
                return pictures.wait(lambda seen: near(seen, colour(text)), f"the colour {text}", at, deadline=2.0)
            except Timeout:
                if time.monotonic() > ends:
                    raise

    def recorder(self):
        """The pixelpass node of the portal's stream, if it runs: pictures are being captured."""
        kind = "PipeWire:Interface:Node"
        return [
            one
            for one in self.desktop.objects()
            if one["type"] == kind
            and one["info"]["props"].get("media.class") == "Video/Source"
            and one["info"]["state"] == "running"
        ]

    def assert_interrupted(self, process, deadline):
        """A shell calls both 130."""
        self.assertIn(process.exit_code(deadline), (INTERRUPTED, -signal.SIGINT), process.story())


class OnX11(OnDesktop):
    def make_desktop(self):
        return X11Desktop(*self.SIZE)

    def share(self, *arguments, source="x11", **popen):
        return super().share(*arguments, source=source, **popen)
