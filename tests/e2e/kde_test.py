"""KDE with its real portal and its dialog, which is answered by clicks."""

import signal

from dialog_screens import GREEN, VIOLET, OnDialogDesktop, Sharing, Surroundings
from kde_desktop import KdeDesktop
from pictures import colour
from processes import until
from screens import LEVELS, near
from slow_player import SlowPlayer
from support import DONE, INTERRUPTED

BLACK = "#000000"
NEW_MONITOR = (1920, 1080)


class OnKde(OnDialogDesktop):
    OUTPUTS = 1

    def make_desktop(self):
        return KdeDesktop(*self.SIZE, outputs=self.OUTPUTS)


class Kde(Sharing, OnKde):
    def test_a_monitor_arrives_and_the_next_start_asks_nothing(self):
        host = self.share_monitor()
        self.assert_shows(self.watch(self.view(host.ticket())), VIOLET)
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        self.assert_shows(self.watch(self.view(self.share().ticket())), GREEN)

    def test_the_tray_s_end_ends_the_host_and_its_viewer_is_told(self):
        self.desktop.start_tray()
        host = self.share_monitor()
        viewer = self.view(host.ticket())
        self.assert_shows(self.watch(viewer), VIOLET)
        self.desktop.stop_sharing()
        self.assert_exit(host, DONE)
        self.assert_says(host.wait("ended")["reason"], "the sharing was stopped on the desktop")
        self.assert_exit(viewer, DONE)
        self.assert_says(viewer.wait("ended")["reason"], "the host ended", "sharing was stopped")


class Changes(Surroundings, OnKde):
    def test_a_monitor_goes_on_when_it_is_scaled_and_turned(self):
        width, height = self.SIZE
        at = self.sharing.mark()
        self.desktop.set_output("scale.1.5")
        self.assert_shows(self.pictures, GREEN)
        self.assertEqual(self.sharing.events("notice"), [])
        self.desktop.set_output("rotation.right")
        self.wait_size(height, width, at)
        self.assert_shows(self.pictures, VIOLET)
        self.assertEqual(self.sharing.events("notice"), [])

    def test_another_mode_is_followed_without_a_word(self):
        at = self.sharing.mark()
        self.desktop.set_mode(1024, 768)
        self.assert_shows(self.pictures, GREEN)
        self.wait_size(1024, 768, at)
        self.assertEqual(self.sharing.events("notice"), [])


class Rate(SlowPlayer, OnKde):
    def test_kwin_is_asked_for_no_more_pictures_than_are_encoded_once_that_has_lasted(self):
        # Below that there is one step: another one would begin the time anew for which it has to last.
        host = self.share_monitor(0, "--for", "text", "--fps", "10")
        self.assert_shows(self.watch(self.view(host.ticket())), VIOLET)
        self.assertEqual(self.desktop.asked_rates(), {10})
        self.watch_with_a_slow_player(host)
        fewer = host.wait("sharing", lambda event: event["fps"] < 10)["fps"]
        until(lambda: self.desktop.asked_rates() == {fewer}, "KWin being asked for fewer pictures")


