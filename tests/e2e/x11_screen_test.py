"""What moves or stands still on an X11 screen arrives; x11_test.py has the rest."""

import timecode
from pictures import colour
from processes import until
from screen_test import CELL, GREEN, ORANGE
from screens import SMALL, OnX11
from support import COULD_NOT_START
from x11_desktop import BACKGROUND


class X11Screen(OnX11):
    SIZE = SMALL

    def test_a_still_screen_arrives_and_its_changes_follow(self):
        host = self.share()
        pictures = self.watch_corner(self.view(host.ticket()))
        self.wait_picture(pictures, colour(BACKGROUND), after=0)
        for text in (ORANGE, GREEN):
            at = pictures.mark()
            self.desktop.background(text)
            self.wait_picture(pictures, colour(text), after=at)
        late = self.watch_corner(self.view(host.ticket()))
        self.wait_picture(late, colour(GREEN), after=0)

    def watch_corner(self, viewer):
        return self.watch(viewer, lambda picture: picture.colour(20, 20))

    def test_a_moving_screen_never_goes_back_in_time(self):
        timecode.show(self.desktop, 30, CELL)
        viewer = self.view(self.share().ticket())
        pictures = self.watch(viewer, lambda picture: timecode.read(picture, CELL))
        codes = lambda: [code for code in pictures.seen if code is not None]
        until(lambda: len(codes()) > 60, "two seconds of readable pictures")
        for earlier, later in zip(codes(), codes()[1:]):
            self.assertGreaterEqual(timecode.since(earlier, later), 0, "an older picture after a newer one")
        self.assertGreater(len(set(codes())), 30)

    def test_auto_takes_x11_where_there_is_no_wayland(self):
        self.assertEqual(self.share(source="auto").wait("sharing")["source"], "x11")

    def test_no_x_server_fails_with_what_to_do(self):
        result = self.run_pixelpass("host", "--source", "x11", "--bind", "127.0.0.1:0",
                                    env=self.environment(DISPLAY=":987"))
        self.assert_fails(result, COULD_NOT_START, ":987")
