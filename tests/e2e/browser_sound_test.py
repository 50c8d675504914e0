"""What browsers play: left is left and right is right, and sound comes with its picture."""

import signal
import statistics

import media
from browser_test import OnScreen
from browsers import Chromium, Firefox
from processes import until

LEFT, RIGHT = 440, 1500  # Hz
LOUD, SILENT = -45, -75  # dB, in a browser's analyser
BEEPS = 8
# What people accept of sound that is not with its picture, in ms: as good as none if it is early (ITU-R BT.1359; they
# notice it from there on), more if it is late, as from far away.
EARLY, LATE = 45, 185


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

    def assert_together(self, kind):
        """As much as at a viewer without a browser: what the application itself is off is in both."""
        self.desktop.flash_and_beep()
        host = self.share("--app", "Player", "--fps", 60)
        recording = self.folder / "recording.ts"
        viewer = self.pixelpass("view", "--player", "none", "--record", recording, host.ticket(),
                                prefix=self.inside(self.host_side))
        page = self.watch(kind, host)
        page.press("sound")
        until(lambda: len(page.flash_offsets()) >= BEEPS, f"{BEEPS} beeps")
        viewer.signal(signal.SIGINT)
        viewer.exit_code()
        native = 1000 * statistics.median(media.flash_offsets(recording))

        def in_step():
            """A browser that has just begun takes a while to find its pace."""
            latest = page.flash_offsets()[-BEEPS:]
            return -EARLY < statistics.median(latest) - native < LATE and latest

        try:
            latest = until(in_step, "sound with its picture")
        except AssertionError as failure:
            raise type(failure)(f"{failure}: {page.flash_offsets()}, without a browser {native}") from None
        print(f"sound after picture, ms: {[round(one - native) for one in latest]}, and {native:.0f} before the browser")

    def test_sound_comes_with_its_picture_in_chromium(self):
        self.assert_together(Chromium)

    def test_sound_comes_with_its_picture_in_firefox(self):
        self.assert_together(Firefox)
