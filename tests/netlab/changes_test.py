"""What happens to networks while a stream runs: the picture goes on."""

import signal

import media
from processes import until
from shares import Shares
from support import INTERRUPTED

# A rule of the machine's own firewall: sendmsg() fails with EPERM.
NOTHING_OUT = """table inet nothing_out {
  chain output { type filter hook output priority filter; oifname eth0 counter drop; }
}
"""
OUT_AGAIN = "delete table inet nothing_out"


class Changes(Shares):
    """A host that can be reached, and a viewer behind a NAT, who records."""

    def watched(self, *, host="open", view="port", **how):
        self.laboratory(host=host, view=view, **how)
        self.host = self.share()
        self.recording = self.folder / "recording.ts"
        self.viewer = self.watch(self.host, "--record", self.recording)
        self.viewer.wait_pictures()

    def assert_same_connection_goes_on(self, at):
        """Since line `at` of the viewer's: the picture flows, and nobody had to connect anew."""
        self.assert_pictures_go_on(self.viewer, self.host)
        self.assertEqual([e for e in self.viewer.events()[at:] if e["event"] in ("reconnecting", "ended")], [])
        self.assert_recording_is_whole()

    def assert_recording_is_whole(self):
        """Groups may be missing, never parts of one."""
        self.viewer.signal(signal.SIGINT)
        self.assert_exit(self.viewer, INTERRUPTED)
        self.assertEqual(media.complaints(self.recording), "")

    def test_a_nat_that_forgets_its_mapping_gives_the_viewer_another_port_and_the_picture_goes_on(self):
        self.watched(view="sym")
        before = self.host.wait("viewer_joined")["address"]
        recorder, at = self.recorder(), self.viewer.mark()
        self.lab["natB"].forget_mappings()
        home = self.lab.sites["view"].outer

        def sources():
            return {(source, port) for kind, source, port, *_ in recorder.flows() if source == home and kind == "udp"}

        until(lambda: sources() - {(home, int(before.rsplit(":", 1)[1]))}, "datagrams from another port")
        self.assert_same_connection_goes_on(at)

    def test_of_what_flows_while_a_nat_forgets_no_picture_is_missing_and_none_comes_twice(self):
        self.laboratory(host="open", view="sym")
        recording = self.folder / "recording.ts"
        host = self.share_counted()
        viewer = self.watch(host, "--record", recording)
        viewer.wait_pictures()
        for _ in range(3):
            self.lab["natB"].forget_mappings()
            viewer.wait_stats(1, after=viewer.mark())
        self.assert_each_picture_came_once(viewer, recording)

    def test_a_viewer_that_roams_within_its_network_goes_on(self):
        self.watched()
        at = self.viewer.mark()
        self.move_viewer("192.168.2.77")
        self.assert_same_connection_goes_on(at)

    def test_a_viewer_whose_kind_of_network_changes_again_and_again_goes_on(self):
        self.watched()
        for kind in ("sym", "cgn-port", "full", "cgn-sym", "addr", "port-nofw"):
            at = self.viewer.mark()
            self.lab.set_nat("view", kind)
            self.assert_pictures_go_on(self.viewer, self.host)
            self.assertEqual([e for e in self.viewer.events()[at:] if e["event"] == "ended"], [])
        self.assert_recording_is_whole()

    def test_a_viewer_that_comes_from_its_home_into_the_open_goes_on(self):
        self.watched()
        at = self.viewer.mark()
        self.lab.set_nat("view", "open")
        self.assert_same_connection_goes_on(at)

    def test_a_firewall_of_the_host_that_forbids_sending_for_five_seconds_ends_nothing(self):
        self.forbidden("host")

    def test_a_firewall_of_the_viewer_that_forbids_sending_for_five_seconds_ends_nothing(self):
        self.forbidden("view")

    def forbidden(self, node):
        self.watched()
        self.lab[node].nft(NOTHING_OUT)
        # Five of the seconds in which the host says how it is; it is not told of the viewer's.
        self.host.wait_stats(5, after=self.host.mark())
        self.assertNotIn("packets 0 ", self.lab[node].run("nft", "list", "table", "inet", "nothing_out"))
        self.lab[node].nft(OUT_AGAIN)
        self.assert_pictures_go_on(self.viewer, self.host)
        self.assertEqual(self.viewer.events("ended"), [])
        self.assert_recording_is_whole()

    def test_a_line_that_takes_only_1280_bytes_and_says_nothing_carries_the_picture(self):
        self.laboratory(host="open", emulated=True)
        self.lab.links["host"].set("largest=1280")
        self.host = self.share()
        self.viewer = self.watch(self.host)
        self.viewer.wait_pictures()
        self.assertGreater(self.lab.links["host"].counters()["ab"]["too_large"], 0)

    def test_a_line_that_takes_only_1280_bytes_from_one_moment_on_carries_the_picture_on(self):
        self.watched(emulated=True)
        at = self.viewer.mark()
        line = self.lab.links["host"]
        line.set("largest=1280")
        until(lambda: line.counters()["ab"]["too_large"], "larger packets than the line takes")
        self.assert_same_connection_goes_on(at)

    def test_a_line_that_delays_and_loses_carries_the_picture(self):
        self.laboratory(host="open", emulated=True)
        self.lab.links["host"].set("delay=20", "loss=2")
        self.lab.links["view"].set("delay=20", "jitter=5")
        self.host = self.share()
        self.viewer = self.watch(self.host)
        self.viewer.wait_pictures()
        self.assertGreaterEqual(self.viewer.wait_stats(1)["rtt_ms"], 70)
        self.assertGreater(self.lab.links["host"].counters()["ab"]["lost"], 0)

    def test_a_black_hole_of_eight_seconds_ends_nothing(self):
        self.watched(emulated=True)
        at = self.viewer.mark()
        line = self.lab.links["view"]
        line.set("black_hole=1")
        self.viewer.wait("reconnecting", after=at)
        self.host.wait_stats(4, after=self.host.mark())
        line.set("black_hole=0")
        self.viewer.wait("connected", after=at)
        self.assert_pictures_go_on(self.viewer, self.host)
        self.assertEqual(self.viewer.events("ended"), [])
        self.assert_recording_is_whole()

    def move_viewer(self, address):
        self.lab["view"].ip4("address flush dev eth0", f"address add {address}/24 dev eth0",
                             "route add default via 192.168.2.1")


class Addresses(Shares):
    """Who is where, and reaches whom."""

    def test_two_behind_one_nat_meet_at_home_and_nothing_leaves_it(self):
        self.laboratory(host="port")
        recorder = self.recorder()
        host = self.share()
        viewer = self.watch(host, node="near")
        viewer.wait_pictures()
        self.assertEqual(viewer.wait("connected")["address"].rsplit(":", 1)[0], "192.168.1.10")
        media_packets = {flow for flow, packets in recorder.flows().items() if packets > 20}
        self.assertEqual(media_packets, set())

    def test_ipv6_alone_is_enough(self):
        self.laboratory(ipv4=False, ipv6=True, firewalls6=("view",))
        host = self.share()
        viewer = self.watch(host)
        viewer.wait_pictures()
        self.assertRegex(viewer.wait("connected")["address"], r"^\[2a11:3:1::10\]:")
