"""GNOME with its real portal and its dialog, which is answered by clicks."""

import signal

from gnome_desktop import BACKEND, GnomeDesktop
from pictures import colour
from processes import until
from screens import LEVELS, OnDesktop, near
from support import COULD_NOT_START, DONE, INTERRUPTED, needs

PATTERN = ["videotestsrc", "pattern=smpte100", "is-live=true"]
VIOLET, GREEN, ORANGE = "#8040c0", "#20a040", "#e08020"


class OnGnome(OnDesktop):
    SIZE = (800, 600)
    MONITORS = 1

    def make_desktop(self):
        return GnomeDesktop(*self.SIZE, monitors=self.MONITORS)

    def share_monitor(self, number=0, *arguments):
        host = self.share(*arguments)
        self.desktop.share_monitor(number)
        return host

    def bars(self, width=320, height=240):
        return self.desktop.show(*PATTERN, "!", f"video/x-raw,width={width},height={height},framerate=30/1")

    def assert_asks_nobody(self):
        self.assertIsNone(self.desktop.dialog(), "the dialog is there again")

    def assert_shows(self, pictures, text):
        """The screen's new colour arrives."""
        at = pictures.mark()
        self.desktop.background(text)
        self.wait_picture(pictures, colour(text), after=at)
        self.assert_asks_nobody()


class Gnome(OnGnome):
    def test_a_monitor_arrives_as_a_screenshot_has_it_and_the_next_start_asks_nothing(self):
        host = self.share_monitor()
        self.bars()
        pictures = self.watch(self.view(host.ticket()), lambda picture: picture)
        reference = self.desktop.screenshot()
        places = [(x, y) for x in range(20, 780, 20) for y in range(60, 580, 20) if reference.flat(x, y, 12)]
        self.assertGreater(len({reference.colour(*at) for at in places}), 5)
        pictures.wait(lambda seen: all(seen.near(*at, reference.colour(*at), LEVELS) for at in places),
                      "the screen's picture")
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        self.share().wait("paused")
        self.assert_asks_nobody()

    def test_a_cancelled_dialog_is_said_to_have_been_closed(self):
        host = self.share()
        self.desktop.cancel()
        self.assert_exit(host, COULD_NOT_START)
        self.assert_says(host.wait("error")["what"], "you closed the sharing dialog")

    def test_the_panel_s_stop_ends_the_host_and_its_viewer_is_told(self):
        host = self.share_monitor()
        viewer = self.view(host.ticket())
        self.wait_screen(self.watch(viewer))
        self.desktop.stop_sharing()
        self.assert_exit(host, DONE)
        self.assert_says(host.wait("ended")["reason"], "the sharing was stopped on the desktop")
        self.assert_exit(viewer, DONE)
        self.assert_says(viewer.wait("ended")["reason"], "the host ended", "sharing was stopped")

    def test_what_has_changed_while_the_host_was_held_up_is_seen(self):
        host = self.share_monitor()
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

    def test_a_portal_that_dies_is_asked_again_without_a_dialog(self):
        pictures = self.watch(self.view(self.share_monitor().ticket()))
        self.assert_shows(pictures, VIOLET)
        self.desktop.kill_portal()
        until(lambda: self.desktop.owner_of(BACKEND), "the portal being called again")
        self.assert_shows(pictures, GREEN)


class Changes(OnGnome):
    """What happens to a monitor while it is shared is no end of the sharing."""

    MONITORS = 2

    def setUp(self):
        super().setUp()
        self.sharing = self.share_monitor(1)
        self.pictures = self.watch(self.view(self.sharing.ticket()))
        self.assert_shows(self.pictures, VIOLET)

    def test_a_monitor_goes_on_when_it_is_moved_and_turned(self):
        self.desktop.arrange((0, 0, 0), (0, 600, 0))
        self.assert_shows(self.pictures, GREEN)
        at = self.sharing.mark()
        self.desktop.arrange((0, 0, 0), (800, 0, 1))
        self.sharing.wait("sharing", lambda event: (event["width"], event["height"]) == (600, 800), after=at)
        self.assert_shows(self.pictures, VIOLET)

    def test_a_locked_screen_is_not_shown_and_goes_on_when_it_is_unlocked(self):
        at = self.sharing.mark()
        self.desktop.lock()
        self.assertEqual(self.sharing.wait("paused", after=at)["reason"], "locked")
        self.pictures.wait(lambda seen: not near(seen, colour(VIOLET)), "a card in the screen's place",
                           self.pictures.mark())
        self.assert_asks_nobody()
        self.desktop.unlock()
        self.assert_shows(self.pictures, GREEN)

    def test_a_restart_of_pipewire_is_recovered_from(self):
        self.desktop.restart_pipewire()
        self.assert_shows(self.pictures, GREEN)


