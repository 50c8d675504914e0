"""miniupnpd on a router of a laboratory: UPnP, NAT-PMP and PCP, as home routers have them."""

import os
import socket
import struct
import subprocess

from processes import DEADLINE, Process, until
from support import needs

PCP_PORT = 5351

# A table of its own, as the daemon wants it; what it opens in the router's filter goes to nat_kinds.py's chain.
RULES = """table inet mapping {
  chain prerouting { type nat hook prerouting priority -101; policy accept; jump mapped_in; }
  chain postrouting { type nat hook postrouting priority 90; policy accept; jump mapped_out; }
  chain mapped_in { }
  chain mapped_out { }
}
"""

CONFIGURATION = """ext_ifname={outer}
{says}
listening_ip=lan
enable_natpmp={pmp}
enable_upnp={upnp}
min_lifetime=2
max_lifetime=86400
secure_mode=yes
system_uptime=yes
notify_interval=60
uuid=6b5d0000-0000-4000-8000-000000000001
lease_file={folder}/leases
upnp_table_name=filter
upnp_nat_table_name=mapping
upnp_forward_chain=mapped
upnp_nat_chain=mapped_in
upnp_nat_postrouting_chain=mapped_out
allow 1024-65535 0.0.0.0/0 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""


class PortMapper:
    """On the router of the home on this side. Changing the NAT's kind takes the mappings and their table away."""

    def __init__(self, test, side, upnp=True, pmp=True, says=None):
        """`pmp`: NAT-PMP and PCP, which it cannot have one without the other. `says`: the outer address it tells."""
        needs("miniupnpd", "miniupnpd-nftables")
        site = test.lab.sites[side]
        self._node = test.lab[site.nat]
        self._node.nft(RULES)
        file = test.folder / f"miniupnpd-{side}.conf"
        outer = "shared" if site.kind.startswith("cgn-") else "wan"
        yes = {True: "yes", False: "no"}
        told = f"ext_ip={says}" if says else ""
        file.write_text(CONFIGURATION.format(
            outer=outer, says=told, folder=test.folder, upnp=yes[upnp], pmp=yes[pmp]), encoding="ascii")
        pid = test.folder / f"miniupnpd-{side}.pid"
        self.process = test.start(Process, [*self._node.prefix, "miniupnpd", "-d", "-f", file, "-P", pid],
                                  stdout=subprocess.DEVNULL)
        if pmp:
            near = test.lab[site.machines[1]]
            until(lambda: external_address(near, f"{site.lan(site.kind)}.1"), "an answer of miniupnpd")

    def mappings(self):
        """nft's lines of what it maps now."""
        said = self._node.run("nft", "list", "chain", "inet", "mapping", "mapped_in")
        return [line.strip() for line in said.splitlines() if "dnat" in line]


def external_address(node, gateway):
    """By NAT-PMP (RFC 6886, section 3.2), or None if there is no answer yet."""
    with node.socket(bind=("0.0.0.0", 0)) as one:
        one.settimeout(0.2)
        one.connect((gateway, PCP_PORT))
        try:
            one.send(bytes(2))
            answer = one.recv(1100)
        except OSError:
            return None
    return socket.inet_ntoa(answer[8:12]) if len(answer) == 12 else None


def map_port(node, gateway, port, lifetime=3600):
    """The outer port of a UDP port of this machine's, by NAT-PMP (section 3.3)."""
    with node.socket(bind=("0.0.0.0", 0)) as one:
        one.settimeout(DEADLINE)
        one.connect((gateway, PCP_PORT))
        one.send(struct.pack("!BBHHHI", 0, 1, 0, port, port, lifetime))
        _, _, result, _, _, outer, _ = struct.unpack("!BBHIHHI", one.recv(1100))
    assert result == 0, f"refused: {result}"
    return outer


def open_pinhole(node, address, gateway, port, lifetime=3600):
    """Lets datagrams from anybody in to a port of this IPv6 address, by PCP (RFC 6887, sections 7.1 and 11.1)."""
    with node.socket(family=socket.AF_INET6, bind=(address, 0)) as one:
        one.settimeout(DEADLINE)
        one.connect((gateway, PCP_PORT))
        own = socket.inet_pton(socket.AF_INET6, address)
        header = struct.pack("!BBHI", 2, 1, 0, lifetime) + own
        one.send(header + os.urandom(12) + struct.pack("!B3xHH", socket.IPPROTO_UDP, port, port) + own)
        result = one.recv(1100)[3]
    assert result == 0, f"refused: {result}"
