"""Two homes, the internet between them, and servers in it:

  host ─┐                                               ┌─ view
        natA ──────────── net (router) ──────────── natB
  near ─┘ └── cgnA ──────┘     │      └────── cgnB ──┘ └─ far
                              srv

`near` and `far` are second machines in the homes. A home's IPv4 goes through its carrier's NAT (cgn) where the kind of
NAT has one. IPv6 is routed. The addresses look global: programs tell those of documentation from real ones.
"""

import contextlib

from nat_kinds import KINDS, Place, carrier, rules
from nodes import Node, ip

NODES = ("net", "srv", "natA", "natB", "cgnA", "cgnB", "host", "view", "near", "far")
SIDES = ("host", "view")
SERVERS = ("11.0.0.10", "11.0.0.11", "11.0.0.12")
SERVERS6 = ("2a11::10", "2a11::11", "2a11::12")


class Site:
    """A home: its routers and its machines."""

    def __init__(self, letter, number, machines):
        self.number, self.nat, self.cgn, self.machines = number, f"nat{letter}", f"cgn{letter}", machines
        self.kind = None
        self.outer, self.outer_gateway = f"11.1.{number}.2", f"11.1.{number}.1"
        self.carrier_outer, self.carrier_gateway = f"11.2.{number}.2", f"11.2.{number}.1"
        self.shared, self.shared_gateway = f"100.64.{number}.2", f"100.64.{number}.1"
        self.network6 = f"2a11:3:{number}::"

    def lan(self, kind):
        """The first three numbers of the machines' addresses."""
        return f"11.3.{self.number}" if kind == "open" else f"192.168.{self.number}"

    def address(self, at=0):
        """A machine's address, now."""
        return f"{self.lan(self.kind)}.{10 + at}"

    def address6(self, at=0):
        return f"{self.network6}{10 + at}"

    def public(self):
        """Where the internet sees the first machine from, now."""
        if self.kind == "open":
            return self.address()
        return self.carrier_outer if carrier(self.kind) else self.outer


