"""Which of a machine's addresses a ticket has, and that they bring a viewer in."""

import subprocess

from networks import Namespaces
from processes import until


class Addresses(Namespaces):
    def host_anywhere(self):
        return self.pixelpass("host", "--source", "test", prefix=self.inside(self.host_side))

    def view_from_there(self, host):
        """A viewer that has connected, the addresses that it tried, and the one that it is connected to."""
        viewer = self.pixelpass("view", "--player", "none", host.ticket(), prefix=self.inside(self.viewer_side))
        tried = [address.rsplit(":", 1)[0] for address in viewer.wait("connecting")["addresses"]]
        used = viewer.wait("connected")["address"].rsplit(":", 1)[0]
        viewer.wait("first_frame")
        return tried, used


class Bridges(Addresses):
    """A LAN on a bridge, beside those of containers and virtual machines, which were there first."""

    SIDES = ("host", "viewer", "container")
    LAN, GATEWAY = "10.231.79.1", "10.231.79.2"
    DOCKER, CONTAINER, LIBVIRT = "172.17.0.1", "172.17.0.2", "192.168.122.1"

    def connect(self):
        for bridge, address in (("docker0", self.DOCKER), ("virbr0", self.LIBVIRT), ("br-lan", self.LAN)):
            self.ip("link", "add", bridge, "type", "bridge", side=self.host_side)
            self.ip("address", "add", f"{address}/24", "dev", bridge, side=self.host_side)
            self.ip("link", "set", bridge, "up", side=self.host_side)
        self.plug("docker0", "veth1", self.namespaces[2], self.CONTAINER)
        self.plug("br-lan", "lan1", self.viewer_side, self.GATEWAY)

    def plug(self, bridge, port, side, address):
        """What is on this side hangs on the bridge."""
        self.ip("link", "add", port, "netns", self.host_side, "type", "veth", "peer", "name", "eth0", "netns", side)
        self.ip("link", "set", port, "master", bridge, "up", side=self.host_side)
        self.ip("address", "add", f"{address}/24", "dev", "eth0", side=side)
        self.ip("link", "set", "eth0", "up", side=side)

    def test_a_lan_on_a_bridge_comes_before_the_bridges_of_containers_and_machines(self):
        self.ip("route", "add", "default", "via", self.GATEWAY, side=self.host_side)
        tried, used = self.view_from_there(self.host_anywhere())
        self.assertEqual(tried, [self.LAN, self.DOCKER, self.LIBVIRT, "127.0.0.1"])
        self.assertEqual(used, self.LAN)

    def test_a_lan_that_looks_like_a_container_s_brings_the_viewer_in(self):
        tried, used = self.view_from_there(self.host_anywhere())
        self.assertEqual(sorted(tried[:2]), sorted([self.LAN, self.DOCKER]))
        self.assertEqual(tried[2:], [self.LIBVIRT, "127.0.0.1"])
        self.assertEqual(used, self.LAN)


class OneCable(Addresses):
    """Two machines that gave themselves addresses: RFC 3927."""

    HOST, VIEWER = "169.254.7.1", "169.254.200.9"

    def connect(self):
        self.link(self.host_side, "host0", f"{self.HOST}/16", self.viewer_side, "viewer0", f"{self.VIEWER}/16")

    def test_two_machines_on_one_cable_connect(self):
        host = self.host_anywhere()
        tried, used = self.view_from_there(host)
        self.assertEqual((tried, used), ([self.HOST, "127.0.0.1"], self.HOST))
        self.assertEqual(host.events("notice"), [])


class OneCableWithIpv6(Addresses):
    """Two machines that have nothing but what IPv6 gives each link, and each another link beside the cable."""

    def connect(self):
        for side, name in ((self.host_side, "spare"), (self.viewer_side, "another")):
            self.ip("link", "add", name, "type", "veth", "peer", "name", f"{name}-end", side=side)
            for end in (name, f"{name}-end"):
                self.ip("link", "set", end, "up", side=side)
        self.ip("link", "add", "host0", "netns", self.host_side, "type", "veth", "peer", "name", "viewer0", "netns",
                self.viewer_side)
        for side, device in ((self.host_side, "host0"), (self.viewer_side, "viewer0")):
            self.ip("link", "set", device, "up", side=side)
        until(lambda: not self.unchecked(self.host_side) and not self.unchecked(self.viewer_side), "addresses")

    def unchecked(self, side):
        """Addresses of which it is not known yet whether somebody else has them."""
        said = subprocess.run(["ip", "-n", side, "-6", "address", "show", "tentative"], capture_output=True, check=True)
        return said.stdout

    def test_two_machines_on_one_cable_connect_by_link_local_ipv6(self):
        host = self.host_anywhere()
        _, used = self.view_from_there(host)
        self.assertRegex(used, r"^\[fe80:")
        self.assertEqual(host.events("notice"), [])


class NoNetwork(Addresses):
    def connect(self):
        """By nothing."""

    def test_a_host_without_a_network_says_so_at_the_start(self):
        host = self.host_anywhere()
        host.wait("ticket")
        said = host.events()
        self.assertEqual([one["event"] for one in said][:2], ["notice", "ticket"])
        self.assert_says(said[0]["what"], "no network address", "this machine alone")
