"""What every test in a laboratory stands on."""

import os
import shutil

import surroundings
from laboratory import SERVERS, Laboratory
from links import Link
from nodes import run
from recorder import Recorder
from stun import Server
from support import EndToEnd, needs

# Where OpenSSL looks, by a certificate's hash, and files with all authorities that others have in its place.
TRUSTED, BUNDLE = "/etc/ssl/certs", "ca-certificates.crt"
STORES = ("/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


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

    def recorder(self):
        recorder = Recorder(self.lab["net"])
        self.addCleanup(recorder.close)
        return recorder

    def trust(self, certificate):
        """As an authority of this machine, for this test: whoever checks certificates by what the system trusts."""
        trusted = self.folder / "trusted"
        trusted.mkdir(exist_ok=True)
        shutil.copy(certificate, trusted / BUNDLE)
        run(["openssl", "rehash", str(trusted)])
        stores = [(certificate, store) for store in STORES] + [(trusted, TRUSTED)]
        mounted = [run(["mount", "--bind", str(ours), store]) for ours, store in stores if os.path.exists(store)]
        assert mounted, f"this machine trusts by nothing that we know: {TRUSTED}, {STORES}"

    def name(self, addresses):
        """{name: address}: these names resolve, and no others. Nobody outside is asked."""
        hosts, resolver = self.folder / "hosts", self.folder / "resolv.conf"
        lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in addresses.items())]
        hosts.write_text("\n".join(lines) + "\n", encoding="ascii")
        resolver.write_text("nameserver 127.0.0.1\n", encoding="ascii")
        run(["mount", "--bind", str(hosts), "/etc/hosts"])
        # Where it is a link into /run it is gone, which comes to the same.
        if os.path.exists("/etc/resolv.conf"):
            run(["mount", "--bind", str(resolver), "/etc/resolv.conf"])

    def on(self, node):
        """For start() and its like: what runs a command on this machine."""
        return self.lab[node].prefix
