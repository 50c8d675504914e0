"""Nobody reads what the program says: a pipe that is full, a terminal that stands still."""

import fcntl
import os
import pty
import signal
import subprocess
import termios

from support import DONE, INTERRUPTED, EndToEnd, program

# The promise is two seconds; a machine with other things to do gets a few more.
PROMPT = 6.0
# So that the events of a second or two are more than fits.
SMALL_PIPE = 4096


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
