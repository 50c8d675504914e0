"""Peers who have a ticket, or made one, and mean harm."""

import ctypes
import os
import shutil
import signal
import socket
import struct
import subprocess

from processes import DEADLINE
from support import CONNECTION_LOST, INTERRUPTED, REFUSED, SOMEBODY, EndToEnd, as_somebody, free_port, only_root

SMALL = ("--size", "320x180", "--bitrate", "300k")
# Bytes: what an allocator keeps, and what is allowed to be kept for a peer. Each attack made it tens of MiB.
RSS_GROWTH = 6 << 20
MOST_RSS = 128 << 20  # bytes, of a viewer: 55 MiB were seen; the attacks bring ten times as much
TOO_MUCH = 5  # CloseCode::kExcess
STRANGER = 1  # another user of the machine
# A player that looks in so often: the status that it gets, and the first byte of the stream.
ASK = """
import http.client, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
for _ in range(int(sys.argv[2])):
    try:
        asked = http.client.HTTPConnection(url.hostname, url.port, timeout=float(sys.argv[3]))
        asked.request("GET", url.path)
        answer = asked.getresponse()
        print(answer.status, answer.read(1).hex(), flush=True)
        asked.close()
    except (OSError, http.client.HTTPException) as why:
        print(type(why).__name__, flush=True)
"""


class Hostile(EndToEnd):
    def attacker(self, *arguments):
        return self.lines(os.environ["PIXELPASS_ATTACKER"], *arguments)

    def hostile_host(self, *mode):
        """Its ticket."""
        return self.attacker("host", *mode).wait_line(lambda line: line)

    def count(self, attacker, word, least):
        """What the attacker counts, once that is enough."""
        return attacker.wait_line(
            lambda line: line.startswith(word + " ") and int(line.split()[1]) >= least and int(line.split()[1])
        )

    def host_and_watcher(self, *arguments):
        """With what each needs for a viewer allocated."""
        host, viewer = self.host_and_viewer(*SMALL, *arguments)
        viewer.wait_pictures()
        return host, viewer

    def assert_gets_in(self, host):
        """At once: not when what shuts him out has run into its deadlines."""
        self.view(host.ticket(), "--seconds", "8").wait("first_frame")

    def assert_undisturbed(self, viewer):
        viewer.wait_pictures(after=viewer.mark())
        self.assertEqual(viewer.events("reconnecting"), [])


class Listener:
    """On the line: copies of what is sent to one UDP port on loopback. What other tests send there meanwhile would be
    more than the kernel keeps for it, so the kernel picks."""

    ETH_P_IP = 0x0800
    SO_ATTACH_FILTER = 26

    def __init__(self, port):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)  # nothing comes before bind()
        # (code, if true, if not, operand), as in linux/filter.h: IPv4 (RFC 791) with UDP in it, to that port.
        steps = [(0x30, 0, 0, 9), (0x15, 0, 4, socket.IPPROTO_UDP), (0xB1, 0, 0, 0), (0x48, 0, 0, 2)]
        steps += [(0x15, 0, 1, port), (0x06, 0, 0, 1 << 16), (0x06, 0, 0, 0)]
        program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
        filter_program = struct.pack("HL", len(steps), ctypes.addressof(program))
        self._socket.setsockopt(socket.SOL_SOCKET, self.SO_ATTACH_FILTER, filter_program)
        self._socket.bind(("lo", self.ETH_P_IP))
        self._socket.setblocking(False)

    def copies(self):
        """Each datagram to that port, in order."""
        copies = []
        while True:
            try:
                packet, (_, _, kind, *_) = self._socket.recvfrom(1 << 16)
            except BlockingIOError:
                return copies
            # Loopback shows each twice: as it leaves and as it comes. The IPv4 header has no options.
            if kind != socket.PACKET_OUTGOING:
                copies.append(packet[28:])

    def close(self):
        self._socket.close()


