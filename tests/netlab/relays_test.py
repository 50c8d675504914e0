"""Host and viewer who meet at a relay: what it refuses, what it forgets, that it dies, and what becomes of it."""

import random
import signal
import sys
import time
import urllib.parse

import turn_server
from expectations import DIRECT, RELAYED
from laboratory import SERVERS6
from processes import until
from shares import Shares
from support import CONNECTION_LOST, NOT_REACHABLE
from turn_probe import timed

# coturn's own are ten minutes. (A permission's and a channel's are the standard's, and no server tells others.)
SHORT_LIVES = ("max-allocate-lifetime=20", "stale-nonce=8")

CUT = """table ip cut {{
  chain forward {{ type filter hook forward priority filter;
    ip saddr {one} ip daddr {other} drop
    ip saddr {other} ip daddr {one} drop
  }}
}}
"""


class Relays(Shares):
    def relayed(self, host="sym", view="sym", **how):
        """Two who cannot reach each other watch over a relay."""
        self.laboratory(host=host, view=view)
        self.host = self.share(*self.start_relay(**how))
        self.viewer = self.watch(self.host)
        self.viewer.wait_pictures()

    def cut_direct_path(self):
        """On the internet's router, which tells nobody."""
        one, other = (site.public() for site in self.lab.sites.values())
        self.lab["net"].nft(CUT.format(one=one, other=other))

    def mend_direct_path(self):
        self.lab["net"].nft("delete table ip cut")

    # ---- Whom it takes ---------------------------------------------------------------------------------

    def assert_goes_on_without(self, *options):
        """The host says what is wrong with the relay, once, and shares to whom it can."""
        self.laboratory(host="open", view="port")
        self.start_relay()
        host = self.share(*options)
        host.wait("notice", lambda e: "relay" in e["what"])
        viewer = self.watch(host)
        viewer.wait_pictures()
        self.assertEqual(self.path(viewer), DIRECT)
        self.assertEqual(len([e for e in host.events("notice") if "relay" in e["what"]]), 1)
        self.assertNotIn("wonder", " ".join(host.lines))

    def test_a_relay_that_refuses_the_password_is_said_and_done_without(self):
        self.assert_goes_on_without("--relay", f"turn:alice:wrong@{turn_server.NAME}")

    def test_credentials_that_have_expired_are_said_and_done_without(self):
        user, password = (urllib.parse.quote(one, safe="") for one in timed(int(time.time()) - 60))
        self.assert_goes_on_without("--relay", f"turn:{user}:{password}@{turn_server.NAME}")

    def test_a_relay_that_is_not_there_is_said_and_done_without(self):
        self.assert_goes_on_without("--relay", "turn:alice:wonder@11.0.0.12:3999")

    def test_a_host_that_holds_the_secret_gives_the_viewer_credentials_and_keeps_it(self):
        self.laboratory(host="sym", view="sym")
        self.start_relay(secret=True)
        host = self.share("--relay", f"turn:secret={turn_server.SECRET}@{turn_server.NAME}")
        viewer = self.watch(host)
        viewer.wait_pictures()
        self.assertEqual(self.path(viewer), RELAYED)

    def test_a_certificate_that_nobody_vouches_for_is_said_and_done_without(self):
        self.laboratory(host="block443", view="port")
        self.turn = turn_server.TurnServer(self)
        host = self.share("--relay", f"turns:alice:wonder@{turn_server.NAME}:443")
        host.wait("notice", lambda e: "certificate" in e["what"])

    def test_a_viewer_with_a_public_address_is_answered_by_the_hosts_relay_itself(self):
        """In one hop: from the relay's ports for peers, which let nobody in whom the host has not permitted. Whether
        media comes that way too is a matter of round trips, which are alike here."""
        self.laboratory(host="block443", view="open")
        options, records = self.start_relay(), self.recorder()
        host = self.share(*options)
        viewer = self.watch(host)
        viewer.wait_pictures()
        home = self.lab.sites["view"].public()

        def answers():
            return [flow for flow in records.flows() if flow[0] == "udp" and flow[1] == self.turn.address
                    and flow[2] in turn_server.PEER_PORTS and flow[3] == home]

        until(answers, "an answer over the host's relayed address")
        self.assert_pictures_go_on(viewer, host)

    # ---- What it forgets -------------------------------------------------------------------------------

    def test_short_lives_of_allocations_and_nonces_interrupt_nothing(self):
        self.relayed(more=SHORT_LIVES)
        at = self.viewer.mark()
        # More than each of them lives.
        self.host.wait_stats(25, after=self.host.mark())
        self.assert_pictures_go_on(self.viewer, self.host)
        self.assertEqual([e for e in self.viewer.events()[at:] if e["event"] in ("reconnecting", "ended")], [])
        self.assertEqual(self.path(self.viewer), RELAYED)

    def test_a_viewer_whose_network_changes_under_a_relayed_stream_goes_on(self):
        self.relayed()
        for kind in ("cgn-sym", "block443", "sym"):
            self.lab.set_nat("view", kind)
            self.assert_pictures_go_on(self.viewer, self.host)
        self.assertEqual(self.viewer.events("ended"), [])

    def test_a_host_whose_network_changes_under_a_relayed_stream_is_found_again(self):
        self.relayed()
        for kind in ("cgn-sym", "sym"):
            self.lab.set_nat("host", kind)
            self.assert_pictures_go_on(self.viewer, self.host)
        self.assertEqual(self.viewer.events("ended"), [])

    def connections(self, side):
        """To the relay over TLS, by the port that they come from."""
        home = self.lab.sites[side].public()
        return {port for kind, source, port, _, to in self.records.flows() if (kind, source, to) == ("tcp", home, 443)}

    def relayed_over_tls(self, side):
        """That one reaches the relay over TLS alone."""
        self.laboratory(**{"host": "sym", "view": "sym", side: "block443"})
        # Asking it whether it is there makes connections as well.
        options = self.start_relay()
        self.records = self.recorder()
        self.host = self.share(*options)
        self.viewer = self.watch(self.host)
        self.viewer.wait_pictures()
        before = self.connections(side)
        self.assertTrue(before)
        return before

    def change_network(self, node):
        """Another interface comes, which leads nowhere."""
        self.lab[node].ip("link add extra type veth peer name nowhere", "link set nowhere up", "link set extra up",
                           "address add 10.9.8.7/24 dev extra")

    def test_a_host_keeps_its_relay_over_tls_when_another_network_comes(self):
        before = self.relayed_over_tls("host")
        at = self.host.mark()
        self.change_network("host")
        self.host.wait("ticket", after=at)
        self.assert_pictures_go_on(self.viewer, self.host)
        self.assertEqual(self.connections("host"), before)

    def test_a_host_whose_address_goes_makes_another_connection_to_its_relay(self):
        before = self.relayed_over_tls("host")
        self.lab["host"].ip4("address flush dev eth0", "address add 192.168.1.77/24 dev eth0",
                             "route add default via 192.168.1.1")
        until(lambda: self.connections("host") - before, "another connection to the relay")
        self.assert_pictures_go_on(self.viewer, self.host)
        self.assertEqual(self.viewer.events("ended"), [])

    def test_a_viewer_keeps_its_relay_over_tls_when_another_network_comes(self):
        before = self.relayed_over_tls("view")
        at = self.viewer.mark()
        self.change_network("view")
        # More than a crowd of changes takes to be told.
        self.host.wait_stats(4, after=self.host.mark())
        self.assert_pictures_go_on(self.viewer, self.host)
        self.assertEqual(self.connections("view"), before)
        self.assertEqual([e for e in self.viewer.events()[at:] if e["event"] in ("reconnecting", "ended")], [])

    # ---- Its death -------------------------------------------------------------------------------------

    def test_a_relay_that_dies_takes_nothing_from_those_who_have_met_and_when_it_returns_others_can_meet(self):
        self.relayed(host="port", view="port")
        self.wait_path(self.viewer, DIRECT)
        at, tickets = self.viewer.mark(), self.host.mark()
        self.turn.kill()
        self.assert_pictures_go_on(self.viewer, self.host)
        self.assertEqual([e for e in self.viewer.events()[at:] if e["event"] in ("reconnecting", "ended")], [])
        self.turn.start()
        self.host.wait("ticket", after=tickets)
        self.watch(self.host, node="far").wait_pictures()

    def test_whoever_was_relayed_when_the_relay_died_can_come_again_with_the_new_ticket(self):
        self.relayed()
        at, tickets = self.viewer.mark(), self.host.mark()
        self.turn.kill()
        self.viewer.wait("reconnecting", after=at)
        self.turn.start()
        self.host.wait("ticket", after=tickets)
        self.watch(self.host).wait_pictures()

    def test_a_relay_that_dies_while_two_meet_leaves_nobody_waiting_for_ever(self):
        self.laboratory(host="port", view="port")
        # Those who are killed count as viewers for a while.
        self.host = self.share(*self.start_relay(), "--max-viewers", "16")
        for _ in range(6):
            tickets = self.host.mark()
            self.viewer = self.watch(self.host)
            self.die_at_some_moment()
            until(self.has_met_or_given_up, "a viewer that knows where it is")
            self.viewer.signal(signal.SIGKILL)
            self.viewer.exit_code()
            self.turn.start()
            self.host.wait("ticket", after=tickets)
        self.viewer = self.watch(self.host)
        self.viewer.wait_pictures()

    def die_at_some_moment(self):
        """While they meet, or a little later: the moment is printed with a failure."""
        moment = random.uniform(0, 1.5)
        print(f"the relay dies {moment:.3f} s after the viewer's start", file=sys.stderr)
        time.sleep(moment)
        self.turn.kill()

    def has_met_or_given_up(self):
        if not self.viewer.running():
            return self.assertIn(self.viewer.exit_code(), (NOT_REACHABLE, CONNECTION_LOST)) or True
        if self.viewer.events("reply_code"):
            return True  # its person knows what to do
        return self.viewer.events("first_frame") and self.path(self.viewer) == DIRECT

    # ---- The direct path ------------------------------------------------------------------------------

    def test_moving_from_the_relay_to_the_direct_path_takes_no_picture_and_brings_none_twice(self):
        self.laboratory(host="port", view="port")
        recording = self.folder / "recording.ts"
        host = self.share_counted(*self.start_relay())
        viewer = self.watch(host, "--record", recording)
        self.wait_path(viewer, DIRECT)
        viewer.wait_pictures(after=viewer.mark())
        self.assert_each_picture_came_once(viewer, recording)

    def test_a_direct_path_that_dies_falls_back_to_the_relay_and_is_taken_again_when_it_lives(self):
        self.relayed(host="port", view="port")
        self.wait_path(self.viewer, DIRECT)
        self.cut_direct_path()
        self.wait_path(self.viewer, RELAYED)
        self.assert_pictures_go_on(self.viewer, self.host)
        self.mend_direct_path()
        self.wait_path(self.viewer, DIRECT)
        self.assert_pictures_go_on(self.viewer, self.host)
        self.assertEqual(self.viewer.events("ended"), [])

    def test_two_behind_firewalls_that_have_ipv6_alone_meet_directly(self):
        self.laboratory(ipv4=False, ipv6=True)
        self.name({turn_server.NAME: SERVERS6[0]})
        host = self.share(*self.start_relay(addresses=SERVERS6[:1]))
        viewer = self.watch(host)
        self.wait_path(viewer, DIRECT)
        viewer.wait_pictures(after=viewer.mark())
