"""Processes of a test: always ended, read without blocking, awaited by what they say."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time

# Far above what anything here takes, also on a busy machine: a deadline ends a hang, it measures nothing.
DEADLINE = 40.0
# How often a condition is looked at that nobody announces (a file that grows, a player's position).
POLL = 0.05
# Of util-linux, which is everywhere; by its path, as tests change PATH.
SETPRIV = shutil.which("setpriv") or "/usr/bin/setpriv"


class Timeout(AssertionError):
    pass


def until(condition, what, deadline=DEADLINE):
    """The first true value of condition()."""
    ends = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= ends:
            raise Timeout(f"not within {deadline:g} s: {what}")
        time.sleep(POLL)


class Process:
    """A program in a process group of its own, which dies with us in whatever way we die."""

    def __init__(self, command, stderr, stdout=subprocess.PIPE, **popen):
        self.command = command
        self.stderr_path = stderr
        with open(stderr, "wb") as errors:
            self._process = subprocess.Popen(
                [SETPRIV, "--pdeathsig", "KILL", *command],
                stdout=stdout,
                stderr=errors,
                stdin=popen.pop("stdin", subprocess.DEVNULL),
                start_new_session=True,
                **popen,
            )

    @property
    def stdout(self):
        return self._process.stdout

    @property
    def pid(self):
        return self._process.pid

    def running(self):
        return self._process.poll() is None

    def stderr(self):
        with open(self.stderr_path, encoding="utf-8", errors="replace") as errors:
            return errors.read()

    def signal(self, number):
        self._process.send_signal(number)

    def exit_code(self, deadline=DEADLINE):
        """Waits for its end."""
        try:
            return self._process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise Timeout(f"still runs after {deadline:g} s: {self.story()}") from None

    def story(self):
        """What a person needs to see why a test failed."""
        return f"{' '.join(self.command)}\nstderr:\n{self.stderr()[-4000:]}"

    def clean_up(self):
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


class Lines(Process):
    """Its standard output, line by line."""

    def __init__(self, command, stderr, **popen):
        super().__init__(command, stderr, **popen)
        self.lines = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.stdout:
            with self._changed:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_line(self, found, after=0, deadline=DEADLINE):
        """The first of found(line) that is true, from line number `after` on."""
        ends = time.monotonic() + deadline
        with self._changed:
            at = after
            while True:
                for line in self.lines[at:]:
                    at += 1
                    value = found(line)
                    if value:
                        return value
                if self._ended:
                    raise AssertionError(f"ended without the line that was awaited: {self.story()}")
                if not self._changed.wait(max(0.0, ends - time.monotonic())) and time.monotonic() >= ends:
                    raise Timeout(f"the awaited line did not come in {deadline:g} s: {self.story()}")

    def all_lines(self):
        """Waits for the end of its output."""
        self._reader.join(DEADLINE)
        assert not self._reader.is_alive(), f"its output does not end: {self.story()}"
        return self.lines

    def story(self):
        lines = self.lines if len(self.lines) <= 60 else [*self.lines[:20], "[…]", *self.lines[-40:]]
        return super().story() + "\nstdout:\n" + "\n".join(lines)

    def clean_up(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._reader.join(DEADLINE)
        super().clean_up()


class Pixelpass(Lines):
    """A pixelpass with --json."""

    def mark(self):
        """For `after`: only what comes from now on."""
        return len(self.lines)

    def wait(self, event, where=lambda _: True, after=0, deadline=DEADLINE):
        def found(line):
            said = json.loads(line)
            return said if said["event"] == event and where(said) else None

        try:
            return self.wait_line(found, after, deadline)
        except AssertionError as failure:
            raise type(failure)(f"no event {event!r}: {failure}") from None

    def wait_stats(self, count, where=lambda _: True, after=None):
        """`count` statistics in all for which `where` holds; the last one."""
        at = self.mark() if after is None else after
        seen = []
        return self.wait("stats", lambda e: where(e) and (seen.append(e) or len(seen) == count), at)

    def events(self, event=None):
        """Of those that have come."""
        said = [json.loads(line) for line in list(self.lines)]
        return [one for one in said if event in (None, one["event"])]

    def ticket(self):
        return self.wait("ticket")["ticket"]

    def url(self):
        return self.wait("endpoint")["url"]

    def wait_pictures(self, after=None):
        """Pictures flow: two seconds in a row with a good part of the rate."""
        return self.wait_stats(2, lambda e: e["fps"] > 15, after)
