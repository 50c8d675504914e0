"""What cannot be shown in time is given up in steps, and players go on through each of them."""

import struct

from players_test import Mpv, start_vlc
from processes import until
from slow_player import SlowPlayer
from support import EndToEnd, needs

WIDTH, HEIGHT = 1280, 720
# A step up comes when a player has kept up for ten seconds, and the ladder has held its step.
BACK = 90.0


def png_width(path):
    """None while it is being written."""
    head = path.read_bytes()[:24]
    return struct.unpack(">I", head[16:20])[0] if len(head) == 24 else None


class Ladder(SlowPlayer, EndToEnd):
    def share(self):
        needs("mpv")
        size = ("--size", f"{WIDTH}x{HEIGHT}", "--fps", "30")
        return self.host(*size, "--encoder", "x264", "--for", "video")

    def watch_with_a_slow_player(self, host):
        return super().watch_with_a_slow_player(host, XDG_RUNTIME_DIR=self.folder)

    def wait_smaller(self, host, after):
        return host.wait("sharing", lambda e: 0 < e["height"] < HEIGHT, after=after)

    def wait_whole(self, host, after):
        self.speed_up_player()
        return host.wait("sharing", lambda e: e["height"] == HEIGHT, after=after, deadline=BACK)

    def test_a_player_that_drops_pictures_gets_smaller_ones_until_it_keeps_up(self):
        host = self.share()
        at = host.mark()
        viewer = self.watch_with_a_slow_player(host)
        notice = viewer.wait("notice", lambda e: "does not show all pictures in time" in e["what"])
        self.assert_says(notice["hint"], "graphics card")
        smaller = self.wait_smaller(host, at)
        self.assertEqual(smaller["fps"], 30)
        stats = host.wait("stats", lambda e: e["limited_by"] == "player of viewer 1", after=at)
        self.assertLess(stats["target_bps"], smaller["bitrate_bps"])
        self.assertTrue(stats["viewers"][0]["player_slow"])
        at = host.mark()
        self.wait_whole(host, at)
        host.wait("stats", lambda e: e["limited_by"] == "cap", after=at, deadline=BACK)

    def test_mpv_goes_on_through_the_steps(self):
        host = self.share()
        viewer = self.view(host.ticket())
        mpv = Mpv(self, viewer)
        mpv.wait_playing()
        self.assertEqual(mpv.get("width"), WIDTH)
        at = host.mark()
        self.watch_with_a_slow_player(host)
        self.wait_smaller(host, at)
        until(lambda: mpv.get("width") < WIDTH, "smaller pictures in mpv")
        mpv.wait_playing()
        self.wait_whole(host, host.mark())
        until(lambda: mpv.get("width") == WIDTH, "whole pictures in mpv")
        mpv.wait_playing()
        mpv.quit()
        self.assertEqual(mpv.process.all_lines(), [], "it complains")

    def test_vlc_goes_on_through_the_steps(self):
        needs("vlc", "vlc-bin")
        host = self.share()
        viewer = self.view(host.ticket())
        pictures = self.folder / "pictures"
        start_vlc(self, viewer.wait("endpoint")["vlc"], pictures)
        seen = lambda fits: any(fits(png_width(path) or 0) for path in list(pictures.glob("*.png")))
        until(lambda: seen(lambda width: width == WIDTH), "VLC's pictures")
        at = host.mark()
        self.watch_with_a_slow_player(host)
        self.wait_smaller(host, at)
        until(lambda: seen(lambda width: 0 < width < WIDTH), "smaller pictures in VLC")
        self.wait_whole(host, host.mark())
        known = len(list(pictures.glob("*.png")))
        until(lambda: len(list(pictures.glob("*.png"))) > known + 3, "more of VLC's pictures")
