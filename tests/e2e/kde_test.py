"""KDE with its real portal and its dialog, which is answered by clicks."""

import signal

from kde_desktop import KdeDesktop
from pictures import colour
from screens import LEVELS, OnDesktop, near
from support import COULD_NOT_START, DONE, INTERRUPTED

VIOLET, GREEN, ORANGE, BLACK = "#8040c0", "#20a040", "#e08020", "#000000"


class OnKde(OnDesktop):
    OUTPUTS = 1

    def make_desktop(self):
        return KdeDesktop(*self.SIZE, outputs=self.OUTPUTS)

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

    def test_what_has_changed_while_the_host_was_held_up_is_seen(self):
        host = self.share()
        self.desktop.share_monitor()
        pictures = self.watch(self.view(host.ticket()))
        # What gets lost is up to chance: not every round loses something.
        for _ in range(4):
            self.assert_shows(pictures, VIOLET)
            host.signal(signal.SIGSTOP)
            self.desktop.background(GREEN)
            at = pictures.mark()
            self.desktop.background(ORANGE)
            host.signal(signal.SIGCONT)
            self.wait_picture(pictures, colour(ORANGE), after=at)
        self.assertEqual(host.events("notice"), [])

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

    def test_another_mode_is_followed_without_a_word(self):
        host = self.share()
        self.desktop.share_monitor()
        pictures = self.watch(self.view(host.ticket()))
        self.assert_shows(pictures, VIOLET)
        at = host.mark()
        self.desktop.set_mode(1024, 768)
        self.assert_shows(pictures, GREEN)
        host.wait("sharing", lambda event: (event["width"], event["height"]) == (1024, 768), after=at)
        self.assertEqual(host.events("notice"), [])

    def test_a_locked_screen_is_not_shown_and_goes_on_when_it_is_unlocked(self):
        host = self.share()
        self.desktop.share_monitor()
        pictures = self.watch(self.view(host.ticket()))
        self.assert_shows(pictures, VIOLET)
        at = host.mark()
        self.desktop.lock()
        self.assertEqual(host.wait("paused", after=at)["reason"], "locked")
        pictures.wait(lambda seen: not near(seen, colour(VIOLET)), "a card in the screen's place", pictures.mark())
        self.desktop.unlock()
        self.assert_shows(pictures, GREEN)

    def test_a_restart_of_pipewire_is_recovered_from(self):
        host = self.share()
        self.desktop.share_monitor()
        pictures = self.watch(self.view(host.ticket()))
        self.assert_shows(pictures, VIOLET)
        self.desktop.restart_pipewire()
        self.assert_shows(pictures, GREEN)


class Several(OnKde):
    OUTPUTS = 2

    def show(self, which):
        result = self.run_pixelpass("show", which)
        self.assertEqual(result.returncode, DONE, result.stderr)

    def test_two_monitors_lie_side_by_side_or_one_is_shown_alone_and_the_next_start_asks_nothing(self):
        host = self.share()
        self.desktop.share_monitors(0, 1)
        width, height = self.SIZE
        first = host.wait("sharing")
        self.assertEqual((first["width"], first["height"], first["sources"]), (2 * width, height, 2))
        # The player's picture is as wide as one of them.
        pictures = self.watch(self.view(host.ticket()), lambda picture: picture)

        def wait_one_of(sides, after):
            left, right = (width // 4, height // 2), (3 * width // 4, height // 2)
            shows = lambda seen, side: all(seen.near(*at, colour(text), LEVELS) for at, text in zip((left, right), side))
            seen = pictures.wait(lambda seen: any(shows(seen, side) for side in sides), f"one of {sides}", after)
            return next(side for side in sides if shows(seen, side))

        at = pictures.mark()
        self.desktop.background(VIOLET)
        # This portal does not say where a monitor lies: either may be the first.
        both = wait_one_of([(VIOLET, BLACK), (BLACK, VIOLET)], at)
        for number, alone in ((2, both[1]), (1, both[0])):
            at, seen = host.mark(), pictures.mark()
            self.show(str(number))
            host.wait("sharing", lambda event: (event.get("shown"), event["width"]) == (number, width), after=at)
            wait_one_of([(alone, alone)], seen)
        seen = pictures.mark()
        self.show("all")
        wait_one_of([both], seen)
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        self.assertEqual(self.share().wait("sharing")["sources"], 2)
        self.assertIsNone(self.desktop.dialog(), "the dialog is there again")


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
        # By which a source is known that has to be started again then (capture/portal/picture_stream).
        self.assertEqual(self.desktop.screens(), {"kwin_wayland"})
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

    def test_a_window_is_not_shown_while_the_screen_is_locked(self):
        pictures = self.watch(self.view(self.sharing.ticket()))
        self.wait_picture(pictures, colour("#ffffff"), after=0)
        self.desktop.lock()
        pictures.wait(lambda seen: not near(seen, colour("#ffffff")), "a card in the window's place", pictures.mark())
        self.desktop.unlock()
        self.wait_picture(pictures, colour("#ffffff"))
        self.assertEqual(self.sharing.events("notice"), [])

    def test_a_window_that_is_closed_ends_the_host_which_says_so(self):
        self.wait_picture(self.watch(self.view(self.sharing.ticket())), colour("#ffffff"), after=0)
        self.window.signal(signal.SIGINT)
        self.assert_exit(self.sharing, DONE)
        self.assert_says(self.sharing.wait("ended")["reason"], "window", "closed")
