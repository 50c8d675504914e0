"""The menu on a desktop whose sharing dialog is open, and nobody answers it."""

import os
import signal

from desktop import OUTPUT
from menu_test import ITEMS
from portal import FRONTEND
from processes import until
from screens import SMALL, OnDesktop
from support import program
from terminals import PROMPT, Job, Terminal

SETTINGS = ("stun = \"none\"\nno-port-mapping = true\n[host]\nsource = \"portal\"\nsize = \"320x180\"\naudio = \"none\"\n"
            "bind = \"127.0.0.1:0\"\nno-notify = true\n")


class OpenDialog(OnDesktop):
    SIZE = SMALL

    def setUp(self):
        super().setUp()
        self.settings = self.folder / "config.toml"
        self.settings.write_text(SETTINGS, encoding="utf-8")

    def asked(self):
        """The menu's Host, whose dialog waits for an answer; a terminal that nobody but pixelpass puts right."""
        self.desktop.portal.answer("wait")
        terminal = Job(self, program(), "--config", self.settings, NO_COLOR=None)
        terminal.step()
        terminal.wait(*ITEMS)
        self.assertNotEqual(terminal.modes(), terminal.before)
        self.host_from(terminal)
        return terminal

    def host_from(self, terminal):
        dialogs = self.desktop.portal.dialogs()
        terminal.press("h")
        terminal.wait("pixelpass is starting", "q quit")
        until(lambda: self.desktop.portal.dialogs() > dialogs, "the dialog")

    def close_dialog(self):
        """This desktop shows no other before: its portal waits for the answer, whoever has given up."""
        self.desktop.portal.answer_late("cancel")

    def assert_given_back(self, terminal, number):
        terminal.wait(f"ended with {number}", without=("pixelpass is starting",))
        until(lambda: terminal.state() == "0 1", "the usual screen, with a cursor")
        until(lambda: terminal.modes() == terminal.before, "the modes that it had before")
        self.assertFalse(terminal.mouse())

    def test_keys_work_while_the_dialog_is_open_and_either_of_two_ends_the_waiting(self):
        for key, code in (("q", 0), ("C-c", 130)):
            with self.subTest(key=key):
                terminal = self.asked()
                terminal.press("l")
                terminal.wait("LOCKED", "l unlock", "pixelpass is starting")
                terminal.resize(70, 20)
                terminal.press("b", "2", "M")
                terminal.wait("2M_")
                terminal.press("Escape")
                terminal.wait("b bitrate", without=("2M_",))
                terminal.press(key)
                self.assert_given_back(terminal, code)
                self.close_dialog()
                terminal.close()

    def test_after_a_dialog_that_was_given_up_the_menu_shares_once_the_next_one_is_answered(self):
        self.desktop.portal.answer("wait")
        terminal = Terminal(self, NO_COLOR=None)
        for key in ("C-c", "q", None):
            terminal.type(program(), "--config", self.settings)
            terminal.wait(*ITEMS)
            self.host_from(terminal)
            if key is None:
                break
            terminal.press(key)
            terminal.wait(PROMPT.strip(), without=("pixelpass is starting",))
            self.close_dialog()
        self.desktop.portal.answer_late(OUTPUT)
        terminal.wait("ticket, for your friend", "nobody watches yet")

    def test_a_portal_that_hangs_does_not_keep_the_terminal(self):
        terminal = self.asked()
        portal = self.desktop.owner_of(FRONTEND)
        os.kill(portal, signal.SIGSTOP)
        self.addCleanup(os.kill, portal, signal.SIGCONT)
        terminal.press("l")
        terminal.wait("LOCKED")
        terminal.press("C-c")
        self.assert_given_back(terminal, 130)
