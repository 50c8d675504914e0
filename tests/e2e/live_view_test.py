"""The host's live view, with the keys and the screen of a terminal in tmux."""

import os
import re
import signal
import stat

import qr_code
from control_test import reply_code
from processes import until
from support import REFUSED, EndToEnd, program
from terminals import PROMPT, Terminal

HOST = ("host", "--source", "test", "--size", "320x180", "--bitrate", "300k", "--bind", "127.0.0.1:0")


class LiveViewTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.runtime = self.folder / "run"
        self.runtime.mkdir(mode=0o700)

    def environment(self, **changes):
        return super().environment(**{"XDG_RUNTIME_DIR": self.runtime, "NO_COLOR": None, "SSH_CONNECTION": None,
                                      "SSH_TTY": None, **changes})

    def live(self, *arguments, first=(), sound="none", **environment):
        """A terminal with a host that shares; `first`: a command before it."""
        terminal = Terminal(self, **environment)
        terminal.before = terminal.modes()
        terminal.type("echo", "what was there before")
        if first:
            terminal.type(*first)
        terminal.type(program(), *HOST, "--audio", sound, *arguments)
        terminal.wait("ticket, for your friend", "nobody watches yet", "q quit")
        return terminal

    def ticket(self):
        return self.run_pixelpass("ticket").stdout.strip()

    def host_pid(self):
        (found,) = (self.runtime / "pixelpass").glob("*.sock")
        return int(found.stem)

    def assert_given_back(self, terminal, *says):
        terminal.wait("what was there before", *says, without=("nobody watches yet",))
        until(lambda: terminal.state() == "0 1", "the usual screen, with a cursor")
        until(lambda: terminal.modes() == terminal.before, "the modes that it had")

    def test_shows_who_watches_and_kicks_them_with_a_key(self):
        terminal = self.live()
        self.assertIn(self.ticket(), terminal.screen().replace("\n", ""))
        viewer = self.view(self.ticket(), "--name", "Ben")
        viewer.wait_pictures()
        text = terminal.wait("viewers: 1 of 2", "Ben", "127.0.0.1", "direct", "0:0")
        self.assertIn("pixelpass shares test 320x180", text)
        terminal.press("k")
        terminal.wait("Send viewer 1 (Ben) away for good?")
        terminal.press("y")
        self.assert_exit(viewer, REFUSED)
        terminal.wait("nobody watches yet", "viewer 1 (Ben) left: kicked")
        terminal.press("q")
        self.assert_given_back(terminal, "ended: the host has ended it")

    def test_an_arrow_chooses_who_is_sent_away(self):
        terminal = self.live()
        viewers = []
        for number, name in enumerate(("Ann", "Ben"), 1):
            viewers.append(self.view(self.ticket(), "--name", name))
            terminal.wait(f"{number} {name}")
        terminal.wait(">1 Ann")
        terminal.press("Down")
        terminal.wait(">2 Ben", without=(">1",))
        terminal.press("k")
        terminal.wait("Send viewer 2 (Ben) away for good?")
        terminal.press("y")
        self.assert_exit(viewers[1], REFUSED)
        terminal.wait("viewers: 1 of 2", ">1 Ann")
        viewers[0].wait_pictures(after=viewers[0].mark())

    def test_a_new_ticket_asks_what_becomes_of_who_watches(self):
        terminal = self.live()
        viewer = self.view(self.ticket())
        viewer.wait_pictures()
        for answer in "sg":
            old = self.ticket()
            terminal.press("n")
            terminal.wait("stay")
            terminal.press(answer)
            until(lambda old=old: self.ticket() != old, "another ticket")
            if answer == "s":
                viewer.wait_pictures(after=viewer.mark())
        self.assert_exit(viewer, REFUSED)
        terminal.wait("nobody watches yet")

    def test_a_key_pauses_and_goes_on(self):
        terminal = self.live()
        viewer = self.view(self.ticket())
        viewer.wait_pictures()
        terminal.press("p")
        terminal.wait("paused (on request)", "p go on")
        terminal.press("p")
        terminal.wait("p pause", without=("paused (",))
        viewer.wait_pictures(after=viewer.mark())

    def test_colours_are_left_out_where_none_are_wanted(self):
        for environment, wanted in (({}, True), ({"NO_COLOR": "1"}, False)):
            with self.subTest(environment=environment):
                terminal = Terminal(self, **environment)
                log = terminal.log()
                terminal.type(program(), *HOST, "--audio", "none")
                terminal.wait("nobody watches yet", "q quit")
                terminal.press("l")
                terminal.wait("LOCKED")
                attributes = re.findall(r"\x1b\[([0-9;]*)m", log.read_text(encoding="utf-8"))
                colours = [one for one in attributes if re.search(r"(^|;)(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;|$)", one)]
                self.assertEqual(bool(colours), wanted, attributes)
                terminal.press("q")
                terminal.wait(PROMPT.strip(), without=("nobody watches yet",))
                terminal.close()

    def test_keys_do_what_commands_do_and_shows_what_commands_have_done(self):
        terminal = self.live()
        terminal.press("l")
        terminal.wait("LOCKED", "l unlock")
        self.assertEqual(self.run_pixelpass("unlock").returncode, 0)
        terminal.wait("l lock", without=("LOCKED",))
        terminal.press("b", "2", "M", "Enter")
        terminal.wait("of 2.0 Mbit/s")
        terminal.press("b")
        terminal.press(*"fixed:800k", "Enter")
        terminal.wait("fixed at 800 kbit/s")
        old = self.ticket()
        terminal.press("n")
        terminal.wait("a new ticket")
        self.assertNotEqual(self.ticket(), old)
        self.assertIn(self.ticket(), terminal.screen().replace("\n", ""))
        terminal.paste(reply_code(self.ticket(), "192.0.2.17", 41234))
        terminal.wait("reply code taken; trying to get through to 192.0.2.17:41234")

    def test_shows_how_loud_the_sound_is_and_silence_at_once_when_it_is_muted(self):
        terminal = self.live(sound="auto")
        viewer = self.view(self.ticket())
        viewer.wait_pictures()
        terminal.wait("sound: test", "\u25ae\u25af", " dB")
        apart = re.compile(r"kbit/s of 300 kbit/s .*\nsound: test .* dB  \d+ kbit/s\n")
        until(lambda: apart.search(terminal.screen()), "the sound's bitrate, apart from the picture's and its cap")
        terminal.press("m")
        terminal.wait("silence", "MUTED", without=("\u25ae", " dB"))
        terminal.press("m")
        terminal.wait(" dB", "\u25ae\u25af")

    def test_fits_the_window_whatever_its_size(self):
        terminal = self.live()
        terminal.resize(40, 12)
        terminal.wait("ticket (c copies it): pp1", "nobody watches yet", "quit", without=("for your friend",))
        terminal.resize(15, 3)
        terminal.wait("pixelpass: 0 wa", without=("nobody",))
        terminal.resize(100, 30)
        terminal.wait("ticket, for your friend", "q quit")
        terminal.press("C-c")
        self.assert_given_back(terminal)

    def test_gives_the_terminal_to_the_shell_while_it_is_stopped(self):
        terminal = self.live()
        terminal.press("C-z")
        self.assert_given_back(terminal, "Stopped")
        self.assertEqual(terminal.state(), "0 1")
        terminal.type("fg")
        terminal.wait("ticket, for your friend", "q quit", without=("what was there before",))
        self.assertEqual(terminal.state(), "1 0")
        terminal.press("q")
        self.assert_given_back(terminal)

    def test_gives_the_terminal_back_when_it_is_killed(self):
        terminal = self.live()
        os.kill(self.host_pid(), signal.SIGKILL)
        self.assert_given_back(terminal)

    def test_gives_the_terminal_back_when_it_crashes(self):
        terminal = self.live()
        os.kill(self.host_pid(), signal.SIGSEGV)
        self.assert_given_back(terminal)

    def test_shows_the_log_within_itself_and_again_at_its_end(self):
        terminal = self.live("--log-level", "debug")
        viewer = self.view(self.ticket(), "--name", "Ben")
        viewer.wait_pictures()
        text = terminal.wait("debug", '"viewer_joined"', "viewers: 1 of 2", without=("what was there before",))
        self.assertTrue(text.startswith("pixelpass shares test"), text)
        self.assertIn("q quit", text.strip().splitlines()[-1])
        terminal.press("q")
        terminal.wait('"viewer_joined"', "ended: the host has ended it", PROMPT.strip())
        self.assertEqual(terminal.modes(), terminal.before)

    def test_shows_what_libraries_write_by_themselves_within_itself(self):
        terminal = self.live()
        with open(f"/proc/{self.host_pid()}/fd/2", "w", encoding="utf-8") as standard_error:
            standard_error.write("a library's word\n" * 3)
        text = terminal.wait("a library's word", "nobody watches yet")
        self.assertTrue(text.startswith("pixelpass: paused"), text)
        os.kill(self.host_pid(), signal.SIGSTOP)  # it reads nothing any more
        with open(f"/proc/{self.host_pid()}/fd/2", "w", encoding="utf-8") as standard_error:
            standard_error.write("an assertion's last words\n")
        os.kill(self.host_pid(), signal.SIGKILL)
        self.assert_given_back(terminal, "an assertion's last words")

    def test_copies_the_ticket_and_says_how(self):
        tools = self.folder / "tools"
        tools.mkdir()
        copied = self.folder / "copied"
        for name, script in (("wl-copy", "exit 1"), ("xclip", f"cat >{copied}")):
            path = tools / name
            path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            path.chmod(stat.S_IRWXU)
        terminal = self.live(PATH=f"{tools}:{os.environ['PATH']}", WAYLAND_DISPLAY="nowhere", DISPLAY=":nowhere")
        terminal.press("c")
        terminal.wait("ticket copied to the clipboard (xclip)")
        self.assertEqual(copied.read_text(encoding="utf-8"), self.ticket())

    def test_gives_the_ticket_to_the_terminal_where_nothing_else_takes_it(self):
        terminal = self.live(first=("unset", "TMUX"))
        terminal.allow_clipboard()
        terminal.press("c")
        terminal.wait("OSC 52")
        self.assertEqual(until(terminal.clipboard, "the terminal's clipboard"), self.ticket())

    def test_gives_the_ticket_to_tmux_which_lets_no_program_through_to_its_terminal(self):
        terminal = self.live()
        terminal.press("c")
        terminal.wait("copied to the clipboard (tmux)")
        self.assertEqual(until(terminal.clipboard, "tmux's buffer"), self.ticket())

    def test_a_camera_reads_the_ticket_off_the_qr_code_and_gets_in_with_it(self):
        terminal = self.live("--no-web")
        terminal.press("t")
        terminal.wait("any key goes back", without=("q quit", "a phone's camera"))
        link = qr_code.read(self, terminal.screen())
        self.assertEqual(link.lower(), f"pixelpass://{self.ticket()}")
        self.view(link).wait_pictures()

    def test_a_camera_reads_the_browsers_link_off_the_qr_code(self):
        terminal = self.live()
        terminal.press("w")
        terminal.wait("link copied")
        link = terminal.clipboard()
        terminal.press("t")
        terminal.wait("a phone's camera opens it", without=("q quit",))
        page, ticket = qr_code.read(self, terminal.screen()).split("#")
        self.assertEqual([page, ticket.lower()], link.split("#"))  # a ticket's case says nothing
        self.assertEqual(ticket.lower(), self.ticket())

    def test_prints_lines_where_those_serve_better(self):
        for arguments, environment in ((("--plain",), {}), ((), {"TERM": "dumb"}), ((), {"LC_ALL": "C"})):
            with self.subTest(arguments=arguments, environment=environment):
                terminal = Terminal(self)
                terminal.type("env", *(f"{name}={value}" for name, value in environment.items()), program(), *HOST,
                              *arguments)
                terminal.wait("Send this line to your friend", "pixelpass pp1")
                self.assertEqual(terminal.state(), "0 1")
                terminal.press("C-c")
                terminal.wait("ended: interrupted", PROMPT.strip())
                terminal.close()
