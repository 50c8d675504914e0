"""A viewer whose network fails, in network namespaces of the test's own."""

import signal
import subprocess

import media
from networks import Namespaces
from processes import until
from support import INTERRUPTED, NOT_REACHABLE

HOST_ADDRESS = "10.231.77.1"
VIEWER_ADDRESS, OTHER_ADDRESS = "10.231.77.2", "10.231.77.3"


class Watched(Namespaces):
    """A viewer watches and records."""

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


class Network(Watched):
    def connect(self):
        self.link(self.host_side, "host0", HOST_ADDRESS, self.viewer_side, "viewer0", VIEWER_ADDRESS)

    def test_a_viewer_whose_network_drops_reconnects_and_goes_on(self):
        _, viewer = self.watch()
        at = viewer.mark()
        self.ip("link", "set", "viewer0", "down", side=self.viewer_side)
        viewer.wait("reconnecting", after=at)
        viewer.wait_stats(2, lambda e: e["fps"] == 0)
        self.ip("link", "set", "viewer0", "up", side=self.viewer_side)
        viewer.wait("connected", after=at)
        self.assert_goes_on(viewer)

    def test_a_viewer_that_cannot_send_says_why_and_not_that_nobody_answers(self):
        host = self.pixelpass("host", "--source", "test", "--bind", f"{HOST_ADDRESS}:0",
                              prefix=self.inside(self.host_side))
        for change, hint in ((("mtu", "1000"), "1280 bytes"), (("down",), "connect it to the internet")):
            self.ip("link", "set", "viewer0", *change, side=self.viewer_side)
            viewer = self.pixelpass("view", "--player", "none", "--seconds", "2", host.ticket(),
                                    prefix=self.inside(self.viewer_side))
            error = viewer.wait("error")
            self.assertIn("this machine cannot send", error["what"])
            self.assertIn(hint, error["hint"])
            self.assert_exit(viewer, NOT_REACHABLE)

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


class Routed(Watched):
    """A router between host and viewer that tells nobody what it drops."""

    SIDES = ("host", "viewer", "router")
    GATEWAY, FAR_GATEWAY, FAR_VIEWER = "10.231.77.254", "10.231.78.254", "10.231.78.2"

    def connect(self):
        self.router = self.namespaces[2]
        self.link(self.host_side, "host0", HOST_ADDRESS, self.router, "to-host", self.GATEWAY)
        self.link(self.viewer_side, "viewer0", self.FAR_VIEWER, self.router, "to-viewer", self.FAR_GATEWAY)
        self.ip("route", "add", "default", "via", self.GATEWAY, side=self.host_side)
        self.ip("route", "add", "default", "via", self.FAR_GATEWAY, side=self.viewer_side)
        subprocess.run([*self.inside(self.router), "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"], check=True)
        # What it says itself, which is ICMP, has no way.
        self.ip("rule", "add", "iif", "lo", "blackhole", side=self.router)

    def too_large(self):
        """Packets that the router could not pass on for their size."""
        said = subprocess.run([*self.inside(self.router), "cat", "/proc/net/snmp"], capture_output=True, text=True,
                              check=True).stdout
        names, values = (line.split() for line in said.splitlines() if line.startswith("Ip:"))
        return int(values[names.index("FragFails")])

    def test_a_path_that_takes_less_from_one_moment_on_carries_the_picture_on(self):
        _, viewer = self.watch()
        at = viewer.mark()
        self.assertEqual(self.too_large(), 0)
        self.ip("link", "set", "to-viewer", "mtu", "1280", side=self.router)
        until(self.too_large, "larger packets than the path takes")
        viewer.wait_pictures(after=viewer.mark())
        self.assertEqual([e for e in viewer.events()[at:] if e["event"] in ("reconnecting", "ended")], [])
        self.assert_goes_on(viewer)

    def test_after_a_black_out_each_line_has_one_reason_and_connected_comes_with_pictures(self):
        _, viewer = self.watch()
        at = viewer.mark()
        for side in ("to-viewer", "to-host"):
            self.ip("rule", "add", "iif", side, "blackhole", side=self.router)
        # Every fourth dial is told of, each two seconds: the line is away for ten.
        viewer.wait("reconnecting", lambda e: e["attempt"] == 4, after=at)
        for side in ("to-viewer", "to-host"):
            self.ip("rule", "delete", "iif", side, "blackhole", side=self.router)
        back = viewer.mark()
        viewer.wait("connected", after=at)
        connected = viewer.mark()
        # The first whole second, and the round trip of this line, not what the outage made of it.
        first = viewer.wait_stats(1, lambda e: e["fps"] > 15, after=connected)
        self.assertLess(first["rtt_ms"], 500)
        self.assert_goes_on(viewer)
        said = viewer.events()[at:]
        lost = [(e["attempt"], e["reason"]) for e in said if e["event"] == "reconnecting"]
        self.assertEqual([attempt for attempt, _ in lost], list(range(1, len(lost) + 1)))
        self.assertTrue(all(reason for _, reason in lost), lost)
        self.assertEqual([e["event"] for e in viewer.events()[back:] if e["event"] == "connected"], ["connected"])

    def test_a_path_for_smaller_packets_than_are_needed_is_named_by_both_sides(self):
        host, viewer = self.watch()
        at = host.mark(), viewer.mark()
        # Now its routers say so.
        self.ip("rule", "delete", "iif", "lo", "blackhole", side=self.router)
        for to, device in ((HOST_ADDRESS, "to-host"), (self.FAR_VIEWER, "to-viewer")):
            self.ip("route", "add", to, "dev", device, "mtu", "lock", "1100", side=self.router)
        narrow = "takes packets of at most 1100 bytes, and 1228 are needed"
        viewer.wait("reconnecting", lambda e: narrow in e["reason"], after=at[1])
        host.wait("notice", lambda e: narrow in e["what"] and self.FAR_VIEWER in e["what"], after=at[0])
        late = self.pixelpass("view", "--player", "none", "--seconds", "2", host.ticket(),
                              prefix=self.inside(self.viewer_side))
        self.assertIn(narrow, late.wait("error")["what"])
        self.assert_exit(late, NOT_REACHABLE)
        # The routers' word is remembered for minutes, and holds nobody up who can send again.
        for to in (HOST_ADDRESS, self.FAR_VIEWER):
            self.ip("route", "delete", to, side=self.router)
        self.assert_goes_on(viewer)

    def test_a_viewer_that_is_not_heard_for_a_while_goes_on(self):
        _, viewer = self.watch()
        at = viewer.mark()
        self.ip("rule", "add", "iif", "to-viewer", "blackhole", side=self.router)
        viewer.wait("reconnecting", after=at)
        self.ip("rule", "delete", "iif", "to-viewer", "blackhole", side=self.router)
        viewer.wait("connected", after=at)
        viewer.wait_pictures(after=viewer.mark())
        self.assertEqual(viewer.events("ended"), [])
        self.assert_goes_on(viewer)
