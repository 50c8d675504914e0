"""Network namespaces of a test's own: a host's network, a viewer's, and what is between them."""

import os
import shutil
import subprocess
import unittest

from support import EndToEnd, needs


class Namespaces(EndToEnd):
    """One for each side; connect() makes the line between them."""

    SIDES = ("host", "viewer")

    def setUp(self):
        super().setUp()
        needs("ip", "iproute2")
        if os.geteuid() != 0:
            raise unittest.SkipTest("network namespaces need root: sudo, or a container that may make them")
        namespaces = [f"pixelpass-{side}-{os.getpid()}" for side in self.SIDES]
        self.host_side, self.viewer_side = namespaces[:2]
        for namespace in namespaces:
            command = ["ip", "netns", "add", namespace]
            made = subprocess.run(command, capture_output=True, text=True, check=False)
            if made.returncode != 0:
                why = made.stderr.strip()
                raise unittest.SkipTest(f"no network namespaces here: {why}; run with CAP_SYS_ADMIN")
            self.addCleanup(subprocess.run, ["ip", "netns", "delete", namespace], check=True)
            self.ip("link", "set", "lo", "up", side=namespace)
        self.namespaces = namespaces
        self.connect()

    def ip(self, *arguments, side=None):
        inside = ["-n", side] if side else []
        subprocess.run(["ip", *inside, *arguments], check=True)

    def link(self, side, device, address, other_side, other_device, other_address):
        """The two devices are the two ends of one line."""
        self.ip("link", "add", device, "netns", side, "type", "veth", "peer", "name", other_device, "netns", other_side)
        for end, name, own in ((side, device, address), (other_side, other_device, other_address)):
            self.ip("address", "add", own if "/" in own else f"{own}/24", "dev", name, side=end)
            self.ip("link", "set", name, "up", side=end)

    def inside(self, side):
        return (shutil.which("ip"), "netns", "exec", side)
