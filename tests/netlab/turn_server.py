"""coturn on the internet of a laboratory: a TURN server as anybody runs one."""

import signal
import socket
import subprocess

import stun
from laboratory import SERVERS, SERVERS6
from nat_probe import reaches_by_tcp
from processes import Process, until
from support import needs

NAME, REALM = "relay.test", "relay.test"
USER, PASSWORD, SECRET = "alice", "wonder", "rabbit-hole"
# The port for TLS that everybody is let through to, and the one of RFC 8656.
PORT, TLS_PORT, USUAL_TLS_PORT = 3478, 443, 5349
# Where relayed addresses are, as coturn has it unless it is told otherwise.
PEER_PORTS = range(49152, 65536)

CONFIGURATION = """listening-port={port}
tls-listening-port={tls_port}
alt-tls-listening-port={usual_tls_port}
{addresses}
cert={folder}/certificate.pem
pkey={folder}/key.pem
realm={realm}
{credentials}
no-dtls
no-cli
simple-log
log-file=stdout
userdb={folder}/users
pidfile={folder}/turnserver.pid
{more}
"""


def make_certificate(folder):
    """For the server's name and addresses, signed by itself: who trusts it has it as an authority."""
    needs("openssl")
    names = ",".join([f"DNS:{NAME}", *(f"IP:{one}" for one in (*SERVERS, *SERVERS6))])
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName={names}", "-keyout", folder / "key.pem",
         "-out", folder / "certificate.pem"],
        check=True, capture_output=True)
    return folder / "certificate.pem"


class TurnServer:
    """Ended with the test; may be killed and started again before."""

    def __init__(self, test, addresses=SERVERS[:1], secret=False, more=()):
        """`secret`: credentials are made of SECRET, with an end of their own; otherwise USER and PASSWORD are good.

        `more`: lines of its configuration (short lifetimes, quotas)."""
        needs("turnserver", "coturn")
        self._test, self._node = test, test.lab["srv"]
        self.address = addresses[0]
        self.certificate = make_certificate(test.folder)
        users = f"use-auth-secret\nstatic-auth-secret={SECRET}" if secret else f"lt-cred-mech\nuser={USER}:{PASSWORD}"
        addresses = "\n".join(f"listening-ip={one}\nrelay-ip={one}" for one in addresses)
        self._file = test.folder / "turnserver.conf"
        self._file.write_text(CONFIGURATION.format(
            port=PORT, tls_port=TLS_PORT, usual_tls_port=USUAL_TLS_PORT, addresses=addresses, folder=test.folder,
            realm=REALM, credentials=users,
            more="\n".join(more)), encoding="utf-8")
        self.start()

    def start(self):
        """Returns once it answers."""
        command = [*self._node.prefix, "turnserver", "-c", self._file]
        self._process = self._test.start(Process, command, stdout=subprocess.DEVNULL)
        until(self._listens, f"a TURN server that listens\n{self._process.story()}")

    def _listens(self):
        assert self._process.running(), self._process.story()
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        by_tcp = all(reaches_by_tcp(self._node, self.address, one, family=family) for one in (PORT, TLS_PORT))
        return by_tcp and self._answers(family)

    def _answers(self, family):
        """Over UDP, which it listens on a moment later."""
        with self._node.socket(family=family) as one:
            one.settimeout(0.2)
            one.connect((self.address, PORT))
            try:
                one.send(stun.request()[0])
                return one.recv(2048)
            except OSError:
                return None

    def kill(self):
        """At once, as when its machine loses power, but that those who send to it are told that nobody listens."""
        self._process.signal(signal.SIGKILL)
        self._process.exit_code()
