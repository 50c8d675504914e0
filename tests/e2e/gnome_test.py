"""GNOME with its real portal and its dialog, which is answered by clicks."""

import signal

from dialog_screens import GREEN, VIOLET, OnDialogDesktop, Sharing, Surroundings
from gnome_desktop import GnomeDesktop
from pictures import colour
from processes import until
from screens import LEVELS
from support import DONE, INTERRUPTED, needs, program
from terminals import Terminal

PATTERN = ["videotestsrc", "pattern=smpte100", "is-live=true"]


class OnGnome(OnDialogDesktop):
    SIZE = (800, 600)
    MONITORS = 1

    def make_desktop(self):
        return GnomeDesktop(*self.SIZE, monitors=self.MONITORS)

    def bars(self, width=320, height=240):
        return self.desktop.show(*PATTERN, "!", f"video/x-raw,width={width},height={height},framerate=30/1")


class Gnome(Sharing, OnGnome):
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

    def test_the_panel_s_stop_ends_the_host_and_its_viewer_is_told(self):
        host = self.share_monitor()
        viewer = self.view(host.ticket())
        self.wait_screen(self.watch(viewer))
        self.desktop.stop_sharing()
        self.assert_exit(host, DONE)
        self.assert_says(host.wait("ended")["reason"], "the sharing was stopped on the desktop")
        self.assert_exit(viewer, DONE)
        self.assert_says(viewer.wait("ended")["reason"], "the host ended", "sharing was stopped")


class Changes(Surroundings, OnGnome):
    MONITORS = 2
    SHARED = 1

    def test_a_monitor_goes_on_when_it_is_moved_and_turned(self):
        self.desktop.arrange((0, 0, 0), (0, 600, 0))
        self.assert_shows(self.pictures, GREEN)
        at = self.sharing.mark()
        self.desktop.arrange((0, 0, 0), (800, 0, 1))
        self.wait_size(600, 800, at)
        self.assert_shows(self.pictures, VIOLET)

    def test_a_monitor_that_is_switched_off_is_told_of_and_goes_on_when_it_is_on_again(self):
        self.desktop.arrange((0, 0, 0), None)
        self.sharing.wait("notice", lambda event: "a monitor was switched off or unplugged" in event["what"])
        self.desktop.arrange((0, 0, 0), (800, 0, 0))
        self.assert_shows(self.pictures, GREEN)


class Unplugged(OnGnome):
    def setUp(self):
        super().setUp()
        self.desktop.plug_in()
        self.sharing = self.share_monitor(1)
        self.pictures = self.watch(self.view(self.sharing.ticket()))
        self.assert_shows(self.pictures, VIOLET)
        self.desktop.unplug()
        self.sharing.wait("notice", lambda event: "your monitors have changed, and what is shared is missing" in event["what"])

    def test_another_monitor_can_be_chosen_for_one_that_is_unplugged(self):
        self.desktop.share_monitor(0)
        self.sharing.wait("notice", lambda event: "the sharing goes on" in event["what"])
        self.assert_shows(self.pictures, GREEN)

    def test_who_chooses_none_ends_the_host_which_says_so(self):
        self.desktop.cancel()
        self.assert_exit(self.sharing, DONE)
        self.assert_says(self.sharing.wait("ended")["reason"], "your monitors have changed", "dialog", "was closed")


