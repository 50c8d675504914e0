"""KDE with its real portal and its dialog, which is answered by clicks."""

import signal

from kde_desktop import KdeDesktop
from pictures import colour
from screens import OnDesktop
from support import COULD_NOT_START, INTERRUPTED

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
