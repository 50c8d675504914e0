"""Browsers as viewers: nothing is installed, the link is all they have."""

import itertools
import pathlib
import signal
import subprocess
import sys
import time

import feedback_listener
import timecode
from browsers import Chromium, Firefox
from networks import Namespaces
from processes import until
from screens import SMALL
from support import DONE, needs
from watched_page import WatchedPage
from x11_desktop import X11Desktop

PAGE = pathlib.Path(__file__).resolve().parents[2] / "src/web/page.html"
HOST_ADDRESS, VIEWER_ADDRESS = "10.231.79.1", "10.231.79.2"
# Of the test screen and its sound.
BARS = ((255, 255, 255), (255, 255, 0), (0, 255, 255), (0, 255, 0), (255, 0, 255), (255, 0, 0), (0, 0, 255))
TONE, BESIDE = 440, 880  # Hz
LOUD, SILENT = -55, -75  # dB, in a browser's analyser
# Where they are: left, top, right, bottom.
BUTTONS = """
const seen = [...document.querySelectorAll("button")].filter((one) => one.getClientRects().length > 0);
return seen.map((one) => one.getBoundingClientRect()).map(({ left, top, right, bottom }) => [left, top, right, bottom]);
"""
CELL = 16  # pixels, of the picture's clock
BLACK_OUT_SECONDS = 5


class Watching(Namespaces):
    """A host and a browser in networks of their own."""

    def connect(self):
        self.link(self.host_side, "host0", HOST_ADDRESS, self.viewer_side, "viewer0", VIEWER_ADDRESS)
        # Chromium uses the way to the internet alone.
        self.ip("route", "add", "default", "via", HOST_ADDRESS, side=self.viewer_side)

    def share(self, *arguments, source="test", **popen):
        return self.pixelpass("host", "--source", source, "--bind", f"{HOST_ADDRESS}:0", *arguments,
                              prefix=self.inside(self.host_side), **popen)

    def page(self, kind, **how):
        return WatchedPage(kind(self, self.inside(self.viewer_side), **how))

    def watch(self, kind, host):
        page = self.page(kind)
        page.open(host.wait("link")["url"])
        page.wait_pictures()
        return page


class Shown(Watching):
    def stream(self):
        """Pictures with the time."""
        needs("ffmpeg")
        clock = self.process(sys.executable, timecode.__file__, 30, CELL, stdout=subprocess.PIPE)
        width, height = timecode.size(CELL)
        return self.process(
            "ffmpeg", "-nostdin", "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}",
            "-r", 30, "-i", "-", "-vf", "pad=640:360", "-c:v", "libx264", "-preset", "ultrafast",
            "-tune", "zerolatency", "-g", 60, "-pix_fmt", "yuv420p", "-flush_packets", 1, "-f", "mpegts", "-",
            stdin=clock.stdout, stdout=subprocess.PIPE)

    def share_stream(self):
        return self.share(source="-", stdin=self.stream().stdout)

    def assert_shown(self, page):
        first = until(lambda: page.time_code(CELL), "a picture with its time")
        page.wait_pictures()
        second = until(lambda: page.time_code(CELL), "a picture with its time")
        self.assertGreater(timecode.since(first, second), 0)
        # A deadline for a lag that grows; how large it is, is measured elsewhere.
        self.assertLess(timecode.since(second), 3000)
        self.assertLess(page.lag_ms(), 3000)
        self.assertEqual(page.size(), (640, 360))

    def test_chromium_shows_the_picture_of_now(self):
        self.assert_shown(self.watch(Chromium, self.share_stream()))

    def test_each_button_is_within_a_small_window_and_none_is_over_another(self):
        page = self.watch(Chromium, self.share())
        page.browser.call("Emulation.setDeviceMetricsOverride", width=200, height=150, deviceScaleFactor=1, mobile=False)
        for _ in range(2):
            at = page.browser.js(BUTTONS)
            self.assertEqual(len(at), 3)
            for left, top, right, bottom in at:
                self.assertTrue(0 <= left < right <= 200 and 0 <= top < bottom <= 150, at)
            for one, other in itertools.combinations(at, 2):
                self.assertTrue(one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1], at)
            page.press("sound")  # is elsewhere from then on

    def test_firefox_shows_the_picture_of_now(self):
        self.assert_shown(self.watch(Firefox, self.share_stream()))

    def test_firefox_without_h264_for_calls_decodes_it_in_a_page_from_disk(self):
        page = self.page(Firefox, h264=False)
        page.open(f"{PAGE.as_uri()}#{self.share_stream().ticket()}")
        page.wait_pictures()
        self.assert_shown(page)

    def test_firefox_without_h264_is_told_what_to_do_on_a_page_from_the_network(self):
        page = self.page(Firefox, h264=False)
        page.open(self.share().wait("link")["url"])
        page.wait_state("error", "OpenH264")

    def test_the_colours_are_right_and_the_tone_is_heard_on_both_sides(self):
        # Not in Firefox: its AudioContext stands still on a machine that plays no sound.
        page = self.watch(Chromium, self.share())
        seen = page.colours(70, at=0.2)
        for one in BARS:
            self.assertTrue(any(all(abs(a - b) < 16 for a, b in zip(one, other)) for other in seen), f"{one}: {seen}")
        self.assert_heard(page)

    def assert_heard(self, page):
        def heard():
            return all(tone > LOUD and silence < SILENT for tone, silence in page.levels(TONE, BESIDE))

        page.press("sound")
        until(heard, f"the tone; heard: {page.levels(TONE, BESIDE)}")

    def test_the_tone_of_standard_input_is_heard(self):
        needs("ffmpeg")
        stream = self.process(
            "ffmpeg", "-nostdin", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30",
            "-f", "lavfi", "-i", f"sine=frequency={TONE}", "-c:v", "libx264", "-preset", "ultrafast",
            "-tune", "zerolatency", "-g", 30, "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "mpegts", "-",
            stdout=subprocess.PIPE)
        self.assert_heard(self.watch(Chromium, self.share(source="-", stdin=stream.stdout)))


