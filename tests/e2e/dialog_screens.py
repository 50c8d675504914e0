"""Tests on the desktops whose own sharing dialog is answered by clicks; what each of them does alike."""

import signal

from pictures import colour
from portal import FRONTEND
from processes import until
from screens import OnDesktop, near
from support import COULD_NOT_START, DONE

VIOLET, GREEN, ORANGE = "#8040c0", "#20a040", "#e08020"


class OnDialogDesktop(OnDesktop):
    def share_monitor(self, number=0, *arguments):
        host = self.share(*arguments)
        self.desktop.share_monitor(number)
        return host

    def show(self, which):
        result = self.run_pixelpass("show", which)
        self.assertEqual(result.returncode, DONE, result.stderr)

    def assert_asks_nobody(self):
        self.assertIsNone(self.desktop.dialog(), "the dialog is there again")

    def assert_shows(self, pictures, text):
        """The screen's new colour arrives."""
        at = pictures.mark()
        self.desktop.background(text)
        self.wait_picture(pictures, colour(text), after=at)
        self.assert_asks_nobody()


class Sharing:
    """A mixin: what a start meets, and the program itself."""

    def test_a_cancelled_dialog_is_said_to_have_been_closed(self):
        host = self.share()
        self.desktop.cancel()
        self.assert_exit(host, COULD_NOT_START)
        self.assert_says(host.wait("error")["what"], "you closed the sharing dialog")

    def test_a_portal_that_dies_is_asked_again_without_a_dialog(self):
        pictures = self.watch(self.view(self.share_monitor().ticket()))
        for part, text in ((self.desktop.BACKEND, VIOLET), (FRONTEND, GREEN)):
            self.assert_shows(pictures, ORANGE)
            self.desktop.kill_portal(part)
            until(lambda: self.desktop.owner_of(part), "the portal being called again")
            self.assert_shows(pictures, text)

    def test_a_stop_on_the_desktop_is_heard_also_after_the_portal_has_died(self):
        self.desktop.start_tray()
        host = self.share_monitor()
        self.assert_shows(self.watch(self.view(host.ticket())), VIOLET)
        self.desktop.kill_portal(FRONTEND)
        host.wait("notice", lambda event: "went away for a moment and is back" in event["what"])
        self.desktop.stop_sharing()
        self.assert_exit(host, DONE)
        self.assert_says(host.wait("ended")["reason"], "the sharing was stopped on the desktop")

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


class Surroundings:
    """A mixin: what happens around a monitor while it is shared (`sharing`, seen in `pictures`) is no end of that."""

    SHARED = 0

    def setUp(self):
        super().setUp()
        self.sharing = self.share_monitor(self.SHARED)
        self.pictures = self.watch(self.view(self.sharing.ticket()))
        self.assert_shows(self.pictures, VIOLET)

    def wait_size(self, width, height, after):
        self.sharing.wait("sharing", lambda event: (event["width"], event["height"]) == (width, height), after=after)

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
