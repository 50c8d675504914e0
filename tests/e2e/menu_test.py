"""The menu, with the keys and the screen of a terminal in tmux: the first minute of two people."""

import os
import pathlib
import signal
import stat

from processes import until
from support import EndToEnd, program
from terminals import PROMPT, Terminal

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
        self.settings.write_text(f"[host]\n{HOST}", encoding="utf-8")

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
            self.tool(name, f"echo {name} >>{self.folder}/played; trap 'kill $!; exit 0' TERM; sleep 600 & wait")

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
        for how in (lambda terminal, pid: terminal.press("C-c"), lambda terminal, pid: os.kill(pid, signal.SIGKILL),
                    lambda terminal, pid: os.kill(pid, signal.SIGSEGV)):
            terminal = self.menu()
            how(terminal, terminal.job())
            self.assert_given_back(terminal)
            terminal.close()

    def test_gives_the_terminal_to_the_shell_while_it_is_stopped(self):
        terminal = self.menu()
        terminal.press("C-z")
        self.assert_given_back(terminal, "Stopped")
        terminal.type("fg")
        terminal.wait(*ITEMS, without=("what was there before",))
        terminal.press("q")
        self.assert_given_back(terminal)

    def test_prints_the_help_where_it_cannot_be_shown(self):
        terminal = Terminal(self)
        terminal.type("env", "TERM=dumb", program(), "--config", self.settings)
        terminal.wait("interrupted", PROMPT.strip())
        self.assertEqual(terminal.state(), "0 1")
