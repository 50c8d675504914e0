"""A TURN client as far as allocations go (RFC 8656, section 7), to see that the laboratory's server is one."""

import base64
import hashlib
import hmac
import os
import socket
import ssl
import struct

import stun
import turn_server
from processes import DEADLINE

ALLOCATE, SUCCESS, FAILURE = 0x0003, 0x0103, 0x0113
USERNAME, MESSAGE_INTEGRITY, ERROR_CODE, REALM, NONCE = 0x0006, 0x0008, 0x0009, 0x0014, 0x0015
XOR_RELAYED_ADDRESS, REQUESTED_TRANSPORT = 0x0016, 0x0019
UDP = bytes([17, 0, 0, 0])


def _attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _allocate(attributes, key=None):
    body = b"".join(_attribute(kind, value) for kind, value in attributes)
    length = len(body) + (24 if key else 0)
    message = struct.pack("!HHI", ALLOCATE, length, stun.MAGIC) + os.urandom(12) + body
    if key:
        message += _attribute(MESSAGE_INTEGRITY, hmac.new(key, message, hashlib.sha1).digest())
    return message


def connect(node, address, transport, certificate):
    """A socket whose messages are whole: this server answers one at a time."""
    if transport == "udp":
        one = node.socket(bind=("0.0.0.0", 0))
        one.connect((address, turn_server.PORT))
    else:
        one = node.socket(socket.SOCK_STREAM)
        one.connect((address, turn_server.PORT if transport == "tcp" else turn_server.TLS_PORT))
    one.settimeout(DEADLINE)
    if transport == "tls":
        context = ssl.create_default_context(cafile=str(certificate))
        one = context.wrap_socket(one, server_hostname=turn_server.NAME)
    return one


def _asked(one, message):
    one.send(message)
    answer = one.recv(4096)
    return struct.unpack_from("!H", answer)[0], stun.attributes(answer)


def allocate(one, user, password):
    """The port of the relayed address, or the code with which it was refused."""
    wanted = (REQUESTED_TRANSPORT, UDP)
    kind, challenge = _asked(one, _allocate([wanted]))
    assert kind == FAILURE and NONCE in challenge, (kind, challenge)
    realm = challenge[REALM]
    key = hashlib.md5(f"{user}:{realm.decode()}:{password}".encode()).digest()
    mine = [wanted, (USERNAME, user.encode()), (REALM, realm), (NONCE, challenge[NONCE])]
    kind, found = _asked(one, _allocate(mine, key))
    if kind == SUCCESS:
        return "relayed", struct.unpack_from("!H", found[XOR_RELAYED_ADDRESS], 2)[0] ^ (stun.MAGIC >> 16)
    return "refused", found[ERROR_CODE][2] * 100 + found[ERROR_CODE][3]


def timed(expires, name="somebody"):
    """User and password of a server that was given a secret, until that Unix time."""
    user = f"{expires}:{name}"
    digest = hmac.new(turn_server.SECRET.encode(), user.encode(), hashlib.sha1).digest()
    return user, base64.b64encode(digest).decode()
