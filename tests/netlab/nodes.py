"""A machine of the laboratory: a network namespace with a name."""

import contextlib
import ctypes
import errno
import os
import socket
import struct
import subprocess

CLONE_NEWNET = 0x40000000
NETLINK_NETFILTER = 12
# linux/netfilter/nfnetlink_conntrack.h: of all of conntrack's table.
CONNTRACK_DELETE = (1 << 8) | 2
REQUEST_WITH_ANSWER = 0x1 | 0x4

_libc = ctypes.CDLL(None, use_errno=True)


def _set_namespace(descriptor):
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def run(command, text=""):
    """To its end, which is to be a good one; what it said."""
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {result.stderr.strip()}\n{text}")
    return result.stdout


def ip(*lines, options=()):
    """Several commands of ip's in one go."""
    run(["ip", *options, "-batch", "-"], "\n".join(lines) + "\n")


class Node:
    """Made by Laboratory; ends with the surroundings."""

    def __init__(self, name):
        self.name = name
        self._namespace = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
        self.sysctl("ipv6/conf/all/accept_dad", 0)
        self.sysctl("ipv6/conf/default/accept_dad", 0)
        self.sysctl("ipv6/conf/default/accept_ra", 0)
        self.ip("link set lo up")

    @property
    def prefix(self):
        """What comes before a command that is to run here."""
        return ("ip", "netns", "exec", self.name)

    def ip(self, *lines):
        ip(*lines, options=("-n", self.name))

    def ip4(self, *lines):
        """Where a flush is to leave IPv6 alone."""
        ip(*lines, options=("-4", "-n", self.name))

    def run(self, *command, text=""):
        return run([*self.prefix, *command], text)

    def nft(self, rules):
        self.run("nft", "-f", "-", text=rules)

    @contextlib.contextmanager
    def inside(self):
        """This thread's new sockets are of this machine; what it does meanwhile is to be short."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _set_namespace(self._namespace)
            try:
                yield
            finally:
                _set_namespace(home)
        finally:
            os.close(home)

    def sysctl(self, name, value):
        with self.inside(), open(f"/proc/sys/net/{name}", "w", encoding="ascii") as setting:
            setting.write(str(value))

    def forward(self):
        self.sysctl("ipv4/ip_forward", 1)
        self.sysctl("ipv6/conf/all/forwarding", 1)

    def socket(self, kind=socket.SOCK_DGRAM, family=socket.AF_INET, bind=None, protocol=0):
        with self.inside():
            made = socket.socket(family, kind, protocol)
        if bind is not None:
            made.bind(bind)
        return made

    def forget_mappings(self):
        """What a router that starts anew has forgotten: every flow that it knew."""
        with self.inside():
            made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        with made:
            family = struct.pack("=BBH", socket.AF_UNSPEC, 0, 0)
            header = struct.pack("=IHHII", 16 + len(family), CONNTRACK_DELETE, REQUEST_WITH_ANSWER, 1, 0)
            made.sendto(header + family, (0, 0))
            answer = made.recv(4096)
        error = -struct.unpack_from("=i", answer, 16)[0]
        if error not in (0, errno.ENOENT):
            raise OSError(error, "conntrack's table cannot be emptied")
