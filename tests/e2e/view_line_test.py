"""The viewer's state in one line of a terminal, in tmux."""

import re
import signal

from processes import until
from support import EndToEnd, program
from terminals import PROMPT, Job, Terminal


class ViewLine(EndToEnd):
    def _watch(self, *arguments, width=80):
        """A terminal with a viewer of a host that is there, and the host."""
        host = self.host("--size", "320x180", "--audio", "none")
        terminal = Terminal(self, width=width)
        terminal.type(program(), "view", "--player", "none", "--name", "Ben", *arguments, host.ticket())
        return terminal, host

    def _states(self, terminal):
        return [line for line in terminal.screen().splitlines() if line.startswith("direct, ")]

    def _is_told_in_order(self, terminal, *beginnings):
        """Among others, each in a later line; and the state once, below all of them."""
        lines = iter(terminal.screen().splitlines())
        return all(any(line.startswith(told) for line in lines) for told in beginnings) and not any(lines)

    def _wait_for_more(self, host):
        """The viewer has had the time to tell of itself some more, as its host does once a second."""
        host.wait_stats(3, lambda stats: stats["viewers"])

    def test_is_written_over_and_gone_at_the_end(self):
        terminal, host = self._watch()
        terminal.wait("first picture after", "bit/s, lag ", " skipped")
        self._wait_for_more(host)
        until(lambda: len(self._states(terminal)) == 1, "one line of state")
        terminal.press("C-c")
        terminal.wait("ended: interrupted", PROMPT.strip(), without=(" skipped",))

    def test_lines_of_the_log_are_above_it_and_not_behind_it(self):
        terminal, host = self._watch("--log-level", "trace", width=200)
        terminal.wait("first picture after", "bit/s, lag ", " skipped")
        self._wait_for_more(host)
        until(lambda: len(self._states(terminal)) == 1, "one line of state")
        shown = terminal.screen().splitlines()
        self.assertTrue([line for line in shown if re.match(r"\d\d:\d\d:\d\d\.", line)], shown)
        self.assertEqual([line for line in shown if re.search(r"\d skipped.*\S", line)], [])

    def test_gives_way_to_why_the_host_is_lost_and_is_back_when_the_host_is(self):
        terminal, host = self._watch(width=200)
        terminal.wait("first picture after", "bit/s, lag ", " skipped")
        host.signal(signal.SIGSTOP)
        self.addCleanup(host.signal, signal.SIGCONT)
        # Of what is not there nothing is said, however long it takes.
        terminal.wait("reconnecting (attempt 1): the host has gone silent", "reconnecting (attempt 3)",
                      without=("bit/s, lag ", " skipped"))
        host.signal(signal.SIGCONT)
        until(lambda: self._is_told_in_order(terminal, "connected to ", "reconnecting (", "connected to ", "direct, "),
              "a second connection and its state")
        until(lambda: len(self._states(terminal)) == 1, "one line of state")

    def test_fits_a_narrow_terminal(self):
        terminal, host = self._watch(width=20)
        terminal.wait("direct, ", without=("lag ",))
        self._wait_for_more(host)
        until(lambda: len(self._states(terminal)) == 1, "one line of state")
        terminal.wait("direct, ", without=("lag ",))

    def test_is_left_out_where_lines_alone_serve_better(self):
        terminal, host = self._watch("--plain")
        terminal.wait("first picture after")
        self._wait_for_more(host)
        terminal.wait("first picture after", without=("skipped", "bit/s"))
        host.signal(signal.SIGINT)
        terminal.wait("ended: ", PROMPT.strip(), without=("skipped", "bit/s"))

    def test_leaves_no_control_sequence_where_none_are_wanted_or_understood(self):
        for words, options in ((("env", "TERM=dumb"), ()), (("env", "TERM="), ()), ((), ("--plain",))):
            with self.subTest(words=words, options=options):
                host = self.host("--size", "320x180", "--audio", "none")
                viewer = Job(self, *words, program(), "view", "--player", "none", *options, host.ticket())
                written = viewer.log()
                viewer.step()
                viewer.wait("first picture after")
                self._wait_for_more(host)
                viewer.press("C-c")
                viewer.wait("ended with 130")
                until(lambda: b"ended with" in written.read_bytes(), "all that was written")
                self.assertNotIn(b"\x1b", written.read_bytes())
                viewer.close()
