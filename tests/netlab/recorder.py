"""Who sent what to whom, as the internet's router saw it."""

import ipaddress
import selectors
import socket
import struct
import threading

ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 0x0003, 0x0800, 0x86DD
TCP, UDP = 6, 17
OUTGOING = 4  # linux/if_packet.h: PACKET_OUTGOING, what the router itself sent on
ENOUGH = 64  # bytes: IPv6's header and the ports


class Recorder:
    """From its start to close(). What the router sent on it has heard before, and is not counted twice."""

    def __init__(self, node):
        self._socket = node.socket(socket.SOCK_DGRAM, socket.AF_PACKET, protocol=socket.htons(ETH_P_ALL))
        self._waker, self._woken = socket.socketpair()
        self._lock = threading.Lock()
        self._flows = {}
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def flows(self):
        """{("udp" | "tcp" | number, source, its port, destination, its port): packets}"""
        with self._lock:
            return dict(self._flows)

    def sent_from(self, *sources):
        """Destinations of packets from these addresses: {(protocol, address, port)}"""
        return {(kind, to, port) for kind, source, _, to, port in self.flows() if source in sources}

    def close(self):
        self._waker.close()
        self._thread.join()
        self._socket.close()
        self._woken.close()

    def _listen(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._woken in ready:
                    return
                packet, (_, protocol, kind, *_) = self._socket.recvfrom(ENOUGH)
                flow = parse(protocol, packet) if kind != OUTGOING else None
                if flow:
                    with self._lock:
                        self._flows[flow] = self._flows.get(flow, 0) + 1


def parse(protocol, packet):
    """A flow, or None for what is no IP packet."""
    if protocol == ETH_P_IP and len(packet) >= 24:
        at, kind, ends = (packet[0] & 15) * 4, packet[9], (packet[12:16], packet[16:20])
    elif protocol == ETH_P_IPV6 and len(packet) >= 44:
        at, kind, ends = 40, packet[6], (packet[8:24], packet[24:40])
    else:
        return None
    source, destination = (str(ipaddress.ip_address(end)) for end in ends)
    ports = struct.unpack_from("!HH", packet, at) if kind in (TCP, UDP) and len(packet) >= at + 4 else (0, 0)
    return {TCP: "tcp", UDP: "udp"}.get(kind, kind), source, ports[0], destination, ports[1]
