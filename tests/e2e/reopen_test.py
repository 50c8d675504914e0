"""A viewer's player that was closed or has failed: the viewer asks at its terminal, in tmux, whether to open it again."""

import os
import signal
import stat

from processes import until
from support import EndToEnd, program
from terminals import PROMPT, Terminal

QUESTION = "press Enter to open it again, or q and Enter to end"


class Reopen(EndToEnd):
    def setUp(self):
        super().setUp()
        tools = self.folder / "tools"
        tools.mkdir()
        self.path = f"{tools}:{os.environ['PATH']}"
        self.playing = self.folder / "playing"
        mpv = tools / "mpv"
        mpv.write_text("#!/bin/sh\ntrap 'kill $!; exit 0' TERM; trap 'kill $!; exit 2' USR1; sleep 600 &\n"
                       f"echo $$ >{self.playing}.new; mv {self.playing}.new {self.playing}; wait\n", encoding="utf-8")
        mpv.chmod(stat.S_IRWXU)

    def watch(self, *arguments):
        host = super().host("--size", "320x180", "--audio", "none")
        terminal = Terminal(self, PATH=self.path, WAYLAND_DISPLAY="nowhere")
        terminal.type(program(), "view", "--player", "mpv", *arguments, host.ticket())
        return terminal, host

    def end_player(self, number):
        until(self.playing.exists, "a player")
        player = int(self.playing.read_text(encoding="utf-8"))
        self.playing.unlink()
        os.kill(player, number)

    def test_opens_a_closed_player_again_over_the_same_connection(self):
        terminal, host = self.watch()
        terminal.press("Enter")  # before anything was asked
        self.end_player(signal.SIGTERM)
        terminal.wait("the player was closed", QUESTION)
        self.assertFalse(self.playing.exists())
        terminal.press("Enter")
        self.end_player(signal.SIGTERM)
        until(lambda: terminal.screen().count(QUESTION) == 2, "the question once more")
        terminal.press("q", "Enter")
        terminal.wait("ended: the player was closed", PROMPT.strip())
        host.wait("viewer_left")
        self.assertEqual(len(host.events("viewer_joined")), 1)

    def test_says_that_a_player_has_failed_and_opens_another(self):
        terminal, host = self.watch()
        self.end_player(signal.SIGUSR1)
        terminal.wait("the player ended with status 2", QUESTION)
        terminal.press("Enter")
        until(self.playing.exists, "another player")
        terminal.press("C-c")
        terminal.wait("ended: interrupted", PROMPT.strip())

    def test_takes_the_end_of_the_input_for_a_no(self):
        terminal, _ = self.watch()
        self.end_player(signal.SIGTERM)
        terminal.wait(QUESTION, without=(" skipped",))
        terminal.press("C-d")
        terminal.wait("ended: the player was closed", PROMPT.strip())

    def test_ends_with_a_closed_player_where_nobody_can_be_asked(self):
        host = super().host("--size", "320x180", "--audio", "none")
        viewer = self.pixelpass("view", "--player", "mpv", host.ticket(),
                                env=self.environment(PATH=self.path, WAYLAND_DISPLAY="nowhere"))
        self.end_player(signal.SIGTERM)
        self.assertEqual(viewer.wait("ended")["reason"], "the player was closed")
        self.assert_exit(viewer, 0)