class Scaled(OnGnome):
    # Of a smaller one the shell offers no larger scale.
    SIZE = (1600, 960)

    def test_a_monitor_goes_on_in_its_own_pixels_when_it_is_scaled_and_begins_with_them_at_the_next_start(self):
        host = self.share_monitor()
        pictures = self.watch(self.view(host.ticket()))
        self.assert_shows(pictures, VIOLET)
        self.desktop.arrange((0, 0, 0), scale=2.0)
        self.assert_shows(pictures, GREEN)
        sizes = lambda one: {(event["width"], event["height"]) for event in one.events("sharing")}
        self.assertEqual(sizes(host), {self.SIZE})
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        again = self.share()
        again.wait("paused")
        self.assertEqual(sizes(again), {self.SIZE})


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

    def test_a_key_of_the_live_view_shows_each_alone_and_then_all(self):
        self.bars()
        width, height = self.SIZE
        terminal = Terminal(self)
        terminal.type(program(), "host", "--source", "portal", "--audio", "none", "--stun", "none", "--no-notify",
                      "--bind", "127.0.0.1:0")
        self.desktop.share_monitors(1, 0)
        terminal.wait("nobody watches yet", f"portal {2 * width}x{height}", "o show next")
        viewer = self.view(self.run_pixelpass("ticket").stdout.strip())
        pictures = self.watch(viewer, lambda picture: picture)
        self.desktop.background(VIOLET)
        for shown in ("1 alone of 2", "2 alone of 2"):
            terminal.press("o")
            terminal.wait(shown)
        plain = lambda seen: all(seen.near(x, height // 2, colour(VIOLET), LEVELS) for x in range(10, width - 10, 20))
        pictures.wait(plain, "the second one, without the window")
        terminal.press("o")
        terminal.wait(f"portal {2 * width}x{height}", without=("alone of",))
        self.assertEqual(viewer.events("reconnecting"), [])

    def test_the_monitor_that_is_shown_alone_is_so_in_its_new_place_too(self):
        self.bars()  # on the first one
        host = self.share()
        self.desktop.share_monitors(1, 0)
        host.wait("sharing")
        pictures = self.watch(self.view(host.ticket()), lambda picture: picture)
        self.show("2")
        width, height = self.SIZE
        self.desktop.background(VIOLET)
        plain = lambda seen: all(seen.near(x, height // 2, colour(VIOLET), LEVELS) for x in range(10, width - 10, 20))
        pictures.wait(plain, "the second one, without the window")
        at = host.mark()
        self.desktop.arrange((width, 0, 0), (0, 0, 0))
        host.wait("notice", lambda event: "the sharing goes on" in event["what"], after=at)
        # Its number is its place.
        host.wait("sharing", lambda event: event.get("shown") == 1, after=at)
        self.desktop.background(GREEN)
        green = lambda seen: all(seen.near(x, height // 2, colour(GREEN), LEVELS) for x in range(10, width - 10, 20))
        pictures.wait(green, "the same one, from its new place")


class Window(OnGnome):
    SIZE = (1280, 720)

    def share_window(self):
        sharing = self.share("--window")
        self.desktop.share_window()
        return sharing, self.watch(self.view(sharing.ticket()), lambda picture: picture)

    def halves(self):
        """A window that is white at the left and blue at the right."""
        return self.window_of("color=c=white:s=160x240:r=30,pad=320:240:0:0:blue")

    def window_of(self, picture):
        """All of it one surface."""
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

    def test_two_windows_lie_side_by_side_and_the_host_ends_when_one_is_closed(self):
        windows = [self.window_of(f"color=c={name}:s=320x240:r=30") for name in ("white", "blue")]
        sharing = self.share("--window")
        self.desktop.share_windows(0, 1)
        pictures = self.watch(self.view(sharing.ticket()), lambda picture: picture)
        sharing.wait("sharing", lambda event: (event["width"], event["height"], event.get("sources")) == (640, 240, 2))
        width, height = self.SIZE
        spots, pair = ((width // 4, height // 2), (3 * width // 4, height // 2)), (colour("#ffffff"), colour("#0000ff"))
        shows = lambda seen, sides: all(seen.near(*at, wanted, LEVELS) for at, wanted in zip(spots, sides))
        pictures.wait(lambda seen: shows(seen, pair) or shows(seen, pair[::-1]), "both of them")
        windows[0].signal(signal.SIGINT)
        self.assert_exit(sharing, DONE)
        self.assert_says(sharing.wait("ended")["reason"], "window", "closed")

    def test_a_window_that_is_drawn_over_one_pixel_is_seen_until_it_is_closed_which_ends_the_host(self):
        window = self.bars()
        sharing, pictures = self.share_window()
        # GNOME 48 does not tell its size; the rest of the picture is black then.
        pictures.wait(lambda seen: seen.near(8, 8, colour("#ffffff"), LEVELS), "its first bar, in the picture's corner")
        window.signal(signal.SIGINT)
        self.assert_exit(sharing, DONE)
        self.assert_says(sharing.wait("ended")["reason"], "window", "closed")
