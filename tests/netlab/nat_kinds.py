"""Kinds of NAT as nftables rules. What each does is measured by nat_kinds_test.py.

            mapping   filtering   port
open        (no NAT)  none        kept        public addresses, no firewall
full        same      none        kept        "full cone"
addr        same      address     kept        "address-restricted cone"
port        same      addr+port   kept        "port-restricted cone": plain masquerade
port-nofw   same      addr+port   kept        port, but itself answers what nobody behind it asked for
sym         differs   addr+port   changed     "symmetric": a random port for each destination
cgn-port    as port, behind a carrier's NAT of that kind
cgn-sym     as port, behind a carrier's NAT of kind sym
block443    no UDP at all, TCP to ports 80 and 443 alone
(mapping and filtering: RFC 4787, sections 4.1 and 5; differs: with the address and port that is sent to)
"""

import dataclasses

KINDS = ("open", "full", "addr", "port", "port-nofw", "sym", "cgn-port", "cgn-sym", "block443")


@dataclasses.dataclass
class Place:
    """Where a NAT is: its devices, its own address outside, and the one client that a static mapping leads to."""

    outer: str
    address: str
    inner: str
    client: str


def carrier(kind):
    """The kind of a carrier's NAT in front of one at home, if there is one."""
    return kind[len("cgn-"):] if kind.startswith("cgn-") else None


def rules(kind, place, firewall6=True):
    """All of a router's rules. IPv6 is routed, behind a stateful firewall or none."""
    assert kind in KINDS and not carrier(kind), kind
    return f"flush ruleset\n{_nat(kind, place)}\n{_filter(kind, place, firewall6)}"


def _nat(kind, place):
    if kind == "open":
        return ""
    to_client, source = "", f"oifname {place.outer} masquerade"
    if kind in ("full", "addr"):
        to_client = f"iifname {place.outer} udp dport 1024-65535 dnat to {place.client}"
        source = f"oifname {place.outer} ip saddr {place.client} meta l4proto udp snat to {place.address}; {source}"
    if kind == "sym":
        source = f"oifname {place.outer} meta l4proto udp masquerade fully-random; {source}"
    return f"""table ip nat {{
  chain destination {{ type nat hook prerouting priority dstnat; {to_client + ";" if to_client else ""} }}
  chain source {{ type nat hook postrouting priority srcnat; {source}; }}
}}"""


def _filter(kind, place, firewall6):
    outer, forward = place.outer, []
    if not firewall6:
        forward += ["meta nfproto ipv6 accept"]
    if kind == "open":
        forward += ["meta nfproto ipv4 accept"]
    if kind == "addr":
        forward += [f"oifname {outer} meta nfproto ipv4 meta l4proto udp update @sent_to {{ udp sport . ip daddr }}"]
    if kind == "block443":
        forward += [f"oifname {outer} meta l4proto udp drop", f"oifname {outer} tcp dport != {{ 80, 443 }} drop"]
    forward += ["ct state established,related accept"]
    if kind == "addr":
        forward += [
            f"iifname {outer} ct state new meta nfproto ipv4 udp dport . ip saddr @sent_to accept",
            f"iifname {outer} meta nfproto ipv4 meta l4proto udp drop"]
    # What port_mapping.py's daemon opens is in the chain `mapped`.
    forward += ["ct status dnat accept", f"iifname {place.inner} oifname {outer} accept",
                "icmpv6 type { echo-request, packet-too-big } accept", "jump mapped"]
    to_itself = "accept" if kind in ("open", "port-nofw") else "drop"
    newline = "\n    "
    return f"""table inet filter {{
  set sent_to {{ type inet_service . ipv4_addr; flags dynamic,timeout; timeout 2m; }}
  chain mapped {{ }}
  chain forward {{ type filter hook forward priority filter; policy drop;
    {newline.join(forward)}
  }}
  chain input {{ type filter hook input priority filter; policy accept;
    iifname {outer} ct state established,related accept
    meta l4proto icmpv6 accept
    iifname {outer} icmp type echo-request accept
    iifname {outer} {to_itself}
  }}
}}
"""
