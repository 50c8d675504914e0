"""What a NAT does, measured from behind it: RFC 5780, section 4, without a clock deciding anything.

An answer that does not come is known by those that were sent after it and have come: the laboratory's lines keep the
order.
"""

import socket

import stun
from processes import DEADLINE

SAME, BY_ADDRESS, BY_ADDRESS_AND_PORT = "same", "by address", "by address and port"
NONE = "none"


class Probe:
    """One socket on a machine behind the NAT, and a stun.Server outside."""

    def __init__(self, node, server):
        self._server = server
        self._socket = node.socket(bind=("0.0.0.0", 0))
        self._socket.settimeout(DEADLINE)

    @property
    def port(self):
        return self._socket.getsockname()[1]

    def close(self):
        self._socket.close()

    def send(self, address):
        """Something that is known again by its transaction, to anybody."""
        datagram, transaction = stun.request()
        self._socket.sendto(datagram, address)
        return transaction

    def ask(self, at=0, port=stun.PORT, change=0):
        """The transaction of a request to the server's address number `at`."""
        datagram, transaction = stun.request(change)
        self._socket.sendto(datagram, (self._server.addresses[at], port))
        return transaction

    def answers_until(self, last):
        """What came up to the answer to transaction `last`, by transaction."""
        answers = {}
        while last not in answers:
            datagram = self._socket.recv(2048)
            answers[datagram[8:20]] = datagram
        return answers

    def mapped(self, at=0, port=stun.PORT):
        transaction = self.ask(at, port)
        return stun.mapped(self.answers_until(transaction)[transaction])

    def mapping(self):
        first, other_address, other_port = self.mapped(), self.mapped(1), self.mapped(1, stun.OTHER_PORT)
        if first == other_address == other_port:
            return SAME
        return BY_ADDRESS if other_address == other_port else BY_ADDRESS_AND_PORT

    def filtering(self):
        """Of a socket that has sent to the server's first address alone."""
        unasked = self.ask(change=stun.CHANGE_ADDRESS | stun.CHANGE_PORT)
        other_port = self.ask(change=stun.CHANGE_PORT)
        # Twice there and back: what was sent before has come, or comes no more.
        answers = self.answers_until(self.ask())
        answers.update(self.answers_until(self.ask()))
        if unasked in answers:
            return NONE
        return BY_ADDRESS if other_port in answers else BY_ADDRESS_AND_PORT


def reaches_by_tcp(node, address, port, patience=DEADLINE, family=socket.AF_INET):
    """Whether a TCP connection can be made from there."""
    with node.socket(socket.SOCK_STREAM, family) as one:
        one.settimeout(patience)
        try:
            one.connect((address, port))
        except OSError:
            return False
    return True
