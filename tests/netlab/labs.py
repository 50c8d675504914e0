"""What every test in a laboratory stands on."""

import surroundings
from laboratory import SERVERS, Laboratory
from links import Link
from stun import Server
from support import EndToEnd, needs


class Labs(EndToEnd):
    def setUp(self):
        for tool, package in (("unshare", "util-linux"), ("ip", "iproute2"), ("nft", "nftables")):
            needs(tool, package)
        # First: what was made before would stay behind.
        surroundings.enter()
        super().setUp()

    def laboratory(self, emulated=False, **how):
        """`emulated`: the lines between the homes and the internet are links.Link."""
        emulator = (lambda *ends: Link.between(self, *ends)) if emulated else None
        self.lab = Laboratory(emulator=emulator, **how)
        return self.lab

    def stun_server(self, addresses=SERVERS[:2]):
        server = Server(self.lab["srv"], addresses)
        self.addCleanup(server.close)
        return server

    def on(self, node):
        """For start() and its like: what runs a command on this machine."""
        return self.lab[node].prefix
