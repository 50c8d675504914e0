"""That the servers of the laboratory do what the program will want of them, and what it will meet."""

import socket
import time

import turn_server
from labs import Labs
from nat_probe import BY_ADDRESS_AND_PORT, Probe
from port_mapping import PortMapper, external_address, map_port, open_pinhole
from processes import DEADLINE, until
from turn_probe import allocate, connect, timed
from turn_server import PASSWORD, USER, TurnServer


class TurnServers(Labs):
    def asked(self, server, user=USER, password=PASSWORD, transport="udp", side="host"):
        """What comes of an allocation."""
        one = connect(self.lab[side], server.address, transport, server.certificate)
        self.addCleanup(one.close)
        return allocate(one, user, password)

    def test_it_relays_over_udp_tcp_and_tls_and_for_those_who_have_only_the_web(self):
        self.laboratory()
        server = TurnServer(self)
        for transport in ("udp", "tcp", "tls"):
            self.assertEqual(self.asked(server, transport=transport)[0], "relayed", transport)
        self.lab.set_nat("host", "block443")
        self.assertEqual(self.asked(server, transport="tls")[0], "relayed")

    def test_it_refuses_wrong_credentials(self):
        self.laboratory()
        self.assertEqual(self.asked(TurnServer(self), password="wrong"), ("refused", 401))

    def test_with_a_secret_it_takes_credentials_until_they_expire(self):
        self.laboratory()
        server = TurnServer(self, secret=True)
        self.assertEqual(self.asked(server, *timed(int(time.time()) + 3600))[0], "relayed")
        self.assertEqual(self.asked(server, *timed(int(time.time()) - 1)), ("refused", 401))

    def test_killed_it_is_gone_and_started_again_it_is_back(self):
        self.laboratory()
        server = TurnServer(self)
        server.kill()
        with self.assertRaises(OSError):
            self.asked(server, transport="tcp")
        server.start()
        self.assertEqual(self.asked(server, transport="tcp")[0], "relayed")

    def test_a_quota_is_one(self):
        self.laboratory()
        server = TurnServer(self, more=["user-quota=1"])
        self.assertEqual(self.asked(server)[0], "relayed")
        self.assertEqual(self.asked(server), ("refused", 486))

    def test_its_certificate_is_trusted_where_the_test_says_so(self):
        self.laboratory()
        server = TurnServer(self)
        self.trust(server.certificate)
        self.name({turn_server.NAME: server.address})
        program = ["openssl", "s_client", "-connect", f"{turn_server.NAME}:443", "-verify_hostname", turn_server.NAME,
                   "-verify_return_error", "-brief"]
        self.lab["host"].run(*program)


class PortMappers(Labs):
    def test_it_lets_in_who_was_not_asked_and_tells_the_outer_address(self):
        self.laboratory(host="sym")
        server = self.stun_server()
        mapper = PortMapper(self, "host")
        gateway, site = "192.168.1.1", self.lab.sites["host"]
        self.assertEqual(external_address(self.lab["host"], gateway), site.outer)
        inside, outside = Probe(self.lab["host"], server), Probe(self.lab["view"], server)
        for one in (inside, outside):
            self.addCleanup(one.close)
        self.assertEqual(outside.filtering(), BY_ADDRESS_AND_PORT)
        outer = map_port(self.lab["host"], gateway, inside.port)
        self.assertEqual(len(mapper.mappings()), 1, mapper.mappings())
        inside.answers_until(outside.send((site.outer, outer)))

    def test_a_mapping_ends_when_its_time_is_over(self):
        self.laboratory()
        mapper = PortMapper(self, "host")
        map_port(self.lab["host"], "192.168.1.1", 5000, lifetime=2)
        until(lambda: not mapper.mappings(), "a mapping that has ended")


    def test_it_opens_the_firewall_for_ipv6(self):
        self.laboratory(ipv6=True)
        PortMapper(self, "host")
        inside = self.lab["host"].socket(family=socket.AF_INET6, bind=("2a11:3:1::10", 0))
        outside = self.lab["view"].socket(family=socket.AF_INET6)
        for one in (inside, outside):
            self.addCleanup(one.close)
        inside.settimeout(DEADLINE)
        outside.sendto(b"too early", inside.getsockname())
        open_pinhole(self.lab["host"], "2a11:3:1::10", "2a11:3:1::1", inside.getsockname()[1])
        outside.sendto(b"in time", inside.getsockname())
        self.assertEqual(inside.recv(100), b"in time")


class Recorders(Labs):
    def test_it_tells_who_sent_to_whom_with_the_addresses_outside(self):
        self.laboratory()
        server, recorder = self.stun_server(), self.recorder()
        probe = Probe(self.lab["host"], server)
        self.addCleanup(probe.close)
        probe.mapped()
        probe.mapped(1)
        outer = self.lab.sites["host"].outer
        ends = [("udp", "11.0.0.10", 3478), ("udp", "11.0.0.11", 3478)]
        until(lambda: len(recorder.flows()) == 4, f"two flows, both ways: {recorder.flows()}")
        self.assertEqual(recorder.sent_from(outer), set(ends))
        for _, address, port in ends:
            self.assertEqual(recorder.flows()["udp", outer, probe.port, address, port], 1)
            self.assertEqual(recorder.flows()["udp", address, port, outer, probe.port], 1)
