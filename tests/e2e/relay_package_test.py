"""packaging/relay, as it is: the real coturn with that configuration, in network namespaces of the test's own."""

import pathlib
import re
import shlex
import shutil
import subprocess
import sys

from networks import Namespaces
from processes import Process, until
from support import SOURCE, needs

PACKAGE = SOURCE / "packaging" / "relay"
RELAY, USER = "203.0.113.10", "203.0.113.20"
RELAY_V6, USER_V6 = "2600:db8::10", "2600:db8::20"
# What a relay could be asked to reach for somebody outside: on its own machine, its own network, and in disguise.
PRIVATE = ("10.9.8.7", "192.168.1.1", "172.31.255.255", "100.64.0.1", "169.254.169.254", "127.0.0.1", "0.0.0.0")
PRIVATE_V6 = ("::1", "::", "::ffff:10.9.8.7", "64:ff9b::a09:807", "2002:a09:807::1", "fd00::1", "fe80::1")


class RelayPackage(Namespaces):
    def connect(self):
        self._clients = 0
        needs("turnserver", "coturn")
        needs("openssl")
        self.link(self.host_side, "relay0", RELAY, self.viewer_side, "user0", USER)
        for side, device, address in ((self.host_side, "relay0", RELAY_V6), (self.viewer_side, "user0", USER_V6)):
            self.ip("address", "add", f"{address}/64", "dev", device, "nodad", side=side)
        for address in PRIVATE[:5]:
            self.ip("address", "add", f"{address}/32", "dev", "lo", side=self.host_side)
        self.certificate()

    def certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=relay.example.com", "-addext", "subjectAltName=DNS:relay.example.com",
             "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem"],
            check=True, capture_output=True)

    # ---- The package, in a folder of ours -----------------------------------------------------------------

    def configure(self, *changes):
        """turnserver.conf with other folders, a secret, and the lines that `changes` name changed: (old, new)."""
        text = (PACKAGE / "turnserver.conf").read_text(encoding="utf-8")
        for old, new in (("=/etc/pixelpass-relay/", f"={self.folder}/"), ("=/run/pixelpass-relay/", f"={self.folder}/"),
                         ("static-auth-secret=CHANGE-ME", "static-auth-secret=north"), *changes):
            self.assertIn(old, text)
            text = text.replace(old, new)
        (self.folder / "turnserver.conf").write_text(text, encoding="utf-8")

    def unit_command(self):
        """What the unit starts, with its credentials in our folder."""
        unit = (PACKAGE / "pixelpass-relay.service").read_text(encoding="utf-8")
        command = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE).group(1)
        for name in re.findall(r"^LoadCredential=([^:]+):", unit, re.MULTILINE):
            self.assertTrue((self.folder / name).exists(), f"{name} is no file of the package's")
        words = shlex.split(command.replace("${CREDENTIALS_DIRECTORY}", str(self.folder)))
        return [shutil.which(pathlib.Path(words[0]).name), *words[1:]]

    def serve(self, *changes, relays=(RELAY, RELAY_V6)):
        self.configure(*changes)
        # A server has one public address; this one has private ones as well, and is not to choose them.
        addresses = [f"--listening-ip={RELAY}", *(f"--relay-ip={address}" for address in relays)]
        server = self.start(Process, [*self.inside(self.host_side), *self.unit_command(), *addresses])
        until(lambda: self.accepts(443) and self.accepts(3478), "coturn listens")
        return server

    def accepts(self, port):
        connect = f"import socket; socket.create_connection(('{RELAY}', {port}), 2)"
        return self.run_outside(sys.executable, "-c", connect).returncode == 0

    # ---- Its users -----------------------------------------------------------------------------------------

    def run_outside(self, *command):
        return subprocess.run([*self.inside(self.viewer_side), *command], stdin=subprocess.DEVNULL, check=False,
                              capture_output=True, text=True, errors="replace", timeout=60)

    def client(self, *arguments, who=None):
        """What coturn's own client says about five datagrams. It leaves its relayed ends behind, which count for its
        name: each has another."""
        self._clients += 1
        who = who or ("-u", f"anna{self._clients}", "-W", "north")
        ran = self.run_outside("turnutils_uclient", "-c", "-n", "5", *who, "-L", USER, *arguments, RELAY)
        return ran.stdout + ran.stderr

    def assert_relays(self, *arguments, **who):
        said = self.client("-y", *arguments, **who)
        self.assertIn("tot_send_msgs=10, tot_recv_msgs=10", said)

    def assert_refuses(self, peer, *arguments):
        said = self.client("-e", peer, *arguments)
        self.assertIn("error 403 (Forbidden IP)", said, peer)

    # ---- Tests -----------------------------------------------------------------------------------------------

    def test_two_ends_meet_on_it(self):
        self.serve()
        self.assert_relays()
        self.assert_relays("-x")

    def test_nobody_reaches_a_private_network_through_it(self):
        self.serve()
        for peer in PRIVATE:
            self.assert_refuses(peer)
        for peer in PRIVATE_V6:
            self.assert_refuses(peer, "-x")

    def test_who_does_not_know_the_secret_gets_nothing(self):
        self.serve()
        said = self.client("-y", who=("-u", "anna", "-W", "south"))
        self.assertIn("Cannot complete Allocation", said)

    def test_users_with_passwords_may_stand_in_for_the_secret(self):
        self.serve(("static-auth-secret=north\n", ""), ("use-auth-secret\n", ""), ("#lt-cred-mech", "lt-cred-mech"),
                   ("#user=anna:a-long-password", "user=anna:a-long-password"))
        self.assert_relays(who=("-u", "anna", "-w", "a-long-password"))
        self.assertIn("Cannot complete Allocation", self.client("-y", who=("-u", "anna", "-w", "another")))

    def test_a_user_gets_no_more_than_the_quota(self):
        self.serve(("user-quota=24", "user-quota=1"))
        self.assertIn("error 486 (Allocation Quota Reached)", self.client("-y"))

    def test_a_relay_with_a_private_address_lets_two_ends_meet_once_that_is_allowed(self):
        own = PRIVATE[0]
        server = self.serve(relays=(own,))
        self.assertIn("error 403 (Forbidden IP)", self.client("-y"))
        server.clean_up()
        self.serve(("#allowed-peer-ip=10.0.0.5", f"allowed-peer-ip={own}"), relays=(own,))
        self.assert_relays()
        self.assert_refuses("10.9.8.8")

    def test_tls_on_port_443_shows_the_certificate(self):
        self.serve()
        connect = ["openssl", "s_client", "-connect", f"{RELAY}:443", "-CAfile", self.folder / "cert.pem",
                   "-verify_return_error", "-verify_hostname", "relay.example.com"]
        good = self.run_outside(*connect)
        self.assertEqual(good.returncode, 0, good.stderr)
        self.assertRegex(good.stdout, r"Protocol *: TLSv1\.[23]|New, TLSv1\.[23]")

    def test_systemd_finds_nothing_wrong_with_the_unit(self):
        if shutil.which("systemd-analyze") is None:
            return  # the rest is checked by starting its command
        checked = subprocess.run(["systemd-analyze", "verify", PACKAGE / "pixelpass-relay.service"],
                                 check=False, capture_output=True, text=True)
        self.assertNotIn("pixelpass-relay.service:", checked.stdout + checked.stderr)