class LetIn(Watching):
    def environment(self, **changes):
        return super().environment(**{"XDG_RUNTIME_DIR": self.folder, **changes})

    def ask(self, *arguments):
        result = self.run_pixelpass(*arguments)
        self.assertEqual(result.returncode, DONE, result.stderr)

    def assert_kept_out(self, kind, other_kind):
        """The first browser meets a lock and is removed; the second finds no place, until then."""
        host = self.share("--max-viewers", "1")
        link = host.wait("link")["url"]
        page, other = self.page(kind), self.page(other_kind)
        self.ask("lock")
        page.open(link)
        page.wait_state("error", "lets nobody in")
        self.ask("unlock")
        page.press("again")
        page.wait_pictures()
        viewer = host.wait("viewer_joined")
        self.assertEqual(viewer["name"], kind.KIND)
        other.open(link)
        other.wait_state("error", "is full")
        self.ask("kick", str(viewer["viewer"]))
        page.wait_state("ended", "has removed you")
        other.press("again")
        other.wait_pictures()
        page.press("again")
        page.wait_state("error", "has removed you")
        self.assertEqual([e["name"] for e in host.events("viewer_joined")], [kind.KIND, other_kind.KIND])

    def test_who_may_not_watch_reads_why_and_who_was_removed_does_not_come_back_in_chromium(self):
        self.assert_kept_out(Chromium, Firefox)

    def test_who_may_not_watch_reads_why_and_who_was_removed_does_not_come_back_in_firefox(self):
        self.assert_kept_out(Firefox, Chromium)

    def test_a_link_without_its_end_is_told_so_and_a_whole_ticket_can_be_pasted(self):
        host = self.share()
        link = host.wait("link")["url"]
        page = self.page(Firefox)
        page.open(link[:-10])
        page.wait_state("error", "The end of the ticket is missing")
        page.paste(host.ticket())
        page.wait_pictures()

    def test_an_old_ticket_finds_nobody(self):
        host = self.share()
        old = host.wait("link")["url"]
        host.wait("sharing")
        at = host.mark()
        self.ask("ticket", "--new")
        new = host.wait("link", after=at)["url"]
        page = self.page(Chromium)
        page.open(old)
        page.wait_state("connecting", "Still looking")
        page.open(new)
        page.wait_pictures()
        self.assertEqual(len(host.events("viewer_joined")), 1)

    def test_standard_input_without_h264_is_said(self):
        needs("ffmpeg")
        stream = self.process(
            "ffmpeg", "-nostdin", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30",
            "-c:v", "mpeg2video", "-g", 30, "-f", "mpegts", "-", stdout=subprocess.PIPE)
        host = self.share(source="-", stdin=stream.stdout)
        page = self.page(Chromium)
        page.open(host.wait("link")["url"])
        page.wait_state("error", "without H.264")


