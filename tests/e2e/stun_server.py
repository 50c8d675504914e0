"""A STUN server (RFC 8489) that answers binding requests with what it sees, on the address and port that it is given."""

import socket
import struct
import sys

COOKIE = 0x2112A442


def answer(request, seen):
    kind, _, cookie = struct.unpack_from(">HHI", request)
    if kind != 1 or cookie != COOKIE:
        return None
    host, port = seen
    address = struct.unpack(">I", socket.inet_aton(host))[0] ^ COOKIE
    attribute = struct.pack(">HHBBHI", 0x0020, 8, 0, 1, port ^ (COOKIE >> 16), address)
    return struct.pack(">HHI", 0x0101, len(attribute), COOKIE) + request[8:20] + attribute


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((sys.argv[1], int(sys.argv[2])))
        print("listening", "%s:%d" % server.getsockname(), flush=True)
        while True:
            request, seen = server.recvfrom(2048)
            said = answer(request, seen) if len(request) >= 20 else None
            if said:
                server.sendto(said, seen)


if __name__ == "__main__":
    main()
