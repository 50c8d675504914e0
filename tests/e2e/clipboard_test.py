"""The desktop's own clipboard, with the real tools: what the host says it copied is what others paste."""

import os
import signal

from processes import until
from screens import SMALL, OnDesktop, OnX11
from support import needs, program
from terminals import PROMPT, Terminal

HOST = ("host", "--source", "test", "--size", "320x180", "--bitrate", "300k", "--audio", "none", "--bind", "127.0.0.1:0",
        "--no-notify")
NOWHERE = "nowhere"
NOT_REMOTE = {"SSH_CONNECTION": None, "SSH_TTY": None}


class WithClipboard:
    """A mixin of tests on a desktop."""

    SIZE = SMALL

    def setUp(self):
        for tool, package in (("wl-copy", "wl-clipboard"), ("wl-paste", "wl-clipboard"), ("xclip", None), ("xsel", None)):
            needs(tool, package)
        super().setUp()

    def without(self, *tools):
        """A $PATH on which these fail."""
        folder = self.folder / "failing"
        folder.mkdir(exist_ok=True)
        for tool in tools:
            (folder / tool).symlink_to("/bin/false")
        return f"{folder}:{os.environ['PATH']}"

    def host(self, **environment):
        terminal = Terminal(self, **NOT_REMOTE, **environment)
        terminal.type(program(), *HOST)
        terminal.wait("ticket, for your friend", "c copy ticket")
        return terminal

    def ticket(self):
        return self.run_pixelpass("ticket").stdout.strip()

    def pasted(self, *command):
        return self.desktop.run(*command, check=False).decode()

    def assert_copies(self, tool, *paste, **environment):
        """Also what others paste once the host and its terminal have gone."""
        terminal = self.host(**environment)
        self.assertNotEqual(self.pasted(*paste), self.ticket())
        terminal.press("c")
        terminal.wait(f"ticket copied to the clipboard ({tool})")
        ticket = self.ticket()
        self.assertEqual(self.pasted(*paste), ticket)
        terminal.press("q")
        terminal.wait("ended: the host has ended it", PROMPT.strip())
        terminal.close()
        self.assertEqual(self.pasted(*paste), ticket)

    def assert_offers(self, **environment):
        """The menu asks about the clipboard's ticket; that of a host which has gone will do."""
        terminal = Terminal(self, **NOT_REMOTE, **environment)
        terminal.type(program())
        terminal.wait("v  View")
        terminal.press("v")
        terminal.wait("Watch the ticket in your clipboard? [Enter]")


class OnWayland(WithClipboard, OnDesktop):
    def test_a_ticket_copied_by_wl_copy_can_be_pasted_and_outlives_the_host(self):
        self.assert_copies("wl-copy", "wl-paste", "--no-newline")
        self.assert_offers()

    def test_a_new_ticket_takes_the_place_of_what_was_copied(self):
        terminal = self.host()
        for _ in range(2):
            ticket = self.ticket()
            terminal.press("c")
            until(lambda ticket=ticket: self.pasted("wl-paste", "--no-newline") == ticket, "the ticket, pasted")
            terminal.press("n")
            until(lambda ticket=ticket: self.ticket() != ticket, "another ticket")

    def test_a_compositor_that_hangs_leaves_it_to_the_next_clipboard(self):
        terminal = self.host()
        sway = self.desktop.parts["sway"]
        sway.signal(signal.SIGSTOP)
        self.addCleanup(sway.signal, signal.SIGCONT)
        terminal.press("c")
        terminal.wait("ticket copied to the clipboard (tmux)")
        self.assertEqual(terminal.clipboard(), self.ticket())


class OnXServer(WithClipboard, OnX11):
    def test_a_ticket_copied_by_xclip_can_be_pasted_and_outlives_the_host(self):
        self.assert_copies("xclip", "xsel", "--clipboard", "--output")
        self.assert_offers(PATH=self.without("xsel"))

    def test_a_ticket_copied_by_xsel_can_be_pasted_and_outlives_the_host(self):
        path = self.without("xclip")
        self.assert_copies("xsel", "xclip", "-selection", "clipboard", "-o", PATH=path)
        self.assert_offers(PATH=path)

    def test_displays_that_are_not_there_leave_it_to_the_next_clipboard(self):
        terminal = self.host(WAYLAND_DISPLAY=NOWHERE, DISPLAY=f":{NOWHERE}")
        terminal.press("c")
        terminal.wait("ticket copied to the clipboard (tmux)")
        self.assertEqual(terminal.clipboard(), self.ticket())
