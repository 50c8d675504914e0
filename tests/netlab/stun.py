"""STUN as far as a probe of NATs needs it (RFC 8489, and RFC 5780's CHANGE-REQUEST), and a server on two addresses."""

import os
import selectors
import socket
import struct
import threading

from laboratory import SERVERS

MAGIC = 0x2112A442
BINDING, SUCCESS = 0x0001, 0x0101
CHANGE_REQUEST, XOR_MAPPED_ADDRESS = 0x0003, 0x0020
CHANGE_ADDRESS, CHANGE_PORT = 0x4, 0x2
PORT, OTHER_PORT = 3478, 3479
POPULAR_PORT = 19302  # where a well-known one is


def request(change=0):
    """The datagram, and the transaction by which its answer is known."""
    transaction = os.urandom(12)
    attributes = struct.pack("!HHI", CHANGE_REQUEST, 4, change) if change else b""
    return struct.pack("!HHI", BINDING, len(attributes), MAGIC) + transaction + attributes, transaction


def attributes(datagram):
    """By type."""
    found, at = {}, 20
    while at + 4 <= len(datagram):
        kind, length = struct.unpack_from("!HH", datagram, at)
        found[kind] = datagram[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
    return found


def _masked(family, data, transaction):
    mask = struct.pack("!I", MAGIC) + transaction
    return bytes(one ^ other for one, other in zip(data, mask[: 4 if family == 1 else 16]))


def answer(datagram, seen):
    """The success response that tells `seen`, an address of either family."""
    family = 2 if ":" in seen[0] else 1
    packed = socket.inet_pton(socket.AF_INET6 if family == 2 else socket.AF_INET, seen[0])
    value = struct.pack("!BBH", 0, family, seen[1] ^ (MAGIC >> 16)) + _masked(family, packed, datagram[8:20])
    body = struct.pack("!HH", XOR_MAPPED_ADDRESS, len(value)) + value
    return struct.pack("!HHI", SUCCESS, len(body), MAGIC) + datagram[8:20] + body


def mapped(datagram):
    """The address that a success response tells."""
    _, family, port = struct.unpack_from("!BBH", attributes(datagram)[XOR_MAPPED_ADDRESS])
    packed = _masked(family, attributes(datagram)[XOR_MAPPED_ADDRESS][4:], datagram[8:20])
    return socket.inet_ntop(socket.AF_INET6 if family == 2 else socket.AF_INET, packed), port ^ (MAGIC >> 16)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Server:
    """Answers on two addresses until close()."""

    def __init__(self, node, addresses=SERVERS[:2]):
        self.addresses = addresses
        self._sockets = {
            (address, port): node.socket(family=family_of(address), bind=(address, port))
            for address in addresses for port in (PORT, OTHER_PORT, POPULAR_PORT)}
        self._waker, self._woken = socket.socketpair()
        self._lock = threading.Lock()
        self._heard = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def heard(self):
        """The addresses that datagrams have come from."""
        with self._lock:
            return list(self._heard)

    def close(self):
        self._waker.close()
        self._thread.join()
        for one in [*self._sockets.values(), self._woken]:
            one.close()

    def _serve(self):
        with selectors.DefaultSelector() as selector:
            for own, one in self._sockets.items():
                selector.register(one, selectors.EVENT_READ, own)
            selector.register(self._woken, selectors.EVENT_READ, None)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    self._answer(key.fileobj, key.data)

    def _answer(self, at, own):
        datagram, peer = at.recvfrom(2048)
        with self._lock:
            self._heard.append(peer)
        if len(datagram) < 20 or struct.unpack_from("!HHI", datagram)[::2] != (BINDING, MAGIC):
            return
        change = struct.unpack("!I", attributes(datagram).get(CHANGE_REQUEST, bytes(4)))[0]
        address, port = own
        if change & CHANGE_ADDRESS:
            address = next(one for one in self.addresses if one != address)
        if change & CHANGE_PORT:
            port = OTHER_PORT if port == PORT else PORT
        self._sockets[address, port].sendto(answer(datagram, peer), peer)
