#!/usr/bin/env python3
"""Listens at a network device, and ends once what has come there tells of RTP packets one by one (RTCP's transport-wide
feedback, RTPFB with format 15). Of SRTCP the first eight bytes can be read by anybody (RFC 3711, section 3.4).

feedback_listener.py DEVICE COUNT
"""

import socket
import sys

ETH_P_IP = 0x0800
UDP = 17
UDP_HEADER = 8
VERSION, TYPE, FORMAT = 0x80, 205, 15


def is_feedback(packet):
    """Of an IPv4 packet."""
    if packet[9] != UDP:
        return False
    rtcp = packet[(packet[0] & 15) * 4 + UDP_HEADER:]
    return len(rtcp) > 1 and rtcp[0] & 0xC0 == VERSION and rtcp[0] & 0x1F == FORMAT and rtcp[1] == TYPE


def main(device, count):
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP)) as listener:
        listener.bind((device, ETH_P_IP))
        print("listening", flush=True)
        for _ in range(count):
            while not is_feedback(listener.recv(2048)):
                pass


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
