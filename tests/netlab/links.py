"""Lines that delay, lose and limit: emulator/main.cpp between two machines, and what it is told."""

import os
import subprocess
import unittest
import zlib

from processes import Lines

COUNTERS = ("sent", "arrived", "lost", "overflowed", "too_large")


class Link(Lines):
    """From `ab`'s start to its end, and back (`ba`)."""

    @classmethod
    def between(cls, test, node, device, other_node, other_device):
        """Ended with the test. What is lost is the same in each run of one test."""
        if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
            raise unittest.SkipTest("no /dev/net/tun that we may open: run as root, where the kernel has TUN")
        seed = zlib.crc32(f"{test.id()} {node}".encode())
        ends = [f"/run/netns/{node}", device, f"/run/netns/{other_node}", other_device]
        link = test.start(cls, [os.environ["PIXELPASS_LINK_EMULATOR"], seed, *ends], stdin=subprocess.PIPE)
        link._answer(0)
        return link

    def set(self, *words):
        """`delay=20 ab:loss=3`: from now on. Times in ms, shares in percent, rates in Mbit/s, sizes in bytes."""
        answer = self._ask(" ".join(words))
        assert answer == "ok", answer

    def counters(self):
        """Frames so far: {"ab": {…}, "ba": {…}}."""
        counts = [int(word) for word in self._ask("counters").split()]
        half = len(COUNTERS)
        return {"ab": dict(zip(COUNTERS, counts[:half])), "ba": dict(zip(COUNTERS, counts[half:]))}

    def _ask(self, command):
        at = len(self.lines)
        self._process.stdin.write(f"{command}\n".encode())
        self._process.stdin.flush()
        return self._answer(at)

    def _answer(self, at):
        return self.wait_line(lambda line: line, after=at)

    def clean_up(self):
        self._process.stdin.close()
        super().clean_up()
