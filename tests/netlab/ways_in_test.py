"""Ways to a host behind a NAT that need no relay: mapped ports, a code that comes back, an address that changed."""

import signal

from control_test import reply_code
from expectations import ASKS_FOR_ADDRESSES, DIRECT, STUN_NAMES
from laboratory import SERVERS, SERVERS6
from port_mapping import PortMapper
from processes import until
from shares import Shares
from support import DONE, INTERRUPTED, NOT_REACHABLE, USAGE, program

# Both ends of a reply code try for two minutes.
TRIED = 150.0


class MappedPorts(Shares):
    def assert_brings_in(self, **daemon):
        """Through the host's NAT, which is symmetric, comes a viewer behind another such one."""
        self.laboratory(host="sym", view="sym")
        mapper = PortMapper(self, "host", **daemon)
        host = self.share(*ASKS_FOR_ADDRESSES)
        host.wait("ticket", lambda e: e["reachability"] == "mapped")
        viewer = self.watch(host)
        viewer.wait_pictures()
        self.assertEqual(viewer.wait("connected")["address"].rsplit(":", 1)[0], self.lab.sites["host"].outer)
        self.assertNotEqual(mapper.mappings(), [])
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        self.assertEqual(mapper.mappings(), [])

    def test_a_port_that_is_mapped_by_upnp_brings_the_viewer_in_and_is_given_back(self):
        self.assert_brings_in(pmp=False)

    def test_a_port_that_is_mapped_by_pcp_or_nat_pmp_brings_the_viewer_in_and_is_given_back(self):
        self.assert_brings_in(upnp=False)

    def test_a_pinhole_in_the_firewall_for_ipv6_brings_the_viewer_in(self):
        self.laboratory(host="sym", view="sym", ipv6=True)
        self.lab["view"].ip4("address flush dev eth0")
        PortMapper(self, "host", upnp=False)
        host = self.share(*ASKS_FOR_ADDRESSES)
        host.wait("ticket", lambda e: e["reachability"] == "mapped")
        viewer = self.watch(host)
        viewer.wait_pictures()
        self.assertRegex(viewer.wait("connected")["address"], r"^\[2a11:3:1::10\]:")

    def test_a_port_that_is_mapped_behind_a_second_nat_is_not_told(self):
        """The router's outer address is not the one that the internet sees."""
        self.laboratory(host="cgn-port", view="open")
        mapper = PortMapper(self, "host", says=self.lab.sites["host"].outer)
        host = self.share(*ASKS_FOR_ADDRESSES)
        host.ticket()
        until(mapper.mappings, "a port that is mapped")
        host.wait_stats(2, after=host.mark())
        self.assertEqual([e for e in host.events("ticket") if e["reachability"] == "mapped"], [])

    def test_who_wants_no_mapping_gets_none(self):
        self.laboratory(host="sym", view="sym")
        mapper = PortMapper(self, "host")
        host = self.share("--no-port-mapping")
        host.wait_stats(2)
        self.assertEqual(mapper.mappings(), [])
        self.share().ticket()
        until(mapper.mappings, "a mapping for who wants one")


