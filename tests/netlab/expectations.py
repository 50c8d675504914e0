"""What each pair of networks is to give: by theory, and as far as the program is."""

import unittest

from nat_kinds import KINDS

# The one line that changes when the program gets through NATs: until then only who is reachable is reached.
GETS_THROUGH = True

DIRECT, RELAYED, NOT_REACHABLE = "direct", "relay", "not reachable"

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


def needs_traversal(test):
    """What the program cannot do as long as it does not get through NATs. That it then does is seen."""
    return test if GETS_THROUGH else unittest.expectedFailure(test)


def by_theory(host, view):
    """With a relay to meet at: each of the 81 pairs connects, 48 of them without it in the end."""
    if host in NO_DATAGRAMS or view in NO_DATAGRAMS:
        return RELAYED
    if (host in DIFFERS and view in BY_PORT) or (view in DIFFERS and host in BY_PORT):
        return RELAYED
    return DIRECT


def by_reply_code(host, view):
    """Without a relay, where the viewer's code comes back to the host by hand."""
    return DIRECT if by_theory(host, view) == DIRECT else NOT_REACHABLE


def by_ticket(host, view):
    """Without a relay, without a code and without asking anybody for addresses: the host's own are to be reachable."""
    return DIRECT if host == "open" and view not in NO_DATAGRAMS else NOT_REACHABLE


def with_relay(host, view):
    return by_theory(host, view) if GETS_THROUGH else by_ticket(host, view)


assert len(KINDS) == 9 and sum(by_theory(one, other) == DIRECT for one in KINDS for other in KINDS) == 48
