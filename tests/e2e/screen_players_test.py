"""Real players show what is on the screen: seen on the same screen, in its right half."""

import unittest

from desktop import Desktop
from media import output_of
from players_test import TOLERANCE, MpvIpc, child_named
from processes import Timeout, until
from screens import OnDesktop, OnX11
from support import needs

WIDTH, HEIGHT = 1280, 720
BARS = 7  # of the left half: the colours of the classic test card, each of one seventh
TOP = HEIGHT // 4  # of a player's picture in the right half
HALF, SHOWN = (WIDTH // 2, HEIGHT), (WIDTH // 2, HEIGHT // 2)
CARD = ["videotestsrc", "pattern=smpte100", "is-live=true", "!",
        f"video/x-raw,format=BGRx,width={HALF[0]},height={HALF[1]},framerate=30/1"]
RED = (255, 0, 0)
NEAR_MS = 1000
# Sway 1.7 sometimes gives VLC's first window under Xwayland no size ("xcb error: op 12:0, code 2": BadValue of
# ConfigureWindow), and VLC draws nothing ("buffer deadlock prevented"). Then it is started again.
VLC_STARTS, VLC_SHOWS_WITHIN = 5, 10.0
# Playing faster would take twice as long as the pause; nobody waits for that.
PAUSE_SECONDS, BACK_WITHIN = 8, 6.0


def shown(x, y, top):
    """Where a player in the right half shows this place of the screen: its picture begins at `top`."""
    return WIDTH // 2 + x // 2, top + y // 2


def shows_the_card(screenshot, top):
    places = [(round(HALF[0] * (bar + 0.5) / BARS), HEIGHT // 4) for bar in range(BARS)]
    colours = [screenshot.colour(*place) for place in places]
    same = (screenshot.near(*shown(*place, top), colour, TOLERANCE) for place, colour in zip(places, colours))
    return len(set(colours)) == BARS and all(same)


class OnWayland(OnDesktop):
    def make_desktop(self):
        # VLC 3 cannot show a picture on sway itself.
        return Desktop(WIDTH, HEIGHT, xwayland=True)

    def setUp(self):
        super().setUp()
        self.desktop.show(*CARD)
        self.ticket = self.share().ticket()

    def wait_card(self, **deadline):
        """Sway gives each of two windows one half; the player's picture is in the middle of its own."""
        until(lambda: shows_the_card(self.desktop.screenshot(), TOP), "the screen's colours in the player's window",
              **deadline)

    def wait_shown(self):
        self.wait_card()
        # And not a picture of once: what changes on the screen changes in the player.
        self.desktop.show("videotestsrc", "pattern=red", "is-live=true", "!", "video/x-raw,framerate=30/1", "!",
                          "videoconvert", at=(0, HEIGHT // 2), size=(320, 240))
        until(lambda: self.desktop.screenshot().near(*shown(160, HEIGHT // 2 + 120, TOP), RED, TOLERANCE),
              "what is new on the screen in the player's window")

    def test_mpv_shows_the_screen(self):
        needs("mpv")
        self.pixelpass("view", "--player", "mpv", self.ticket)
        self.wait_shown()

    def test_mpv_is_left_alone_while_its_user_pauses_it_and_is_back_at_the_live_edge_after_that(self):
        needs("mpv")
        viewer = self.pixelpass("view", "--player", "mpv", self.share("--audio", "monitor").ticket())
        near = lambda stats: stats["player_lag_ms"] is not None and stats["player_lag_ms"] < NEAR_MS
        viewer.wait_stats(3, near)
        runtime = self.desktop.path("XDG_RUNTIME_DIR")
        mpv = MpvIpc(self, until(lambda: next(runtime.glob("pixelpass/*/*/mpv.sock"), None), "mpv's socket"))
        mpv.ask("set_property", "pause", True)
        self.assert_left_alone(viewer, mpv)
        mpv.ask("set_property", "pause", False)
        at = viewer.mark()
        viewer.wait("stats", near, after=at, deadline=BACK_WITHIN)
        viewer.wait_stats(3, near)
        self.wait_shown()

    def assert_left_alone(self, viewer, mpv):
        """For the length of the pause."""
        viewer.wait("stats", lambda stats: stats["player_lag_ms"] is None, after=viewer.mark())
        state = lambda: [mpv.get(name) for name in ("pause", "time-pos", "speed")]
        before = state()
        self.assertTrue(before[0])
        for _ in range(PAUSE_SECONDS):
            self.assertIsNone(viewer.wait_stats(1)["player_lag_ms"])
            self.assertEqual(state(), before)

    def test_vlc_shows_the_screen(self):
        needs("vlc", "vlc-bin")
        _, modules = output_of(["vlc", "--list"])
        if "xcb_x11" not in modules:
            raise unittest.SkipTest("VLC has no X11 output: sudo apt install vlc-plugin-video-output")
        command = self.view(self.ticket).wait("endpoint")["vlc"]
        options = ["-I", "dummy", "--vout=xcb_x11", "--no-video-title-show", "--no-dbus", "--aout=adummy"]
        for starts_left in reversed(range(VLC_STARTS)):
            vlc = self.lines(command[0], *options, *command[1:], env=self.environment(WAYLAND_DISPLAY=None))
            try:
                self.wait_card(deadline=VLC_SHOWS_WITHIN)
                break
            except Timeout:
                vlc.clean_up()
                if not starts_left:
                    raise
        self.wait_shown()


class OnXvfb(OnX11):
    def make_desktop(self):
        needs("xdotool")
        return super().make_desktop()

    def test_mpv_shows_an_x11_screen(self):
        needs("mpv")
        self.desktop.show(*CARD)
        ticket = self.share("--size", "640x360").ticket()
        viewer = self.pixelpass("view", "--player", "mpv", ticket)
        player = until(lambda: child_named(viewer.pid, "mpv"), "mpv")
        find = ["xdotool", "search", "--onlyvisible", "--pid", player]
        window = until(lambda: self.desktop.run(*find, check=False).split(), "mpv's window")[0].decode()
        self.desktop.run("xdotool", "windowsize", window, *SHOWN, "windowmove", window, WIDTH // 2, 0)
        until(lambda: shows_the_card(self.desktop.screenshot(), top=0), "the screen's colours in mpv's window")
