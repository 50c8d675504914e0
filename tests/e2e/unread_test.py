"""Nobody reads what the program says: a pipe that is full, a terminal that stands still."""

import fcntl
import os
import pty
import signal
import re
import select
import socket
import struct
import subprocess
import termios
import threading

from processes import until
from support import COULD_NOT_START, DONE, INTERRUPTED, PROMPT, EndToEnd, program

# So that the events of a second or two are more than fits.
SMALL_PIPE = 4096

# linux/fcntl.h. Python 3.9 has no names for them.
F_ADD_SEALS, F_SEAL_WRITE = 1033, 8


CTRL_S, CTRL_Q = b"\x13", b"\x11"


class Terminal:
    """One with a person before it, who types and reads."""

    def __init__(self):
        self._person, self.line = pty.openpty()
        self._shown = b""
        self._reader = threading.Thread(target=self._read, daemon=True)

    def type(self, keys):
        os.write(self._person, keys)

    def fill(self):
        """Takes nothing more until somebody reads."""
        other = os.open(os.ttyname(self.line), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            while True:
                os.write(other, b"filled\n" * 100)
        except BlockingIOError:
            pass
        os.close(other)

    def read(self):
        """From now on."""
        self._reader.start()
        return self

    def _read(self):
        while True:
            try:
                self._shown += os.read(self._person, 4096)
            except OSError:  # nobody has it open any more
                return

    def shown(self):
        return self._shown.decode("utf-8", "replace").replace("\r", "")

    def wait(self, pattern):
        return until(lambda: re.search(pattern, self.shown()), f"{pattern} in {self.shown()!r}").group()

    def end(self):
        """All that it has shown, once the last program has left it."""
        self.hang_up()
        self._reader.join(PROMPT)
        return self.shown()

    def hang_up(self):
        if self.line >= 0:
            os.close(self.line)
        self.line = -1

    def close(self):
        self.hang_up()
        if self._person >= 0:
            os.close(self._person)
        self._person = -1


class Unread(EndToEnd):
    def full_pipe(self):
        """The writing end of a pipe that takes nothing more."""
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        self.addCleanup(os.close, write_end)
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, SMALL_PIPE)
        os.set_blocking(write_end, False)
        try:
            while True:
                os.write(write_end, b"x" * SMALL_PIPE)
        except BlockingIOError:
            pass
        os.set_blocking(write_end, True)
        return write_end

    def reset_socket(self):
        """A connection whose other end has thrown it away, which the next who writes is told."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            ours = socket.create_connection(server.getsockname())
            reader, _ = server.accept()
        self.addCleanup(ours.close)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        reader.close()
        poll = select.poll()
        poll.register(ours, 0)
        until(lambda: poll.poll(100), "a reset")
        return ours

    def stopped_terminal(self):
        """A terminal in which somebody has typed Ctrl-S."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        termios.tcflow(slave, termios.TCOOFF)
        return slave

    def run_for_people(self, stderr, *arguments):
        """Its standard output is read; its log would fill any pipe in a second."""
        command = [program(), *arguments, "--log-level", "trace"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env=self.environment())
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def terminal(self):
        terminal = Terminal()
        self.addCleanup(terminal.close)
        return terminal

    def host_on(self, terminal):
        """For people, on this terminal; and a viewer who sees its pictures."""
        host = self.run_for_people(terminal.line, "host", "--source", "test", "--bind", "127.0.0.1:0")
        viewer = self.view(host.stdout.readline().decode().strip())
        viewer.wait_pictures(after=viewer.mark())
        return host, viewer

    def assert_ends(self, host, terminal):
        """And its last line is the last one on the terminal."""
        host.send_signal(signal.SIGTERM)
        self.assertEqual(host.wait(PROMPT), INTERRUPTED)
        lines = terminal.end().strip().split("\n")
        self.assertEqual(lines[-1], "ended: interrupted")

    def assert_in_order(self, shown, *patterns):
        places = [re.search(pattern, shown).start() for pattern in patterns]
        self.assertEqual(places, sorted(places), shown)

    def come_and_go(self, viewer, number):
        """Another one, for a second."""
        guest = self.view(viewer_ticket(viewer), "--name", f"guest{number}", "--seconds", "1")
        self.assert_exit(guest, DONE)

    def test_ctrl_s_stops_the_lines_and_no_picture_and_ctrl_q_brings_all_that_was_said(self):
        terminal = self.terminal().read()
        host, viewer = self.host_on(terminal)
        terminal.wait(r"viewer 1 .*joined.*\n")
        terminal.type(CTRL_S)
        self.come_and_go(viewer, 2)
        # What was under way when it was typed is there by now.
        before = terminal.shown()
        self.assertNotIn("viewer 2", before)
        self.come_and_go(viewer, 3)
        viewer.wait_pictures(after=viewer.mark())
        self.assertEqual(terminal.shown(), before)
        terminal.type(CTRL_Q)
        terminal.wait(r"viewer 3 .*left")
        joined_and_left = [rf"\nviewer {number} .*{what}" for number in (2, 3) for what in ("joined", "left")]
        self.assert_in_order(terminal.shown(), "sharing", "viewer 1 .*joined", *joined_and_left)
        self.assert_ends(host, terminal)

    def test_what_is_said_to_a_terminal_that_nobody_reads_is_there_when_somebody_does(self):
        terminal = self.terminal()
        terminal.fill()
        host, viewer = self.host_on(terminal)
        viewer.wait_pictures(after=viewer.mark())
        terminal.read().wait("viewer 1 .*joined")
        self.assert_in_order(terminal.shown(), "filled", r"\n  pixelpass pp1", r"\nsharing", r"\nviewer 1 .*joined")
        self.assert_ends(host, terminal)

    def test_a_host_goes_on_and_ends_when_its_terminal_has_gone(self):
        terminal = self.terminal()
        host, viewer = self.host_on(terminal)
        terminal.close()
        self.assert_exit(self.view(viewer_ticket(viewer), "--seconds", "1"), DONE)
        viewer.wait_pictures(after=viewer.mark())
        host.send_signal(signal.SIGTERM)
        self.assertEqual(host.wait(PROMPT), INTERRUPTED)

    def assert_host_goes_on(self, stderr):
        host = self.run_for_people(stderr, "host", "--source", "test", "--bind", "127.0.0.1:0")
        viewer = self.view(host.stdout.readline().decode().strip())
        viewer.wait("first_frame")
        viewer.wait_pictures(after=viewer.mark())
        # Somebody who joins is worth a line, which has to wait now.
        self.view(viewer_ticket(viewer)).wait("first_frame")
        viewer.wait_pictures(after=viewer.mark())
        host.send_signal(signal.SIGTERM)
        self.assertEqual(host.wait(PROMPT), INTERRUPTED)
        self.assertEqual(viewer.exit_code(PROMPT), DONE, viewer.story())

    def test_a_host_goes_on_and_ends_when_its_standard_error_is_full(self):
        self.assert_host_goes_on(self.full_pipe())

    def test_a_host_goes_on_and_ends_when_its_terminal_stands_still(self):
        self.assert_host_goes_on(self.stopped_terminal())

    def test_a_viewer_goes_on_and_ends_when_its_standard_error_is_full(self):
        host = self.host()
        command = ["view", "--player", "none", "--stdout", host.ticket()]
        viewer = self.run_for_people(self.full_pipe(), *command)
        for _ in range(20):
            self.assertEqual(len(viewer.stdout.read(100_000)), 100_000)
        viewer.send_signal(signal.SIGTERM)
        self.assertEqual(viewer.wait(PROMPT), INTERRUPTED)
        self.assert_says(host.wait("viewer_left", deadline=PROMPT)["reason"], "interrupted")

    def broken_file(self):
        """One that takes nothing, and never will: as on a disk with errors."""
        file = os.memfd_create("broken", os.MFD_ALLOW_SEALING)
        self.addCleanup(os.close, file)
        fcntl.fcntl(file, F_ADD_SEALS, F_SEAL_WRITE)
        return file

    def full_disk(self):
        full = open("/dev/full", "wb")
        self.addCleanup(full.close)
        return full

    def run_into(self, stdout, *command):
        return subprocess.run([program(), *command], stdout=stdout, stderr=subprocess.PIPE, text=True,
                              env=self.environment(), timeout=2 + PROMPT)

    def test_what_a_full_disk_never_takes_of_a_host_ends_nothing_but_is_no_success(self):
        command = ["host", "--source", "test", "--bind", "127.0.0.1:0", "--seconds", "2"]
        for form in ([], ["--json"]):
            with self.subTest(form):
                host = self.run_into(self.full_disk(), *form, *command)
                self.assertEqual(host.stderr.count("standard output cannot be written: No space left"), 1, host.stderr)
                self.assertEqual(host.stderr.count("what belongs on standard output is lost"), 1, host.stderr)
                self.assertEqual(host.returncode, COULD_NOT_START)

    def test_an_answer_that_a_full_disk_does_not_take_is_no_success(self):
        host = self.host("--audio", "none")
        host.ticket()
        for command in (["status", "--host", str(host.pid)], ["config"], ["--help"]):
            with self.subTest(command[0]):
                asked = self.run_into(self.full_disk(), *command)
                self.assertIn("No space left", asked.stderr)
                self.assertEqual(asked.returncode, COULD_NOT_START)

    def test_what_a_broken_disk_does_not_take_is_no_success(self):
        host = self.host("--audio", "none")
        ticket = host.ticket()
        for command in (["status", "--host", str(host.pid)], ["config"], ["--help"],
                        ["view", "--player", "none", "--json", "--seconds", "1", ticket],
                        ["view", "--player", "none", "--stdout", "--seconds", "1", ticket]):
            with self.subTest(command):
                asked = self.run_into(self.broken_file(), *command)
                self.assertIn("Operation not permitted", asked.stderr)
                self.assertEqual(asked.returncode, COULD_NOT_START, asked.stderr)

    def test_a_socket_that_was_reset_is_a_reader_who_has_had_enough(self):
        host = self.host("--audio", "none")
        asked = (["--help"], ["config"], ["status", "--host", str(host.pid)],
                 ["view", "--player", "none", "--stdout", host.ticket()])
        for command in asked:
            with self.subTest(command[0]):
                process = subprocess.run([program(), *command], stdout=self.reset_socket(), stderr=subprocess.PIPE,
                                         text=True, env=self.environment(), timeout=60)
                self.assertEqual(process.returncode, DONE, process.stderr)
                self.assertNotIn("pixelpass: ", process.stderr)

    def test_a_host_whose_json_is_not_read_ends_when_its_time_is_up(self):
        command = [program(), "--json", "--log-level", "trace", "host", "--source", "test", "--bind", "127.0.0.1:0"]
        full = self.full_pipe()
        process = subprocess.Popen([*command, "--seconds", "2"], stdout=full, stderr=full, env=self.environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.wait(2 + PROMPT), DONE)


def viewer_ticket(viewer):
    """What it was started with."""
    return next(word for word in viewer.command if word.startswith("pp1"))
