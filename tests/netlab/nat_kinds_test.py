"""That each kind of NAT does what its name says: measured, before anything is said of the program behind it."""

import socket

from labs import Labs
from nat_probe import BY_ADDRESS, BY_ADDRESS_AND_PORT, NONE, SAME, Probe, reaches_by_tcp

# mapping, filtering, whether the port is kept
BEHAVIOUR = {
    "open": (SAME, NONE, True),
    "full": (SAME, NONE, True),
    "addr": (SAME, BY_ADDRESS, True),
    "port": (SAME, BY_ADDRESS_AND_PORT, True),
    "port-nofw": (SAME, BY_ADDRESS_AND_PORT, True),
    "sym": (BY_ADDRESS_AND_PORT, BY_ADDRESS_AND_PORT, False),
    "cgn-port": (SAME, BY_ADDRESS_AND_PORT, True),
    "cgn-sym": (BY_ADDRESS_AND_PORT, BY_ADDRESS_AND_PORT, False),
}


class NatKinds(Labs):
    def setUp(self):
        super().setUp()
        self.laboratory()
        self.server = self.stun_server()

    def probe(self, node):
        probe = Probe(self.lab[node], self.server)
        self.addCleanup(probe.close)
        return probe

    def measured(self, side):
        """Mapping and filtering, each from a socket that has not sent yet, and whether the port was kept."""
        mapping, filtering = self.probe(side), self.probe(side)
        address, port = filtering.mapped()
        self.assertEqual(address, self.lab.sites[side].public())
        return mapping.mapping(), filtering.filtering(), port == filtering.port

    def test_each_kind_maps_and_filters_as_its_name_says_and_changes_in_a_running_lab(self):
        for side in ("host", "view"):
            for kind, behaviour in BEHAVIOUR.items():
                self.lab.set_nat(side, kind)
                with self.subTest(side=side, kind=kind):
                    self.assertEqual(self.measured(side), behaviour)

    def test_one_that_lets_only_the_web_through_lets_no_datagram_out(self):
        listening = {port: self.lab["srv"].socket(socket.SOCK_STREAM, bind=("11.0.0.10", port)) for port in (443, 8080)}
        for one in listening.values():
            one.listen()
            self.addCleanup(one.close)
        self.lab.set_nat("host", "block443")
        self.probe("host").ask()
        self.assertTrue(reaches_by_tcp(self.lab["host"], "11.0.0.10", 443))
        self.assertFalse(reaches_by_tcp(self.lab["host"], "11.0.0.10", 8080, patience=0.3))
        self.assertEqual(self.server.heard(), [])
        self.lab.set_nat("host", "port")
        self.assertTrue(reaches_by_tcp(self.lab["host"], "11.0.0.10", 8080))
        self.assertEqual(self.probe("host").mapped()[0], self.lab.sites["host"].outer)

    def test_a_nat_that_forgets_maps_a_flow_anew(self):
        self.lab.set_nat("host", "sym")
        probe = self.probe("host")
        before = [probe.mapped() for _ in range(2)]
        self.assertEqual(before[0], before[1])
        self.lab["natA"].forget_mappings()
        # 1 in 64,512 that it is the same port again.
        self.assertNotEqual(before[0], probe.mapped())

    def test_the_two_behind_one_nat_do_not_meet_by_their_outer_addresses(self):
        for kind in ("full", "port", "sym"):
            self.lab.set_nat("host", kind)
            one, other = self.probe("host"), self.probe("near")
            with self.subTest(kind=kind):
                self.assertEqual(one.mapped()[0], other.mapped()[0])
                self.assertFalse(self.arrives(one, other, other.mapped()))
                other.answers_until(one.send(("192.168.1.11", other.port)))

    def arrives(self, one, other, address):
        """Whether what `one` sends to an address in the internet comes to `other`."""
        transaction = one.send(address)
        one.mapped()
        return transaction in other.answers_until(other.ask())