class Laboratory:
    """Made in surroundings.enter()'s, once in a test; ends with them."""

    def __init__(self, host="port", view="port", ipv4=True, ipv6=False, firewalls6=SIDES, emulator=None):
        """`firewalls6`: the sides that let nobody in over IPv6 who was not asked.

        `emulator`: makes the line between a home and the internet (see links.py); otherwise it is a plain one.
        """
        self.ipv4, self.ipv6, self.firewalls6 = ipv4, ipv6, firewalls6
        ip(*(f"netns add {name}" for name in NODES))
        self.nodes = {name: Node(name) for name in NODES}
        for name in ("net", "natA", "natB", "cgnA", "cgnB"):
            self[name].forward()
        if not ipv6:
            # In the homes machines have it all the same, as far as the router.
            for name in ("net", "srv", "natA", "natB", "cgnA", "cgnB"):
                self[name].sysctl("ipv6/conf/all/disable_ipv6", 1)
        self.sites = {"host": Site("A", 1, ("host", "near")), "view": Site("B", 2, ("view", "far"))}
        self.links = {}
        self._connect_servers()
        for side, site in self.sites.items():
            self._connect(side, site, emulator)
        self.set_nat("host", host)
        self.set_nat("view", view)

    def __getitem__(self, name):
        return self.nodes[name]

    def set_nat(self, side, kind):
        """Of `host` or of `view`, also while something runs; what the routers knew of flows is forgotten."""
        assert kind in KINDS, kind
        site = self.sites[side]
        if self.ipv4:
            self._place_lan(site, kind)
            self._place_outer(site, kind)
        behind = carrier(kind)
        outer = "shared" if behind else "wan"
        address = site.shared if behind else site.outer
        place = Place(outer, address, "lan", f"{site.lan(kind)}.10")
        self[site.nat].nft(rules("port" if behind else kind, place, side in self.firewalls6))
        if behind:
            at_carrier = Place("wan", site.carrier_outer, "shared", site.shared)
            self[site.cgn].nft(rules(behind, at_carrier))
        for router in (site.nat, site.cgn):
            self[router].forget_mappings()
        site.kind = kind

    # ---- Cables and addresses --------------------------------------------------------------------------

    def _connect_servers(self):
        ip("link add eth0 netns srv type veth peer name to-srv netns net")
        self["srv"].ip("link set eth0 up", *(f"address add {one}/24 dev eth0" for one in SERVERS),
                       "route add default via 11.0.0.1")
        self["net"].ip("link set to-srv up", "address add 11.0.0.1/24 dev to-srv")
        if self.ipv6:
            self["net"].ip("address add 2a11::1/64 dev to-srv")
            self["srv"].ip(*(f"address add {one}/64 dev eth0" for one in SERVERS6),
                           "route add default via 2a11::1")

    def _connect(self, side, site, emulator):
        nat, cgn = site.nat, site.cgn
        if emulator:
            self.links[side] = emulator(nat, "wan", "net", f"to-{nat}")
        else:
            ip(f"link add wan netns {nat} type veth peer name to-{nat} netns net")
        ip(f"link add wan netns {cgn} type veth peer name to-{cgn} netns net",
           f"link add shared netns {nat} type veth peer name shared netns {cgn}",
           *(f"link add eth0 netns {one} type veth peer name to-{one} netns {nat}" for one in site.machines))
        self["net"].ip(f"link set to-{nat} up", f"link set to-{cgn} up",
                       f"address add {site.outer_gateway}/24 dev to-{nat}",
                       f"address add {site.carrier_gateway}/24 dev to-{cgn}",
                       f"route add {site.lan('open')}.0/24 via {site.outer}")
        self[cgn].ip("link set wan up", "link set shared up", f"address add {site.carrier_outer}/24 dev wan",
                     f"address add {site.shared_gateway}/24 dev shared",
                     f"route add default via {site.carrier_gateway}")
        self[nat].ip("link set wan up", "link set shared up", "link add lan type bridge", "link set lan up",
                     *(f"link set to-{one} master lan up" for one in site.machines))
        self._leave_bridges_alone(self[nat])
        for one in site.machines:
            self[one].ip("link set eth0 up")
        if self.ipv6:
            self._connect6(site)

    def _connect6(self, site):
        line = f"2a11:1:{site.number}:"
        self["net"].ip(f"address add {line}:1/64 dev to-{site.nat}",
                       f"route add {site.network6}/64 via {line}:2")
        self[site.nat].ip(f"address add {line}:2/64 dev wan", f"address add {site.network6}1/64 dev lan",
                          f"route add default via {line}:1")
        for at, one in enumerate(site.machines):
            self[one].ip(f"address add {site.address6(at)}/64 dev eth0",
                         f"route add default via {site.network6}1")

    @staticmethod
    def _leave_bridges_alone(node):
        """Where the kernel has it, a router's rules are for what it bridges as well, unless told otherwise."""
        for kind in ("iptables", "ip6tables"):
            with contextlib.suppress(FileNotFoundError):
                node.sysctl(f"bridge/bridge-nf-call-{kind}", 0)

    def _place_lan(self, site, kind):
        lan = site.lan(kind)
        if site.kind is not None and site.lan(site.kind) == lan:
            return
        self[site.nat].ip4("address flush dev lan", f"address add {lan}.1/24 dev lan")
        for at, one in enumerate(site.machines):
            self[one].ip4("address flush dev eth0", f"address add {lan}.{10 + at}/24 dev eth0",
                         f"route replace default via {lan}.1")

    def _place_outer(self, site, kind):
        used, address, gateway = (
            ("shared", site.shared, site.shared_gateway) if carrier(kind) else ("wan", site.outer, site.outer_gateway))
        unused = "wan" if used == "shared" else "shared"
        self[site.nat].ip4(f"address flush dev {unused}", f"address replace {address}/24 dev {used}",
                          f"route replace default via {gateway} dev {used}")