class Several(OnKde):
    OUTPUTS = 2

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
        self.assert_asks_nobody()

    def test_of_two_shared_monitors_the_other_is_shared_on_when_one_is_switched_off_which_is_told(self):
        host = self.share()
        self.desktop.share_monitors(0, 1)
        width, height = self.SIZE
        host.wait("sharing", lambda event: event["width"] == 2 * width)
        pictures = self.watch(self.view(host.ticket()), lambda picture: picture)
        at = host.mark()
        self.desktop.switch_off(0)
        host.wait("sharing", lambda event: (event["width"], event["height"]) == self.SIZE, after=at)
        host.wait("notice", lambda event: "was switched off" in event["what"] and "goes on without it" in event["what"])
        at = pictures.mark()
        self.desktop.background(VIOLET)
        spots = [(width // 4, height // 2), (3 * width // 4, height // 2)]
        pictures.wait(lambda seen: all(seen.near(*spot, colour(VIOLET), LEVELS) for spot in spots), "the other one alone", at)
        self.assertEqual(len(host.events("notice")), 1)
        self.assert_asks_nobody()

    def test_a_shared_monitor_that_is_switched_off_ends_the_host_which_says_so_and_the_next_start_asks(self):
        # Lying on its side it can be told from the other one.
        self.desktop.set_output("rotation.right", number=0)
        host = self.share_monitor(0)
        first = host.wait("sharing")
        self.desktop.switch_off(0 if first["width"] < first["height"] else 1)
        self.assert_exit(host, DONE)
        self.assert_says(host.wait("ended")["reason"], "the monitor that was shared was switched off")
        self.assert_asks_nobody()
        # The other one may have its place now.
        self.share()
        until(self.desktop.dialog, "the dialog")


class Moved(OnKde):
    """One of two monitors is shared, and changes places with the other. By its shape it can be told from that."""

    OUTPUTS = 2
    PLACES = [(0, 0), (1280, 0)]

    def setUp(self):
        super().setUp()
        self.desktop.set_output("rotation.right", number=0)
        self.sharing = self.share_monitor(0)
        first = self.sharing.wait("sharing")
        self.shared = first["width"], first["height"]

    def change_places(self):
        """Which is all that the portal's token remembers."""
        self.desktop.place_outputs(*reversed(self.PLACES))

    def show_on_shared(self):
        width, height = self.shared
        # The first one, which lies on its side, is at the other place now.
        left, top = self.PLACES[1 if width < height else 0]
        window = self.desktop.show("videotestsrc", "is-live=true", "pattern=white", "!",
                                   "video/x-raw,width=320,height=240,framerate=5/1")
        self.desktop.move_window(window.pid, left + width // 2 - 160, top + height // 2 - 120)

    def test_a_monitor_that_is_moved_is_shown_on_and_the_next_start_asks(self):
        pictures = self.watch(self.view(self.sharing.ticket()))
        self.wait_picture(pictures, colour(BLACK), after=0)
        self.change_places()
        self.show_on_shared()
        self.wait_picture(pictures, colour("#ffffff"))
        self.assertEqual(self.sharing.events("notice"), [])
        self.sharing.signal(signal.SIGINT)
        self.assert_exit(self.sharing, INTERRUPTED)
        self.share()
        until(self.desktop.dialog, "the dialog")

    def test_no_other_monitor_is_shown_for_one_that_was_moved_when_pipewire_is_restarted(self):
        self.wait_picture(self.watch(self.view(self.sharing.ticket())), colour(BLACK), after=0)
        self.change_places()
        self.desktop.restart_pipewire()
        self.assert_says(self.sharing.wait("ended")["reason"], "your desktop has ended the sharing: it has lost the screen")
        self.assertEqual({(event["width"], event["height"]) for event in self.sharing.events("sharing")}, {self.shared})


    def test_no_other_monitor_is_shown_for_one_that_is_moved_while_the_sharing_is_renewed(self):
        self.wait_picture(self.watch(self.view(self.sharing.ticket())), colour(BLACK), after=0)
        with self.desktop.portal_held_up():
            self.change_places()
        self.assert_says(self.sharing.wait("ended")["reason"], "your desktop has ended the sharing: it has lost the screen")
        self.assertEqual({(event["width"], event["height"]) for event in self.sharing.events("sharing")}, {self.shared})


class Virtual(OnKde):
    def test_a_monitor_that_is_made_for_the_sharing_shows_what_is_put_on_it_and_nothing_else(self):
        self.desktop.background(GREEN)
        host = self.share()
        self.desktop.share_new_monitor()
        first = host.wait("sharing")
        self.assertEqual((first["width"], first["height"]), NEW_MONITOR)
        pictures = self.watch(self.view(host.ticket()))
        self.wait_picture(pictures, colour(BLACK), after=0)
        width, height = NEW_MONITOR
        window = self.desktop.show("videotestsrc", "is-live=true", "pattern=white", "!",
                                   f"video/x-raw,width={width},height={height},framerate=5/1")
        self.desktop.move_window(window.pid, self.SIZE[0], 0)
        self.wait_picture(pictures, colour("#ffffff"))


class Windows(OnKde):
    def test_two_windows_lie_side_by_side_and_the_other_is_shared_on_when_one_is_closed(self):
        windows = [self.desktop.show("videotestsrc", f"pattern={pattern}", "is-live=true", "!",
                                     "video/x-raw,width=320,height=240,framerate=30/1") for pattern in ("white", "blue")]
        host = self.share("--window")
        self.desktop.share_windows(0, 1)
        pictures = self.watch(self.view(host.ticket()), lambda picture: picture)
        size = lambda event: (event["width"], event["height"], event.get("sources"))
        host.wait("sharing", lambda event: size(event) == (640, 240, 2))
        width, height = self.SIZE
        white, blue = colour("#ffffff"), colour("#0000ff")

        def shows(left, right):
            spots = {(width // 4, height // 2): left, (3 * width // 4, height // 2): right}
            return lambda seen: all(seen.near(*at, wanted, LEVELS) for at, wanted in spots.items())

        either = lambda seen: shows(white, blue)(seen) or shows(blue, white)(seen)
        pictures.wait(either, "both of them")
        at = pictures.mark()
        windows[0].signal(signal.SIGINT)
        pictures.wait(shows(blue, blue), "the other one alone", at)
        self.assertEqual(host.events("notice"), [])


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
        self.assert_asks_nobody()

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
