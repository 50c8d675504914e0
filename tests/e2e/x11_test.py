"""An X11 screen, shared: what is on it arrives, and nothing else."""

import subprocess

from pictures import Picture, colour
from processes import DEADLINE, until
from screens import OnX11
from support import COULD_NOT_START, DONE, needs

# Two conversions and the quantiser of a still picture.
LEVELS = 3


def newest_picture(url, seconds=1):
    """The last one of what the endpoint gives now; None: there was no whole one in time."""
    needs("ffmpeg")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-analyzeduration", "0.3M", "-i", url, "-t", str(seconds), "-map", "0:v", "-update", "1"]
    command += ["-c:v", "ppm", "-f", "image2pipe", "-"]
    raw = subprocess.run(command, capture_output=True, timeout=DEADLINE, check=False).stdout
    last = raw.rfind(b"P6\n")
    return None if last < 0 else Picture.from_ppm(raw[last:])


def solid(text, width, height):
    """A GStreamer picture of one colour, #rrggbb, for show()."""
    return ["videotestsrc", "pattern=solid-color", f"foreground-color=0xff{text[1:]}", "!",
            f"video/x-raw,format=BGRx,width={width},height={height},framerate=5/1"]


class XScreen(OnX11):
    def share(self, *arguments):
        """A host of this screen and who watches it."""
        host = self.host("--audio", "none", *arguments, source="x11")
        viewer = self.view(host.ticket())
        viewer.wait("first_frame")
        return host, viewer

    def wait_shown(self, viewer, points, size=None):
        """Until the newest picture has these colours at these points: {(x, y): #rrggbb}."""

        def shown():
            picture = newest_picture(viewer.url())
            return (
                picture is not None
                and size in (None, picture.size)
                and all(picture.near(x, y, colour(text), LEVELS) for (x, y), text in points.items())
            )

        until(shown, f"a picture of {size or 'any size'} with {points}\n{viewer.story()}")

    def test_what_is_on_the_screen_arrives_in_its_colours(self):
        self.desktop.show(*solid("#ff8000", 320, 180))
        # The corner is where background() looks.
        self.desktop.run(needs("xdotool"), "windowmove", self.desktop.windows()[0], "64", "32")
        until(lambda: self.desktop.screenshot().colour(380, 210) == colour("#ff8000"), "the window")
        host, viewer = self.share()
        self.assertEqual(host.wait("sharing")["source"], "x11")
        for background in ("#204060", "#c0ffc0", "#000000", "#ffffff", "#d02090"):
            self.desktop.background(background)
            self.wait_shown(viewer, {(70, 40): "#ff8000", (378, 206): "#ff8000", (700, 400): background,
                                     (1270, 710): background}, (1280, 720))

    def test_another_mode_of_the_screen_arrives_in_its_size(self):
        _, viewer = self.share()
        self.wait_shown(viewer, {(1270, 710): "#204060"}, (1280, 720))
        self.desktop.resize(1024, 576)
        self.desktop.background("#c0ffc0")
        self.wait_shown(viewer, {(1014, 566): "#c0ffc0"}, (1024, 576))

    def test_a_monitor_is_shared_alone(self):
        self.desktop.run("xrandr", "--setmonitor", "right", "640/1x720/1+640+0", "none")
        self.desktop.show(*solid("#ff8000", 640, 720))
        _, viewer = self.share("--monitor", "right")
        self.wait_shown(viewer, {(5, 5): "#204060", (630, 710): "#204060"}, (640, 720))

    def test_a_monitor_that_is_not_there_is_refused_with_a_list(self):
        result = self.run_pixelpass("host", "--source", "x11", "--monitor", "HDMI-7")
        self.assert_fails(result, COULD_NOT_START, "HDMI-7", "1: screen 1280x720")

    def test_a_shared_window_is_followed_and_its_end_ends_the_host(self):
        self.desktop.background("#c0ffc0")
        window = self.desktop.show(*solid("#ff8000", 320, 180))
        # What covers it is not shared.
        number = self.desktop.windows()[0]
        self.desktop.show(*solid("#d02090", 320, 180))
        host, viewer = self.share("--window", number)
        self.wait_shown(viewer, {(5, 5): "#ff8000", (310, 170): "#ff8000"}, (320, 180))
        window.clean_up()
        self.assertIn("window was closed", host.wait("ended")["reason"])
        self.assert_exit(host, DONE)

    def test_a_thin_window_is_a_small_picture_with_borders(self):
        self.desktop.show(*solid("#ff8000", 320, 700))
        number = self.desktop.windows()[0]
        self.desktop.run(needs("xdotool"), "windowsize", number, "3", "700")
        host, viewer = self.share("--window", number)

        def shown():
            picture = newest_picture(viewer.url())
            if picture is None or picture.near(2, 350, colour("#ff8000"), LEVELS):
                return None
            width, height = picture.size
            # An odd pixel is left out; the window's middle is the picture's.
            return picture.near(width // 2 - 1, height // 2, colour("#ff8000"), 40) and (width, height)

        width, height = until(shown, f"a picture with the window in its middle\n{viewer.story()}")
        self.assertLessEqual(width, 256)
        self.assertLessEqual(height, 720)
        self.assertEqual(host.events("error"), [])

    def test_the_end_of_the_x_server_is_told(self):
        host, _ = self.share()
        self.desktop.stop_part("Xvfb")
        self.assertIn("X server", host.wait("error")["what"])
        self.assertNotEqual(host.exit_code(), DONE)
