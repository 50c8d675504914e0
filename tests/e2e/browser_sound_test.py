"""What browsers play: left is left and right is right, and sound comes with its picture."""

import signal
import statistics
import time

import media
from browser_test import PAGE, OnScreen
from browsers import Chromium, Firefox
from processes import until
from screens import SMALL

LEFT, RIGHT = 440, 1500  # Hz
LOUD, SILENT = -45, -75  # dB, in a browser's analyser
BEEPS = 10  # one a second
# From there on people notice sound that is early, in ms, and later if it is late (ITU-R BT.1359).
APART = 45
ROUNDS = 8
# Where it flashes, of a side of the screen: in the application's window, and in a browser's under its bars.
SPOTS = (0, 0), (208, 160)


class Sound(OnScreen):
    """In browsers with speakers: without any, Firefox's clock for sound stands still."""

    def assert_left_is_left(self, kind):
        self.desktop.play_tones("Player", LEFT, RIGHT)
        page = self.watch(kind, self.share("--app", "Player"))
        page.press("sound")

        def heard():
            (left, not_left), (not_right, right) = page.levels(LEFT, RIGHT)
            return left > LOUD and right > LOUD and not_left < SILENT and not_right < SILENT

        try:
            until(heard, "each side's tone")
        except AssertionError as failure:
            raise type(failure)(f"{failure}; heard: {page.levels(LEFT, RIGHT)}") from None

    def test_left_is_left_and_right_is_right_in_chromium(self):
        self.assert_left_is_left(Chromium)

    def test_left_is_left_and_right_is_right_in_firefox(self):
        self.assert_left_is_left(Firefox)

    def share_sides(self, kind, **how):
        """The application's, on the left, is shared with a browser that has its window on the right; that side and the browser's
        sound are shared as well, so that both are recorded in the same way."""
        width, height = SMALL
        for name, at in (("left", 0), ("right", width // 2)):
            self.desktop.run("xrandr", "--setmonitor", name, f"{width // 2}/1x{height}/1+{at}+0", "none")
        self.desktop.flash_and_beep()
        application = self.share("--app", "Player", "--monitor", "left", "--fps", 60)
        page = self.page(kind, window=(width // 2, 0, width // 2, height), **how)
        page.open(f"{PAGE.as_uri()}#{application.ticket()}" if how else application.wait("link")["url"])
        page.wait_pictures()
        page.press("sound")
        return application, self.share("--app", kind.KIND, "--monitor", "right", "--fps", 60, "--no-web")

    def record(self, *hosts):
        """Of each, by how many ms a beep comes after its flash. The length of a recording is its nature."""
        recordings = [self.folder / f"{time.monotonic_ns()}.ts" for _ in hosts]
        viewers = [self.pixelpass("view", "--player", "none", "--record", recording, host.ticket(),
                                  prefix=self.inside(self.host_side)) for host, recording in zip(hosts, recordings)]
        time.sleep(BEEPS)
        for viewer in viewers:
            viewer.signal(signal.SIGINT)
            viewer.exit_code()
        return [[round(1000 * one) for one in media.flash_offsets(recording, spot)] for recording, spot in zip(recordings, SPOTS)]

    def assert_together(self, kind, **how):
        """As a person has it, on the screen and from the loudspeakers. What the application itself is off is taken off, and with
        it what the recording adds. A browser that has just begun takes a while to find its pace."""
        hosts = self.share_sides(kind, **how)
        rounds = []

        def in_step():
            own, browser = self.record(*hosts)
            off = statistics.median(browser) - statistics.median(own) if own and browser else None
            rounds.append((off, own, browser))
            return off is not None and abs(off) < APART

        try:
            until(in_step, "sound with its picture", ROUNDS * BEEPS)
        finally:
            print("sound after picture, ms; of that the application's; the browser's:", *rounds, sep="\n")

    def test_sound_comes_with_its_picture_in_chromium(self):
        self.assert_together(Chromium)

    def test_sound_comes_with_its_picture_in_firefox(self):
        self.assert_together(Firefox)

    def test_sound_comes_with_its_picture_in_firefox_where_the_page_decodes_it(self):
        self.assert_together(Firefox, h264=False)
