"""KDE with its real portal and its dialog, which is answered by clicks."""

import signal

from kde_desktop import KdeDesktop
from pictures import colour
from screens import OnDesktop
from support import COULD_NOT_START, DONE, INTERRUPTED

VIOLET, GREEN = "#8040c0", "#20a040"


class OnKde(OnDesktop):
    def make_desktop(self):
        return KdeDesktop(*self.SIZE)

    def assert_shows(self, pictures, text):
        """The screen's new colour arrives."""
        at = pictures.mark()
        self.desktop.background(text)
        self.wait_picture(pictures, colour(text), after=at)
        self.assertIsNone(self.desktop.dialog(), "the dialog is there again")


class Kde(OnKde):
    def test_a_monitor_arrives_and_the_next_start_asks_nothing(self):
        host = self.share()
        self.desktop.share_monitor()
        self.assert_shows(self.watch(self.view(host.ticket())), VIOLET)
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        self.assert_shows(self.watch(self.view(self.share().ticket())), GREEN)

    def test_a_cancelled_dialog_is_said_to_have_been_closed(self):
        host = self.share()
        self.desktop.cancel()
        self.assert_exit(host, COULD_NOT_START)
        self.assert_says(host.wait("error")["what"], "you closed the sharing dialog")

    def test_the_tray_s_end_ends_the_host_and_its_viewer_is_told(self):
        self.desktop.start_tray()
        host = self.share()
        self.desktop.share_monitor()
        viewer = self.view(host.ticket())
        self.assert_shows(self.watch(viewer), VIOLET)
        self.desktop.stop_sharing()
        self.assert_exit(host, DONE)
        self.assert_says(host.wait("ended")["reason"], "the sharing was stopped on the desktop")
        self.assert_exit(viewer, DONE)
        self.assert_says(viewer.wait("ended")["reason"], "the host ended", "sharing was stopped")


class Changes(OnKde):
    def test_a_monitor_goes_on_when_it_is_scaled_and_turned(self):
        host = self.share()
        self.desktop.share_monitor()
        pictures = self.watch(self.view(host.ticket()))
        self.assert_shows(pictures, VIOLET)
        width, height = self.SIZE
        at = host.mark()
        self.desktop.set_output("scale.1.5")
        self.assert_shows(pictures, GREEN)
        self.assertEqual(host.events("notice"), [])
        self.desktop.set_output("rotation.right")
        host.wait("sharing", lambda event: (event["width"], event["height"]) == (height, width), after=at)
        self.assert_shows(pictures, VIOLET)
        self.assertEqual(host.events("notice"), [])

    def test_a_restart_of_pipewire_is_recovered_from(self):
        host = self.share()
        self.desktop.share_monitor()
        pictures = self.watch(self.view(host.ticket()))
        self.assert_shows(pictures, VIOLET)
        self.desktop.restart_pipewire()
        self.assert_shows(pictures, GREEN)


class Window(OnKde):
    def setUp(self):
        super().setUp()
        self.window = self.desktop.show("videotestsrc", "pattern=white", "is-live=true", "!",
                                        "video/x-raw,width=320,height=240,framerate=30/1")
        self.sharing = self.share("--window")
        self.desktop.share_window()
        # Not the screen's, which the portal says.
        first = self.sharing.wait("sharing")
        self.assertEqual((first["width"], first["height"]), (320, 240))

    def wait_size(self, width, height, after=0):
        size = lambda event: (event["width"], event["height"]) == (width, height)
        return self.sharing.wait("sharing", size, after=after)

    def resize(self, width, height):
        at = self.sharing.mark()
        self.desktop.resize_window(self.window.pid, (width, height))
        return at

    def test_a_window_follows_its_size_without_a_word(self):
        pictures = self.watch(self.view(self.sharing.ticket()))
        self.wait_size(320, 240)
        for width, height in ((480, 300), (720, 404), (400, 400)):
            self.wait_size(width, height, self.resize(width, height))
            self.wait_picture(pictures, colour("#ffffff"))
        steps = [(320 + 20 * at, 240 + 12 * at) for at in range(1, 21)]
        at = self.sharing.mark()
        self.desktop.resize_window(self.window.pid, *steps, every=100)
        self.wait_size(*steps[-1], at)
        self.wait_picture(pictures, colour("#ffffff"))
        self.assertEqual(self.sharing.events("notice"), [])
        self.assertIsNone(self.desktop.dialog(), "somebody was asked")

    def test_a_window_that_was_resized_while_nobody_watched_is_seen_in_its_size(self):
        self.sharing.wait("paused")
        self.resize(480, 300)
        pictures = self.watch(self.view(self.sharing.ticket()))
        self.wait_picture(pictures, colour("#ffffff"), after=0)
        self.wait_size(480, 300)

    def test_a_window_that_is_closed_ends_the_host_which_says_so(self):
        self.wait_picture(self.watch(self.view(self.sharing.ticket())), colour("#ffffff"), after=0)
        self.window.signal(signal.SIGINT)
        self.assert_exit(self.sharing, DONE)
        self.assert_says(self.sharing.wait("ended")["reason"], "window", "closed")
