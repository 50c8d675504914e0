"""A viewer whose network fails, in network namespaces of the test's own."""

import os
import shutil
import signal
import subprocess
import unittest

import media
from support import INTERRUPTED, EndToEnd, needs

HOST_ADDRESS = "10.231.77.1"
VIEWER_ADDRESS, OTHER_ADDRESS = "10.231.77.2", "10.231.77.3"


class Network(EndToEnd):
    def setUp(self):
        super().setUp()
        needs("ip", "iproute2")
        if os.geteuid() != 0:
            raise unittest.SkipTest("network namespaces need root: sudo, or a container that may make them")
        self.host_side, self.viewer_side = (f"pixelpass-{side}-{os.getpid()}" for side in ("host", "viewer"))
        for namespace in (self.host_side, self.viewer_side):
            command = ["ip", "netns", "add", namespace]
            made = subprocess.run(command, capture_output=True, text=True, check=False)
            if made.returncode != 0:
                why = made.stderr.strip()
                raise unittest.SkipTest(f"no network namespaces here: {why}; run with CAP_SYS_ADMIN")
            self.addCleanup(subprocess.run, ["ip", "netns", "delete", namespace], check=True)
        self.connect()

    def ip(self, *arguments, side=None):
        inside = ["-n", side] if side else []
        subprocess.run(["ip", *inside, *arguments], check=True)

    def connect(self):
        """host0 in one namespace and viewer0 in the other are the two ends of one line."""
        self.ip("link", "add", "host0", "netns", self.host_side, "type", "veth",
                "peer", "name", "viewer0", "netns", self.viewer_side)
        for side, device, address in ((self.host_side, "host0", HOST_ADDRESS),
                                      (self.viewer_side, "viewer0", VIEWER_ADDRESS)):
            self.ip("address", "add", f"{address}/24", "dev", device, side=side)
            self.ip("link", "set", "lo", "up", side=side)
            self.ip("link", "set", device, "up", side=side)

    def inside(self, side):
        return (shutil.which("ip"), "netns", "exec", side)

    def watch(self):
        host = self.pixelpass("host", "--source", "test", "--bind", f"{HOST_ADDRESS}:0",
                              prefix=self.inside(self.host_side))
        self.recording = self.folder / "recording.ts"
        viewer = self.pixelpass("view", "--player", "none", "--record", self.recording, host.ticket(),
                                prefix=self.inside(self.viewer_side))
        viewer.wait_pictures()
        return host, viewer

    def assert_goes_on(self, viewer):
        """And what was recorded is whole: groups are missing, never parts of one."""
        # The first may still tell of the time before.
        viewer.wait_stats(1, after=viewer.mark())
        viewer.wait_pictures(after=viewer.mark())
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)
        self.assertEqual(media.complaints(self.recording), "")

    def test_a_viewer_whose_network_drops_reconnects_and_goes_on(self):
        _, viewer = self.watch()
        at = viewer.mark()
        self.ip("link", "set", "viewer0", "down", side=self.viewer_side)
        viewer.wait("reconnecting", after=at)
        viewer.wait_stats(2, lambda e: e["fps"] == 0)
        self.ip("link", "set", "viewer0", "up", side=self.viewer_side)
        viewer.wait("connected", after=at)
        self.assert_goes_on(viewer)

    def test_a_viewer_whose_address_changes_goes_on(self):
        _, viewer = self.watch()
        self.change_address()
        self.assert_goes_on(viewer)

    def test_a_viewer_that_comes_back_with_another_address_after_a_drop_goes_on(self):
        host, viewer = self.watch()
        at = viewer.mark()
        self.ip("link", "set", "viewer0", "down", side=self.viewer_side)
        viewer.wait("reconnecting", after=at)
        self.change_address()
        self.ip("link", "set", "viewer0", "up", side=self.viewer_side)
        viewer.wait("connected", after=at)
        # It is the same viewer: it has not taken a second place.
        viewer.wait_pictures(after=viewer.mark())
        self.assertEqual(len(host.wait_stats(1, lambda e: e["viewers"])["viewers"]), 1)
        self.assert_goes_on(viewer)

    def test_a_host_whose_network_drops_goes_on_sharing_to_its_viewer(self):
        _, viewer = self.watch()
        at = viewer.mark()
        self.ip("link", "set", "host0", "down", side=self.host_side)
        viewer.wait("reconnecting", after=at)
        self.ip("link", "set", "host0", "up", side=self.host_side)
        viewer.wait("connected", after=at)
        self.assert_goes_on(viewer)

    def change_address(self):
        """From now on what goes to the old one is lost."""
        self.ip("address", "flush", "dev", "viewer0", side=self.viewer_side)
        self.ip("address", "add", f"{OTHER_ADDRESS}/24", "dev", "viewer0", side=self.viewer_side)
