"""Each encoder that is here shows what is on the screen, from each kind of screen."""

import signal

import screens
from desktop import BACKGROUND
from pictures import colour
from processes import until
from screen_test import flat_places, worst_difference

# openh264enc does not tell its colours' matrix, and ffmpeg guesses another than players do.
ENCODERS = {"x264": screens.LEVELS, "openh264": 40}


class Encoders:
    """A picture in many colours, compared all over: one flat colour is far from it."""

    def check_each(self):
        width, height = self.SIZE
        self.desktop.show("videotestsrc", "pattern=smpte100", "is-live=true", "!",
                          f"video/x-raw,format=BGRx,width={width},height={height},framerate=5/1")
        reference = until(lambda: (shot := self.desktop.screenshot()).colour(0, 0) != colour(BACKGROUND) and shot,
                          "the window on the screen")
        places = flat_places(reference, step=80)
        self.assertGreater(len({reference.colour(*place) for place in places}), 5)
        for encoder, levels in ENCODERS.items():
            host = self.share("--encoder", encoder, "--fps", "10")
            self.assertEqual(host.wait("sharing")["encoder"], encoder + "enc")
            pictures = self.watch(self.view(host.ticket()), lambda one: worst_difference(one, reference, places))
            pictures.wait_run(lambda seen: seen[0] <= levels, 3, f"pictures of {encoder} within {levels} levels", 0)
            host.signal(signal.SIGINT)
            self.assert_interrupted(host, 5.0)


class EncodersOfThePortal(Encoders, screens.OnDesktop):
    SIZE = (1280, 720)

    def test_each_encoder_shows_a_wayland_screen(self):
        self.check_each()


class EncodersOfX11(Encoders, screens.OnX11):
    SIZE = (1366, 770)

    def test_each_encoder_shows_an_x11_screen(self):
        self.check_each()
