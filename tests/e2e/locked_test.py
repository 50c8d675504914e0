"""A host whose screen is locked: the desktop takes it away, and gives it back at the unlock."""

import unittest

from pictures import colour
from screens import SMALL, OnDesktop

LOCK = ("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged")
PADLOCK = colour("#c8ccd2")


class Locked(OnDesktop):
    SIZE = SMALL

    def lock(self):
        self.desktop.portal.tell(*LOCK, "true")
        self.desktop.portal.stop_sharing()

    def unlock(self):
        self.desktop.portal.tell(*LOCK, "false")

    def test_viewers_see_a_padlock_until_the_unlock_and_then_the_screen(self):
        host = self.share()
        viewer = self.view(host.ticket())
        pictures = self.watch(viewer)
        self.wait_screen(pictures)
        at = host.mark()
        self.lock()
        self.assertEqual(host.wait("paused", after=at)["reason"], "locked")
        self.wait_picture(pictures, PADLOCK)
        self.wait_picture(self.watch(self.view(host.ticket())), PADLOCK)
        at = host.mark()
        self.unlock()
        host.wait("sharing", after=at)
        self.wait_screen(pictures)
        self.assertEqual(host.events("error") + host.events("ended"), [])
        # Nobody was asked again.
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def test_a_lock_that_leaves_the_sharing_to_itself_hides_it_all_the_same(self):
        # As KDE's: the pictures go on.
        host = self.share()
        pictures = self.watch(self.view(host.ticket()))
        self.wait_screen(pictures)
        at = host.mark()
        self.desktop.portal.tell(*LOCK, "true")
        self.assertEqual(host.wait("paused", after=at)["reason"], "locked")
        self.wait_picture(pictures, PADLOCK)
        self.desktop.background("#e08020")
        at = host.mark()
        self.unlock()
        host.wait("sharing", after=at)
        self.wait_screen(pictures)
        self.assertEqual(host.events("notice") + host.events("error") + host.events("ended"), [])
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def test_who_comes_while_it_is_locked_sees_a_padlock_and_the_host_says_why(self):
        host = self.share()
        ticket = host.ticket()
        self.lock()
        at = host.mark()
        pictures = self.watch(self.view(ticket))
        self.wait_picture(pictures, PADLOCK)
        self.assertEqual(host.wait("paused", after=at)["reason"], "locked")
        self.unlock()
        self.wait_screen(pictures)


if __name__ == "__main__":
    unittest.main()