class ReplyCodes(Shares):
    def test_a_code_that_is_sent_back_brings_in_a_viewer_where_nobody_relays(self):
        self.laboratory(host="port", view="port")
        host = self.share_for_replies(*ASKS_FOR_ADDRESSES)
        viewer = self.watch(host)
        self.assertLess(len(self.hand_back(viewer)), 60)
        viewer.wait_pictures()
        self.assertEqual(self.path(viewer), DIRECT)

    def test_a_code_brings_in_a_viewer_behind_a_firewall_where_there_is_ipv6_alone(self):
        self.laboratory(ipv4=False, ipv6=True)
        self.stun_server(SERVERS6[1:])
        self.name(dict(zip(STUN_NAMES, SERVERS6[1:])))
        host = self.share_for_replies(*(word for one in SERVERS6[1:] for word in ("--stun", f"[{one}]:3478")))
        viewer = self.watch(host)
        self.assertLess(len(self.hand_back(viewer)), 60)
        viewer.wait_pictures()

    def test_a_viewer_whose_network_changes_while_it_waits_shows_another_code_that_brings_it_in(self):
        self.laboratory(host="port", view="port")
        host = self.share_for_replies(*ASKS_FOR_ADDRESSES)
        viewer = self.watch(host)
        code, at = viewer.wait("reply_code")["code"], viewer.mark()
        self.lab["view"].ip4("address flush dev eth0", "address add 192.168.2.77/24 dev eth0",
                             "route add default via 192.168.2.1")
        self.assertNotEqual(self.hand_back(viewer, after=at), code)
        viewer.wait_pictures()

    def test_a_code_that_leads_nowhere_ends_on_both_sides_with_what_would_help(self):
        self.laboratory(host="port", view="sym")
        host = self.share_for_replies(*ASKS_FOR_ADDRESSES)
        viewer = self.watch(host)
        self.hand_back(viewer)
        error = viewer.wait("error", deadline=TRIED)
        self.assertIn(f"{self.lab.sites['host'].public()}:", error["what"])
        self.assertIn("reply code", error["what"])
        self.assertIn("--relay", error["hint"])
        self.assert_exit(viewer, NOT_REACHABLE)
        notice = host.wait("notice", lambda e: "reply code" in e["what"], deadline=TRIED)
        self.assertIn(f"{self.lab.sites['view'].public()}:", notice["what"])
        self.assertIn("--relay", notice["hint"])

    def test_a_code_that_is_not_this_hosts_or_not_whole_has_it_send_nothing_to_anybody(self):
        self.laboratory(host="port", view="port")
        recorder, home = self.recorder(), self.lab.sites["host"].public()
        host = self.share_for_replies(*ASKS_FOR_ADDRESSES)
        other = self.share("--stun", "none", node="near")
        whole = reply_code(host.ticket(), SERVERS[0], 4433)
        changed = whole[:12] + ("a" if whole[12] != "a" else "b") + whole[13:]
        for wrong in (reply_code(other.ticket(), SERVERS[0], 4433), whole[:-2], changed):
            handed = self.lines(*self.on("host"), program(), "reply", wrong, env=self.at_home)
            self.assert_exit(handed, USAGE)
        host.wait_stats(2, after=host.mark())
        self.assertEqual({to for _, to, _ in recorder.sent_from(home)} - set(SERVERS[1:]), set())
        # That of a good code is sent to.
        self.assert_exit(self.lines(*self.on("host"), program(), "reply", whole, env=self.at_home), DONE)
        until(lambda: ("udp", SERVERS[0], 4433) in recorder.sent_from(home), "checks to whom a good code names")


class Addresses(Shares):
    def test_a_host_whose_address_changes_knocks_at_its_viewer_and_prints_a_new_ticket(self):
        self.laboratory(host="open", view="full")
        host = self.share(*ASKS_FOR_ADDRESSES)
        viewer = self.watch(host)
        viewer.wait_pictures()
        at = host.mark()
        self.lab["host"].ip4("address flush dev eth0", "address add 11.3.1.77/24 dev eth0",
                             "route add default via 11.3.1.1")
        host.wait("ticket", after=at)
        self.assert_pictures_go_on(viewer, host)
        self.assertEqual(viewer.events("ended"), [])
        self.watch(host, node="far").wait_pictures()

    def test_the_two_servers_that_everybody_asks_are_asked_unless_nobody_is_to_be(self):
        self.laboratory(host="port", view="port")
        recorder, home = self.recorder(), self.lab.sites["host"].public()
        host = self.share("--stun", "none")
        viewer = self.watch(host, node="near")
        viewer.wait_pictures()
        self.assertEqual(recorder.sent_from(home) - self.dialled(viewer), set())
        self.share().ticket()
        until(lambda: {to for _, to, _ in recorder.sent_from(home)} >= set(SERVERS[1:]), "questions to both")
        self.assert_sent_only_to_those_concerned(recorder)

    @staticmethod
    def dialled(viewer):
        """What a viewer tries to reach because a ticket says so."""
        ends = (one.rsplit(":", 1) for one in viewer.wait("connecting")["addresses"])
        return {("udp", address, int(port)) for address, port in ends}
