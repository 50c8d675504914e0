"""What each pair of networks is to give, by theory."""

from nat_kinds import KINDS

DIRECT, RELAYED = "direct", "relay"

# What a host in the laboratory is told when there is a relay; a viewer is told nothing.
RELAY = ("--relay", "turn:alice:wonder@relay.test")
# What a host is told that is to find out by itself how it is seen from outside.
ASKS_FOR_ADDRESSES = ("--stun", "11.0.0.11", "--stun", "11.0.0.12")
# What the program asks unless it is told to ask others.
STUN_NAMES = ("stun.l.google.com", "stun.cloudflare.com")

NO_DATAGRAMS = ("block443",)
# Each destination sees another port of theirs…
DIFFERS = ("sym", "cgn-sym")
# … and these let in only whom they have sent to, address and port: that port is not known.
BY_PORT = ("port", "port-nofw", "cgn-port", *DIFFERS)
# Whoever knows the outer address of a host in one of these comes in.
LET_ANYBODY_IN = ("open", "full")


def by_theory(host, view):
    """With a relay to meet at: each of the 81 pairs connects, 48 of them without it in the end. The same 48 connect where
    there is none: by the host's outer address alone, or by the viewer's code, which comes back by hand."""
    if host in NO_DATAGRAMS or view in NO_DATAGRAMS:
        return RELAYED
    if (host in DIFFERS and view in BY_PORT) or (view in DIFFERS and host in BY_PORT):
        return RELAYED
    return DIRECT


assert len(KINDS) == 9 and sum(by_theory(one, other) == DIRECT for one in KINDS for other in KINDS) == 48
