"""A monitor that GNOME makes for the sharing, which its portal offers since 44."""

import signal

from dialog_screens import GREEN, VIOLET
from gnome_desktop import GnomeDesktop
from gnome_test import OnGnome
from pictures import colour
from processes import until
from screens import LEVELS
from support import COULD_NOT_START, DONE, INTERRUPTED

FRIENDS = (1280, 720)
MONITORS = "() => global.display.get_n_monitors()"


class Virtual(OnGnome):
    def make_desktop(self):
        return GnomeDesktop(*self.SIZE, least=44)

    def share_virtual(self, width, height):
        return self.share("--virtual", f"{width}x{height}")

    def shared(self):
        host = self.share_virtual(*FRIENDS)
        self.desktop.share_virtual()
        self.assert_size(host, FRIENDS)
        return host

    def assert_size(self, host, size):
        first = host.wait("sharing")
        self.assertEqual((first["width"], first["height"]), size)

    def wait_monitors(self, count):
        until(lambda: self.desktop.shell(MONITORS) == count, f"{count} monitors")

    def seen_at(self, x, y):
        """Where a place of the friend's monitor is in the player's picture."""
        return x * self.SIZE[0] // FRIENDS[0], y * self.SIZE[1] // FRIENDS[1]

    def test_it_has_the_size_that_was_asked_for_and_shows_what_is_put_on_it_and_nothing_else(self):
        window = self.bars()  # on the monitor that was there
        pictures = self.watch(self.view(self.shared().ticket()), lambda picture: picture)
        self.desktop.background(VIOLET)
        everywhere = [self.seen_at(x, y) for x in range(20, FRIENDS[0], 40) for y in range(60, FRIENDS[1], 40)]
        pictures.wait(lambda seen: all(seen.near(*spot, colour(VIOLET), LEVELS) for spot in everywhere),
                      "a monitor with nothing on it")
        self.desktop.move_window(window.pid, self.SIZE[0] + 100, 100)
        at = self.desktop.window(window.pid)
        white = self.seen_at(at["x"] - self.SIZE[0] + 20, at["y"] + at["height"] // 2)
        pictures.wait(lambda seen: seen.near(*white, colour("#ffffff"), LEVELS) and seen.near(5, 590, colour(VIOLET), LEVELS),
                      "the window")

    def test_it_goes_with_the_host_and_the_next_start_asks_nothing_whatever_its_size(self):
        host = self.shared()
        self.assert_shows(self.watch(self.view(host.ticket())), VIOLET)
        self.wait_monitors(2)
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        self.wait_monitors(1)
        again = self.share_virtual(640, 480)
        self.assert_size(again, (640, 480))
        self.assert_shows(self.watch(self.view(again.ticket())), GREEN)

    def test_the_panel_s_stop_ends_it_and_the_host(self):
        host = self.shared()
        self.assert_shows(self.watch(self.view(host.ticket())), VIOLET)
        self.desktop.stop_sharing()
        self.assert_exit(host, DONE)
        self.assert_says(host.wait("ended")["reason"], "the sharing was stopped on the desktop")
        self.wait_monitors(1)

    def test_a_cancelled_dialog_makes_none(self):
        host = self.share_virtual(*FRIENDS)
        self.desktop.cancel()
        self.assert_exit(host, COULD_NOT_START)
        self.assert_says(host.wait("error")["what"], "you closed the sharing dialog")
        self.assertEqual(self.desktop.shell(MONITORS), 1)

    def test_a_restart_of_pipewire_is_recovered_from(self):
        pictures = self.watch(self.view(self.shared().ticket()))
        self.assert_shows(pictures, VIOLET)
        self.desktop.restart_pipewire()
        self.assert_shows(pictures, GREEN)
