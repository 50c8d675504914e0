"""A monitor that stands on its side is shown upright, as its user sees it."""

import signal

import screens
from decoding import watch
from pictures import Turned, colour
from processes import until
from screen_test import flat_places, worst_difference
from x11_desktop import BACKGROUND, TurnedX11Desktop

# As sway names them (clockwise); half of them swap the sides.
TRANSFORMS = ("90", "180", "270", "flipped", "flipped-90", "flipped-180", "flipped-270")
# Of the card in the window, as its source gives them.
FIRST_BAR, LAST_BAR = (255, 255, 255), (0, 0, 255)
INSIDE = 8  # pixels from an edge


class Upright:
    LEVELS = screens.LEVELS

    def wait_like(self, viewer, reference):
        """Decoded pictures that are like the screenshot, several in a row."""
        places = flat_places(reference, step=40)
        self.assertGreater(len({reference.colour(*place) for place in places}), 4)
        pictures = watch(self, viewer.url(), reference.size, lambda one: worst_difference(one, reference, places))
        pictures.wait_run(lambda seen: seen[0] <= self.LEVELS, 3, "upright pictures", 0)


class RotatedMonitor(Upright, screens.OnDesktop):
    SIZE = (1280, 720)

    def turn(self, transform):
        """The screenshot of the desktop once it is turned and its window has followed."""
        self.desktop.sway("output", "HEADLESS-1", "transform", transform)
        sides = self.SIZE[::-1] if transform.endswith(("90", "270")) else self.SIZE
        return until(lambda: (shot := self.desktop.screenshot()).size == sides and self.is_shown_whole(shot) and shot,
                     f"the window on the screen turned by {transform}")

    def is_shown_whole(self, shot):
        """The window's picture is as wide as the screen and in its middle: its first bar on the left, its last on the
        right. A window that has not drawn itself anew yet has black edges there, or another bar."""
        width, height = self.SIZE
        top = (shot.height - shot.width * height // width) // 2 + INSIDE
        return shot.colour(INSIDE, top) == FIRST_BAR and shot.colour(shot.width - 1 - INSIDE, top) == LAST_BAR

    def setUp(self):
        super().setUp()
        # No two corners alike, whichever way it is turned.
        self.desktop.show("videotestsrc", "pattern=smpte100", "is-live=true", "!",
                          "video/x-raw,format=BGRx,width=1280,height=720,framerate=5/1")

    def test_every_way_of_turning_arrives_upright(self):
        for transform in TRANSFORMS:
            with self.subTest(transform=transform):
                reference = self.turn(transform)
                host = self.share("--encoder", "x264", "--fps", "10")
                self.wait_like(self.view(host.ticket()), reference)
                host.signal(signal.SIGINT)
                self.assert_interrupted(host, 5.0)

    def test_a_monitor_that_is_turned_while_it_is_shared_stays_upright(self):
        reference = self.turn("normal")
        host = self.share("--encoder", "x264", "--fps", "10")
        viewer = self.view(host.ticket())
        self.wait_like(viewer, reference)
        self.wait_like(viewer, self.turn("90"))
        host.signal(signal.SIGINT)
        self.assert_interrupted(host, 5.0)


class RotatedX11Monitor(Upright, screens.OnX11):
    SIZE = screens.SMALL
    CARD = (320, 180)
    LEVELS = 10  # its edges are close to every place; another of its colours is 255 away

    def make_desktop(self):
        return TurnedX11Desktop(*self.SIZE)

    def setUp(self):
        super().setUp()
        # In the corner of a screen of another colour: no two corners alike, whichever way it is turned.
        self.desktop.show("videotestsrc", "pattern=smpte100", "is-live=true", "!",
                          "video/x-raw,format=BGRx,width=%d,height=%d,framerate=5/1" % self.CARD)

    def turn(self, way):
        """What one sees who turned the panel, too, once all is drawn."""
        self.desktop.turn(way)

        def seen():
            shot = Turned(self.desktop.panel(), way)
            width, height = self.CARD
            drawn = shot.colour(INSIDE, INSIDE) == FIRST_BAR and shot.colour(width - INSIDE, height - INSIDE) == LAST_BAR
            return drawn and shot.colour(shot.width - 1, shot.height - 1) == colour(BACKGROUND) and shot

        return until(seen, f"the card on the panel turned {way}")

    def test_a_monitor_stays_upright_whichever_way_it_is_turned_while_it_is_shared(self):
        self.turn("left")
        viewer = self.view(self.share("--fps", "10").ticket())
        for way in ("left", "inverted", "right", "normal"):
            with self.subTest(way):
                self.wait_like(viewer, self.turn(way))

    def test_a_turned_monitor_is_shared_by_its_name(self):
        reference = self.turn("right")
        self.wait_like(self.view(self.share("--monitor", "default").ticket()), reference)