class ToAHost(Hostile):
    @only_root  # to listen on the line
    def test_a_copied_knock_starts_nothing_at_a_host_that_came_back_with_its_identity(self):
        identity = self.folder / "identity"
        port = free_port(socket.SOCK_DGRAM)
        address = f"127.0.0.1:{port}"
        host = self.host(*SMALL, "--identity", identity, bind=address)
        ticket = host.ticket()
        listener = Listener(port)
        self.addCleanup(listener.close)
        viewer = self.view(ticket)
        viewer.wait("first_frame")
        copies = listener.copies()
        for process in (viewer, host):
            process.signal(signal.SIGINT)
            self.assert_exit(process, INTERRUPTED)
        again = self.host(*SMALL, "--identity", identity, bind=address)
        self.assertEqual(again.ticket(), ticket)
        again.wait("paused")
        at = again.mark()
        self.replay(copies, port)
        # The first connection id that a viewer chooses (RFC 9000, 17.2) is its knock.
        knock = copies[0][6 : 6 + copies[0][5]].hex()
        self.count(self.attacker("view", "copied-knock", ticket, knock), "handshakes", 1)
        again.wait_stats(3, after=at)
        self.assertEqual([e for e in again.events("stats") if e["encode_fps"] or e["viewers"]], [])
        self.assertEqual([len(again.events(one)) for one in ("sharing", "viewer_joined")], [1, 0])
        self.view(ticket).wait_pictures()

    def replay(self, copies, port):
        """From a stranger's port; without the first, which would use its knock up."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for copy in copies[1:] * 3:
                stranger.sendto(copy, ("127.0.0.1", port))

    def test_a_damaged_copy_of_a_first_datagram_does_not_use_up_its_knock(self):
        host = self.host(*SMALL)
        self.count(self.attacker("view", "damaged-first", host.ticket()), "welcomes", 1)
        host.wait("viewer_joined")

    def test_who_asks_without_end_and_acknowledges_nothing_is_put_out(self):
        host, viewer = self.host_and_watcher("--max-viewers", "3")
        before = host.wait_stats(2, lambda e: e["viewers"])
        attacker = self.attacker("view", "no-acks", host.ticket())
        code = attacker.wait_line(lambda line: line.startswith("closed") and line.split()[1])
        self.assertEqual(int(code), TOO_MUCH)
        host.wait("viewer_left")
        after = host.wait_stats(2, lambda e: e["viewers"])
        self.assertLess(after["rss"] - before["rss"], RSS_GROWTH)
        self.assert_undisturbed(viewer)

    def test_handshakes_without_a_hello_start_no_encoder(self):
        host = self.host(*SMALL)
        host.wait("paused")
        at = host.mark()
        self.count(self.attacker("view", "handshakes", host.ticket()), "handshakes", 100)
        host.wait_stats(2, lambda e: e["encode_fps"] == 0, after=at)
        self.assertEqual([e for e in host.events("stats") if e["encode_fps"]], [])
        self.assertEqual(len(host.events("sharing")), 1)

    def test_handshakes_without_a_hello_shut_nobody_out(self):
        host, viewer = self.host_and_watcher("--max-viewers", "3")
        before = host.wait_stats(2, lambda e: e["viewers"])
        attacker = self.attacker("view", "handshakes", host.ticket())
        self.count(attacker, "handshakes", 33)
        self.assert_gets_in(host)
        self.count(attacker, "handshakes", 200)
        self.view(host.ticket()).wait_pictures()
        after = host.wait_stats(2, lambda e: e["viewers"])
        self.assertLess(after["rss"] - before["rss"], 2 * RSS_GROWTH)
        self.assert_undisturbed(viewer)

    def test_connections_of_one_viewer_shut_nobody_out(self):
        host, viewer = self.host_and_watcher("--max-viewers", "3")
        attacker = self.attacker("view", "sessions", host.ticket())
        self.count(attacker, "welcomes", 100)
        # Until a few groups have begun, which is when connections have something to wait for.
        host.wait_stats(8)
        self.assert_gets_in(host)
        self.assert_undisturbed(viewer)
        self.assertEqual(len(host.events("viewer_joined")), 3)

    def test_one_viewer_makes_no_keyframes_for_all_without_end(self):
        host, viewer = self.host_and_watcher()
        attacker = self.attacker("view", "keyframes", host.ticket())
        first = self.count(attacker, "groups", 1)
        host.wait_stats(10)
        # As many as asked for would be 50; one in two seconds comes anyway, and as many again are his.
        last = [line for line in attacker.lines if line.startswith("groups")][-1]
        self.assertLessEqual(int(last.split()[1]) - first, 25)
        self.assert_undisturbed(viewer)


class ToAViewer(Hostile):
    def test_who_asks_without_end_and_acknowledges_nothing_is_left(self):
        viewer = self.view(self.hostile_host("no-acks"))
        viewer.wait("connected")
        error = viewer.wait("error")
        self.assertEqual(error["exit_code"], CONNECTION_LOST)
        self.assert_says(error["what"], "broken off", "asks for more")
        self.assert_exit(viewer, CONNECTION_LOST)
        self.assertEqual(viewer.events("reconnecting"), [])

    def test_an_endless_group_and_frames_of_one_byte_do_not_fill_its_memory(self):
        for mode in ("endless-group", "tiny-frames"):
            viewer = self.view(self.hostile_host(mode))
            viewer.wait("connected")
            self.assertLess(viewer.wait_stats(4)["rss"], MOST_RSS, mode)

    def test_a_name_and_a_goodbye_full_of_escape_sequences_are_cleaned(self):
        viewer = self.view(self.hostile_host("evil-reason"))
        host = viewer.wait("connected")["host"]
        reason = viewer.wait("ended")["reason"]
        for text in (host, reason):
            self.assertIn("evil", text)
            self.assertTrue(text.isprintable(), repr(text))


    def test_a_host_of_a_later_version_is_told_as_that_and_who_has_to_update(self):
        viewer = self.view(self.hostile_host("later-version"))
        error = viewer.wait("error")
        self.assertEqual(set(error) - {"event"}, {"what", "hint", "exit_code"})
        self.assertEqual(error["exit_code"], REFUSED)
        self.assert_says(error["what"], "this pixelpass is too old", "versions 700 to 900")
        self.assert_says(error["hint"], "update pixelpass on this machine")
        self.assert_exit(viewer, REFUSED)


class AtAnEndpoint(Hostile):
    """Other users of the viewer's machine, and the port where its players get the stream."""

    def ask(self, url, times, user=None):
        """What a program of that user gets at the address."""
        # The system's own, and in a folder, that every user may use.
        python = shutil.which("python3", path=os.defpath)
        command = [python, "-c", ASK, url, str(times), str(DEADLINE)]
        result = subprocess.run(command, capture_output=True, text=True, check=True, user=user, cwd="/")
        return result.stdout.splitlines()

    def test_connections_that_say_nothing_keep_no_player_out(self):
        _, viewer = self.host_and_watcher()
        port = viewer.url().rsplit(":", 1)[1].split("/")[0]
        other_user = [str(STRANGER)] if os.geteuid() == 0 else []
        strangers = self.attacker("local", port, *other_user)
        self.count(strangers, "connects", 400)
        self.assertEqual(self.ask(viewer.url(), 50), ["200 47"] * 50)
        self.assert_undisturbed(viewer)

    @only_root
    def test_another_user_who_knows_the_address_gets_nothing_and_keeps_nobody_out(self):
        host = self.host(*SMALL)
        viewer = self.view(host.ticket(), prefix=as_somebody(), executable=self.for_everybody())
        viewer.wait_pictures()
        url = viewer.url()
        strangers = self.attacker("local", url.rsplit(":", 1)[1].split("/")[0], str(STRANGER))
        self.count(strangers, "connects", 400)
        self.assertEqual(self.ask(url, 50, SOMEBODY), ["200 47"] * 50)
        self.assertEqual(set(self.ask(url, 5, STRANGER)), {"403 "})
        self.assert_undisturbed(viewer)
