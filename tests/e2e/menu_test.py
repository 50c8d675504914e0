"""The menu, with the keys and the screen of a terminal in tmux: the first minute of two people."""

import os
import pathlib
import signal
import socket
import stat
import sys

from control_test import reply_code
from processes import until
from support import DONE, EndToEnd, program
from terminals import PROMPT, Job, Terminal

ALL = "stun = \"none\"\nno-port-mapping = true\n"
HOST = "source = \"test\"\nsize = \"320x180\"\nbitrate = \"300k\"\naudio = \"none\"\nbind = \"127.0.0.1:0\"\n"
ITEMS = ("> h  Host", "v  View", "d  Doctor", "q  Quit")


def child_of(process, word):
    """The process that has this one as its parent, and this word on its command line; or None."""
    children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text(encoding="utf-8").split()
    return next((int(child) for child in children if word in words_of(child)), None)


def words_of(process):
    """Of its command line; none where it has just ended."""
    try:
        return pathlib.Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def state_of(process):
    """T: it is stopped."""
    return pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


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

    def assert_usual(self, terminal):
        """The terminal's modes; not what is on it."""
        until(lambda: terminal.state() == "0 1", "the usual screen, with a cursor")
        until(lambda: terminal.modes() == terminal.before, "the modes that it had before")
        self.assertFalse(terminal.mouse())

    def assert_untouched(self, terminal):
        """As it was before the menu had it."""
        self.assert_usual(terminal)
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
            self.tool(name, "trap 'kill $!; exit 0' TERM; trap 'kill $!; exit 2' USR1; sleep 600 &\n"
                            f"echo $$ >{self.folder}/player.new; mv {self.folder}/player.new {self.folder}/player; wait")

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

    def test_watches_in_the_browser_when_that_is_chosen(self):
        self.players()
        opened = self.folder / "opened"
        self.tool("xdg-open", f"cp \"$1\" {opened}.new; mv {opened}.new {opened}")
        _, ticket = self.host()
        viewer = self.menu(WAYLAND_DISPLAY="nowhere", BROWSER=None)
        viewer.press("v")
        viewer.wait("Paste the ticket")
        viewer.paste(ticket)
        viewer.wait("> m  mpv", "v  VLC", "b  the browser")
        viewer.press("b")
        until(opened.exists, "a page that was opened")
        self.assertIn(f"#{ticket}", opened.read_text(encoding="utf-8"))
        viewer.wait("opened in your browser")
        self.assertEqual((self.folder / "state/pixelpass/player").read_text(encoding="utf-8"), "browser\n")
        viewer.press("C-c")
        viewer.wait("watching ended: interrupted", "> r  Reconnect")

    def test_watches_the_clipboards_ticket_and_reconnects_with_a_key(self):
        playing = self.folder / "playing"
        self.tool("mpv", "trap 'kill $!; exit 0' TERM; sleep 600 &\n"
                         f"echo $$ >{playing}.new; mv {playing}.new {playing}; wait")
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

    def test_says_that_a_player_has_failed_and_watches_again_with_enter(self):
        self.players()
        host, ticket = self.host()
        viewer = self.menu(WAYLAND_DISPLAY="nowhere")
        viewer.press("v")
        viewer.wait("Paste the ticket")
        viewer.paste(ticket)
        viewer.wait("> m  mpv", "v  VLC")
        viewer.press("Enter")
        host.wait("viewers: 1 of 2", "direct")
        os.kill(self.player(), signal.SIGUSR1)
        viewer.wait("the player ended with status 2", "> r  Reconnect")
        host.wait("nobody watches")
        viewer.press("Enter")
        host.wait("viewers: 1 of 2", "direct")

    def watching(self):
        """A terminal whose menu watches in a player, and the host's."""
        self.players()
        host, ticket = self.host()
        (self.folder / "state/pixelpass").mkdir(parents=True, mode=0o700, exist_ok=True)
        (self.folder / "state/pixelpass/player").write_text("mpv\n", encoding="utf-8")
        viewer = self.menu_job(WAYLAND_DISPLAY="nowhere")
        viewer.press("v")
        viewer.wait("Paste the ticket")
        viewer.paste(ticket)
        host.wait("viewers: 1 of 2", "direct")
        return viewer, host

    def test_an_interrupt_ends_the_watching_and_the_next_one_the_menu(self):
        viewer, host = self.watching()
        for _ in range(2):
            viewer.press("C-c")
            viewer.wait("watching ended: interrupted", "> r  Reconnect", "h  Host")
            host.wait("nobody watches")
            viewer.press("Enter")
            host.wait("viewers: 1 of 2", "direct")
        viewer.press("C-c")
        viewer.wait("> r  Reconnect")
        viewer.press("C-c")
        viewer.wait("ended with 130", without=("r  Reconnect",))
        self.assert_usual(viewer)

    def test_who_ends_pixelpass_while_it_watches_ends_its_menu_too(self):
        viewer, host = self.watching()
        os.kill(viewer.job(), signal.SIGTERM)
        viewer.wait("ended: interrupted", "ended with 130")
        host.wait("nobody watches")
        self.assert_usual(viewer)

    def test_watches_again_without_losing_what_was_recorded_before(self):
        self.players()
        films = [self.folder / "film.ts", self.folder / "film-2.ts"]
        self.configure(view=f"record = \"{films[0]}\"\nplayer = \"mpv\"\n")
        _, ticket = self.host()
        viewer = self.menu(WAYLAND_DISPLAY="nowhere")
        viewer.press("v")
        viewer.wait("Paste the ticket")
        viewer.paste(ticket)
        until(lambda: films[0].exists() and films[0].stat().st_size, "a recording")
        os.kill(self.player(), signal.SIGUSR1)
        viewer.wait("the player ended with status 2", "> r  Reconnect")
        before = films[0].read_bytes()
        viewer.press("Enter")
        viewer.wait(f"the recording goes into {films[1]}")
        until(lambda: films[1].stat().st_size, "another recording")
        self.assertEqual(films[0].read_bytes(), before)

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

    def test_comes_back_after_the_doctor_once_that_has_been_read(self):
        terminal = self.menu_job(height=120)
        terminal.press("d")
        terminal.wait("ready to view", "Enter goes back to the menu")
        self.assert_untouched(terminal)
        terminal.press("Enter")
        terminal.wait(*ITEMS, without=("Enter goes back",))
        terminal.press("q")
        terminal.wait("ended with 0")

    def diagnosing(self, silent):
        """A terminal with a doctor that has the menu below it, and is stopped; and that one. It asks this socket."""
        silent.bind(("127.0.0.1", 0))
        self.configure(everywhere=f"no-port-mapping = true\nstun = \"127.0.0.1:{silent.getsockname()[1]}\"\n")
        terminal = self.menu_job(height=120)
        terminal.press("d")
        doctor = until(lambda: child_of(terminal.job(), b"doctor"), "the doctor")
        os.kill(doctor, signal.SIGSTOP)  # it is not over before what comes
        # Until it has stopped, an interrupt ends it.
        until(lambda: state_of(doctor) == "T", "the doctor being stopped")
        return terminal, doctor

    def test_an_interrupt_ends_the_doctor_and_the_next_one_the_menu(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            terminal, doctor = self.diagnosing(silent)
            terminal.press("C-c")
            os.kill(doctor, signal.SIGCONT)
            terminal.wait(*ITEMS, without=("ready to view", "Enter goes back"))
        terminal.press("C-c")
        terminal.wait("ended with 130")
        self.assert_untouched(terminal)

    def test_a_doctor_that_crashes_has_not_been_interrupted(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            terminal, doctor = self.diagnosing(silent)
            os.kill(doctor, signal.SIGSEGV)
            os.kill(doctor, signal.SIGCONT)
            terminal.wait("Enter goes back to the menu")
        terminal.press("Enter")
        terminal.wait(*ITEMS, without=("Enter goes back",))

    def test_stays_where_there_is_no_screen_to_share_and_says_so(self):
        self.settings.write_text(ALL, encoding="utf-8")
        nowhere = {"WAYLAND_DISPLAY": None, "DISPLAY": None, "XDG_SESSION_TYPE": None}
        terminal = self.menu_job(**nowhere)
        terminal.press("h")
        terminal.wait("there is no screen to share", "run it inside a desktop session", *ITEMS)
        terminal.press("q")
        terminal.wait("ended with 0")
        self.assert_untouched(terminal)
        terminal.close()
        lines, written = self.plain("env", "TERM=dumb", **nowhere)
        lines.press("1", "Enter")
        lines.wait("there is no screen to share", "run it inside a desktop session", "4 Quit\nNumber and Enter:")
        lines.press("4", "Enter")
        lines.wait("ended with 0")
        self.assert_lines_alone(written)

    def test_shows_the_viewer_its_reply_code(self):
        server = self.lines(sys.executable, pathlib.Path(__file__).with_name("stun_server.py"), "127.0.0.1", "0")
        stun = server.wait_line(lambda line: line.startswith("listening") and line.split()[1])
        gone = self.host_of_lines("--seconds", "1")
        ticket = gone.ticket()
        self.assert_exit(gone, DONE)
        self.configure(everywhere="no-port-mapping = true\n", view=f"stun = \"{stun}\"\nplayer = \"none\"\n")
        viewer = self.menu()
        viewer.press("v")
        viewer.wait("Paste the ticket")
        viewer.paste(ticket)
        viewer.wait("Send this line back to your friend", "pixelpass reply ppr1")
        viewer.press("C-c")
        viewer.wait("watching ended: interrupted", "> r  Reconnect")
        viewer.press("q")
        viewer.wait("ended: interrupted", PROMPT.strip(), without=("r  Reconnect",))

    def host_of_lines(self, *arguments):
        return super().host("--size", "320x180", "--audio", "none", *arguments)

    def test_takes_a_reply_code_where_the_host_was_started_from_it(self):
        host, ticket = self.host()
        host.press("r")
        host.wait("Reply code (Esc: none)")
        host.paste(reply_code(ticket, "192.0.2.17", 41234))
        host.press("Enter")
        host.wait("reply code taken; trying to get through to 192.0.2.17:41234")

    def plain(self, *words, **settings):
        """A terminal with the menu in lines, and a file of all that is written to it."""
        terminal = Job(self, *words, program(), "--config", self.settings, **settings)
        written = terminal.log()
        terminal.step()
        terminal.wait("1 Host: show your screen", "2 View", "3 Doctor", "4 Quit", "Number and Enter:")
        return terminal, written

    def assert_lines_alone(self, written):
        until(lambda: b"ended with" in written.read_bytes(), "all that was written")
        self.assertNotIn(b"\x1b", written.read_bytes())

    def test_asks_in_lines_where_it_cannot_be_drawn(self):
        for words in (("env", "TERM=dumb"), ("env", "LC_ALL=C")):
            terminal, written = self.plain(*words)
            self.assertEqual(terminal.modes(), terminal.before)
            terminal.press("7", "Enter")
            terminal.wait('"7" is nothing to choose')
            terminal.press("4", "Enter")
            terminal.wait("ended with 0")
            self.assert_lines_alone(written)
            terminal.close()

    def test_asks_in_lines_where_the_user_wants_lines(self):
        self.configure(everywhere=f"{ALL}plain = true\n")
        terminal, written = self.plain()
        terminal.press("3", "Enter")
        terminal.wait("ready to view", "4 Quit\nNumber and Enter:")
        terminal.press("C-d")
        terminal.wait("ended with 0")
        self.assert_lines_alone(written)

    def test_watches_and_reconnects_with_lines_alone(self):
        self.players()
        host, ticket = self.host()
        viewer, written = self.plain("env", "TERM=dumb", WAYLAND_DISPLAY="nowhere")
        viewer.press("2", "Enter")
        viewer.wait("Paste your friend's ticket")
        viewer.paste(ticket)
        viewer.press("Enter")
        viewer.wait("1 mpv", "2 VLC")
        viewer.press("1", "Enter")
        host.wait("viewers: 1 of 2", "direct")
        os.kill(self.player(), signal.SIGTERM)
        viewer.wait("ended: the player was closed", "5 Reconnect", "Enter alone is 5:")
        host.wait("nobody watches")
        viewer.press("Enter")
        host.wait("viewers: 1 of 2", "direct")
        viewer.press("C-c")
        viewer.wait("ended: interrupted", "Enter alone is 5:")
        host.wait("nobody watches")
        viewer.press("C-c")
        viewer.wait("ended with 130")
        self.assert_lines_alone(written)

    def test_prints_the_help_in_the_background(self):
        terminal = Terminal(self)
        terminal.type("bash", "-c", f"set -m; {program()} --config {self.settings} & wait")
        terminal.wait("interrupted", PROMPT.strip())
        self.assertEqual(terminal.state(), "0 1")
