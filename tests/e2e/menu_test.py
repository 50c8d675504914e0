"""The menu, with the keys and the screen of a terminal in tmux: the first minute of two people."""

import os
import pathlib
import signal
import stat

from processes import until
from support import EndToEnd, program
from terminals import PROMPT, Job, Terminal

ALL = "stun = \"none\"\nno-port-mapping = true\n"
HOST = "source = \"test\"\nsize = \"320x180\"\nbitrate = \"300k\"\naudio = \"none\"\nbind = \"127.0.0.1:0\"\n"
ITEMS = ("> h  Host", "v  View", "d  Doctor", "q  Quit")


class MenuTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.runtime = self.folder / "run"
        self.runtime.mkdir(mode=0o700)
        self.tools = self.folder / "tools"
        self.tools.mkdir()
        self.settings = self.folder / "config.toml"
        self.configure()

    def configure(self, everywhere=ALL, view=""):
        self.settings.write_text(f"{everywhere}[host]\n{HOST}[view]\n{view}", encoding="utf-8")

    def environment(self, **changes):
        return super().environment(**{"XDG_RUNTIME_DIR": self.runtime, "XDG_STATE_HOME": self.folder / "state",
                                      "NO_COLOR": None, "SSH_CONNECTION": None, "SSH_TTY": None,
                                      "PATH": f"{self.tools}:{os.environ['PATH']}", **changes})

    def tool(self, name, script):
        path = self.tools / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(stat.S_IRWXU)

    def menu(self, **settings):
        """A terminal with the menu."""
        terminal = Terminal(self, **settings)
        terminal.before = terminal.modes()
        terminal.type("echo", "what was there before")
        terminal.type(program(), "--config", self.settings)
        terminal.wait(*ITEMS, without=("what was there before",))
        return terminal

    def menu_job(self, **settings):
        """The same, where nobody but the menu puts the terminal right."""
        terminal = Job(self, program(), "--config", self.settings, **settings)
        terminal.step()
        terminal.wait(*ITEMS, without=("what was there before",))
        until(terminal.mouse, "the mouse")
        self.assertNotEqual(terminal.modes(), terminal.before)
        return terminal

    def assert_untouched(self, terminal):
        """As it was before the menu had it."""
        until(lambda: terminal.state() == "0 1", "the usual screen, with a cursor")
        until(lambda: terminal.modes() == terminal.before, "the modes that it had before")
        self.assertFalse(terminal.mouse())
        terminal.wait("what was there before", without=ITEMS)

    def host(self):
        """Hosts with one key, and hands out the ticket."""
        terminal = self.menu()
        terminal.press("h")
        terminal.wait("ticket, for your friend", "nobody watches yet")
        return terminal, self.run_pixelpass("ticket").stdout.strip()

    def assert_given_back(self, terminal, *says):
        terminal.wait("what was there before", PROMPT.strip(), *says, without=ITEMS)
        self.assertEqual(terminal.state(), "0 1")
        self.assertEqual(terminal.modes(), terminal.before)

    def players(self):
        """Both players, that play until they are told to end."""
        for name in ("mpv", "vlc", "cvlc"):
            self.tool(name, f"echo $$ >{self.folder}/player.new; mv {self.folder}/player.new {self.folder}/player\n"
                            "trap 'kill $!; exit 0' TERM; sleep 600 & wait")

    def player(self):
        """The one that was started last."""
        until((self.folder / "player").exists, "a player")
        return int((self.folder / "player").read_text(encoding="utf-8"))

    def test_first_minute_takes_a_key_for_the_host_and_two_and_a_paste_for_the_viewer(self):
        self.players()
        host, ticket = self.host()
        # A process of its own: the menu forbids what the desktop's portal wants to see.
        self.assertIn(b"\0host\0", pathlib.Path(f"/proc/{host.job()}/cmdline").read_bytes())
        viewer = self.menu(WAYLAND_DISPLAY="nowhere")
        viewer.press("v")
        viewer.wait("Paste the ticket")
        viewer.paste(ticket)
        viewer.wait("> m  mpv", "v  VLC")
        viewer.press("Enter")
        host.wait("viewers: 1 of 2", "direct")
        self.assertEqual((self.folder / "state/pixelpass/player").read_text(encoding="utf-8"), "mpv\n")
        host.press("q")
        host.wait("ended: the host has ended it", PROMPT.strip())
        viewer.wait("watching ended:", "> r  Reconnect", "h  Host")
        viewer.press("q")
        self.assert_given_back(viewer)

    def test_watches_the_clipboards_ticket_and_reconnects_with_a_key(self):
        playing = self.folder / "playing"
        self.tool("mpv", f"echo $$ >{playing}.new; mv {playing}.new {playing}\n"
                         "trap 'kill $!; exit 0' TERM; sleep 600 & wait")
        host, ticket = self.host()
        self.tool("wl-paste", "sleep 600")  # hangs, and holds up nothing
        self.tool("xclip", f"echo {ticket}")
        (self.folder / "state/pixelpass").mkdir(parents=True, mode=0o700, exist_ok=True)
        (self.folder / "state/pixelpass/player").write_text("mpv\n", encoding="utf-8")
        viewer = self.menu(WAYLAND_DISPLAY="nowhere", DISPLAY=":nowhere")
        viewer.press("v")
        viewer.wait("Watch the ticket in your clipboard? [Enter]")
        viewer.press("Enter")
        host.wait("viewers: 1 of 2", "direct")
        until(playing.exists, "a player")
        os.kill(int(playing.read_text(encoding="utf-8")), signal.SIGTERM)
        viewer.wait("watching ended:", "player", "> r  Reconnect")
        host.wait("nobody watches")
        viewer.press("Enter")
        host.wait("viewers: 1 of 2", "direct")
        viewer.press("h")  # nobody's key
        host.press("k")
        host.wait("away for good?")
        host.press("y")
        viewer.wait("the host has removed you", "> v  View", without=("Reconnect",))
        host.wait("nobody watches")
        viewer.press("q")
        viewer.wait("ask for a new ticket", PROMPT.strip(), without=("h  Host",))
        self.assertEqual(viewer.state(), "0 1")

    def test_says_in_place_what_is_wrong_with_a_ticket(self):
        terminal = self.menu(width=60, height=14)
        terminal.press("v")
        terminal.wait("Paste the ticket")
        terminal.paste("pp1abc")
        terminal.wait("Ticket: pp1abc", "end", "Enter clears it")
        terminal.press("Enter")
        terminal.wait("Ticket: _", without=("pp1abc",))
        terminal.press("Escape")
        terminal.wait(*ITEMS)
        terminal.press("Down", "Down", "Down", "Enter")
        self.assert_given_back(terminal)

    def test_gives_the_terminal_back_however_it_ends(self):
        for how in (lambda terminal: terminal.press("q"), lambda terminal: terminal.press("C-c"),
                    lambda terminal: os.kill(terminal.job(), signal.SIGKILL),
                    lambda terminal: os.kill(terminal.job(), signal.SIGSEGV)):
            terminal = self.menu_job()
            how(terminal)
            self.assert_untouched(terminal)
            terminal.close()

    def test_gives_the_terminal_to_the_shell_while_it_is_stopped(self):
        terminal = self.menu_job()
        terminal.press("C-z")
        terminal.wait("stopped")
        self.assert_untouched(terminal)
        terminal.step()
        terminal.wait(*ITEMS, without=("what was there before",))
        until(terminal.mouse, "the mouse")
        self.assertNotEqual(terminal.modes(), terminal.before)
        terminal.press("q")
        terminal.wait("ended with 0")
        self.assert_untouched(terminal)

    def test_does_what_is_clicked_on_and_leaves_the_mouse_to_the_terminal_where_a_ticket_is_pasted(self):
        terminal = self.menu_job()
        terminal.click("View:")
        terminal.wait("Paste the ticket")
        until(lambda: not terminal.mouse(), "the mouse to be the terminal's")
        terminal.press("Escape")
        terminal.wait(*ITEMS)
        until(terminal.mouse, "the mouse")
        terminal.click("arrows and Enter")
        terminal.click("Quit")
        terminal.wait("ended with 0")
        self.assert_untouched(terminal)

    def test_prints_the_help_where_it_cannot_be_shown(self):
        terminal = Terminal(self)
        terminal.type("env", "TERM=dumb", program(), "--config", self.settings)
        terminal.wait("interrupted", PROMPT.strip())
        self.assertEqual(terminal.state(), "0 1")