class Scaled(OnGnome):
    # Of a smaller one the shell offers no larger scale.
    SIZE = (1600, 960)

    def test_a_monitor_goes_on_in_its_own_pixels_when_it_is_scaled(self):
        host = self.share_monitor()
        pictures = self.watch(self.view(host.ticket()))
        self.assert_shows(pictures, VIOLET)
        self.desktop.arrange((0, 0, 0), scale=2.0)
        self.assert_shows(pictures, GREEN)
        sizes = {(event["width"], event["height"]) for event in host.events("sharing")}
        self.assertEqual(sizes, {self.SIZE})


class Several(OnGnome):
    MONITORS = 2

    def test_two_monitors_lie_side_by_side_and_the_next_start_asks_nothing(self):
        window = self.bars()
        host = self.share()
        self.desktop.share_monitors(1, 0)
        first = host.wait("sharing")
        width, height = self.SIZE
        self.assertEqual((first["width"], first["height"]), (2 * width, height))
        # The player's picture is as wide as one of them.
        pictures = self.watch(self.view(host.ticket()), lambda picture: picture)
        self.desktop.background(VIOLET)
        at = self.desktop.window(window.pid)
        white = ((at["x"] + 10) // 2, at["y"] + at["height"] // 3)
        spots = {white: colour("#ffffff"), (10, height // 2): colour(VIOLET), (width - 10, height // 2): colour(VIOLET)}
        pictures.wait(lambda seen: all(seen.near(*spot, wanted, LEVELS) for spot, wanted in spots.items()),
                      "the left monitor with its window, and the right one")
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        again = self.share().wait("sharing")
        self.assertEqual(again["width"], 2 * width)
        self.assert_asks_nobody()


class Window(OnGnome):
    SIZE = (1280, 720)

    def share_window(self):
        sharing = self.share("--window")
        self.desktop.share_window()
        return sharing, self.watch(self.view(sharing.ticket()), lambda picture: picture)

    def halves(self):
        """A window that is white at the left and blue at the right, all of it one surface."""
        picture = "color=c=white:s=160x240:r=30,pad=320:240:0:0:blue"
        looks = ["--no-config", "--vo=wlshm", "--no-keepaspect", "--osd-level=0", "--no-audio"]
        window = self.desktop.start([needs("mpv"), *looks, f"av://lavfi:{picture}"])
        until(lambda: self.desktop.window(window.pid), f"the window of mpv\n{window.story()}")
        return window

    def test_a_window_is_shared_alone_and_follows_its_size(self):
        size = lambda event: (event["width"], event["height"])
        window = self.halves()
        sharing, pictures = self.share_window()
        self.assertEqual(size(sharing.wait("sharing")), (320, 240))
        # Its halves reach the borders.
        width, height = self.SIZE
        edges = {(8, height // 2): colour("#ffffff"), (width - 8, height // 2): colour("#0000ff")}
        pictures.wait(lambda seen: all(seen.near(*at, wanted, LEVELS) for at, wanted in edges.items()),
                      "the window, and nothing beside it")
        at = sharing.mark()
        self.desktop.resize_window(window.pid, (480, 300))
        sharing.wait("sharing", lambda event: size(event) == (480, 300), after=at)
        steps = [(320 + 20 * at, 240 + 12 * at) for at in range(1, 21)]
        self.desktop.resize_window(window.pid, *steps, every=100)
        sharing.wait("sharing", lambda event: size(event) == steps[-1], after=at)
        self.assertEqual(sharing.events("notice"), [])

    def test_a_window_that_is_drawn_over_one_pixel_is_seen_until_it_is_closed_which_ends_the_host(self):
        window = self.bars()
        sharing, pictures = self.share_window()
        # GNOME 48 does not tell its size; the rest of the picture is black then.
        pictures.wait(lambda seen: seen.near(8, 8, colour("#ffffff"), LEVELS), "its first bar, in the picture's corner")
        window.signal(signal.SIGINT)
        self.assert_exit(sharing, DONE)
        self.assert_says(sharing.wait("ended")["reason"], "window", "closed")