class Kept(Watching):
    """Through what happens to a line and a host."""

    def assert_back_after_a_black_out(self, kind):
        """The length of a black-out is its nature."""
        host = self.share()
        page = self.watch(kind, host)
        joined = host.wait("viewer_joined")
        self.ip("link", "set", "viewer0", "down", side=self.viewer_side)
        time.sleep(BLACK_OUT_SECONDS)
        page.wait_state("connecting", "was lost")
        self.ip("link", "set", "viewer0", "up", side=self.viewer_side)
        self.ip("route", "add", "default", "via", HOST_ADDRESS, side=self.viewer_side)
        page.wait_pictures()
        self.assertEqual({e["viewer"] for e in host.events("viewer_joined")}, {joined["viewer"]})
        host.signal(signal.SIGINT)
        page.wait_state("ended", "no longer shared")

    def test_chromium_comes_back_after_a_black_out_as_the_same_viewer_and_sees_the_end(self):
        self.assert_back_after_a_black_out(Chromium)

    def test_firefox_comes_back_after_a_black_out_as_the_same_viewer_and_sees_the_end(self):
        self.assert_back_after_a_black_out(Firefox)

    def test_a_host_that_died_without_a_word_is_looked_for(self):
        host = self.share()
        page = self.watch(Chromium, host)
        host.signal(signal.SIGKILL)
        page.wait_state("connecting", "was lost")


class Told(Watching):
    def hear_of_each_packet(self, kind):
        listener = self.process(*self.inside(self.host_side), sys.executable, feedback_listener.__file__, "host0", 20,
                                stdout=subprocess.PIPE)
        self.assertEqual(listener.stdout.readline(), b"listening\n")
        self.watch(kind, self.share())
        self.assert_exit(listener, DONE)

    def test_chromium_tells_what_of_each_packet_has_come(self):
        self.hear_of_each_packet(Chromium)

    def test_firefox_tells_what_of_each_packet_has_come(self):
        self.hear_of_each_packet(Firefox)


class OnScreen(Watching):
    """`desktop`, with speakers, is what is shared; the browser is elsewhere."""

    def setUp(self):
        super().setUp()
        self.desktop = X11Desktop(*SMALL, apart=False)
        self.addCleanup(self.desktop.close)
        self.desktop.begin()

    def environment(self, **changes):
        # The settings are the test's own, as everywhere.
        return super().environment(**{**self.desktop.variables, "XDG_CONFIG_HOME": self.folder, **changes})

    def share(self, *arguments, source="x11", **popen):
        return super().share(*arguments, source=source, **popen)


class OtherSize(OnScreen):
    def assert_shown(self, kind):
        width, height = SMALL
        left, right = width // 4, width * 3 // 4
        for name, wide, at in (("left", left, 0), ("right", right, left)):
            self.desktop.run("xrandr", "--setmonitor", name, f"{wide}/1x{height}/1+{at}+0", "none")
        host = self.share("--monitor", "left")
        page = self.page(kind)
        page.open(host.wait("link")["url"])
        until(lambda: page.size() == (left, height), "the left monitor's size")
        result = self.run_pixelpass("screen")
        self.assertEqual(result.returncode, DONE, result.stderr)
        until(lambda: page.size() == (right, height), "the right monitor's size")
        page.wait_state("playing")
        self.assertEqual(host.events("viewer_left"), [])

    def test_another_size_is_shown_in_the_same_page_in_chromium(self):
        self.assert_shown(Chromium)

    def test_another_size_is_shown_in_the_same_page_in_firefox(self):
        self.assert_shown(Firefox)
