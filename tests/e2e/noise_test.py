"""Strangers on the host's port."""

import random
import select
import socket

from support import EndToEnd

DATAGRAMS = 100_000
BURST = 500
SEED = 20260401
RSS_GROWTH = 3 << 20  # bytes: what an allocator keeps (0.5 MiB was seen); 100,000 datagrams are 60 MiB


def random_datagram(rng):
    return rng.randbytes(rng.randint(1, 1400))


def initial_like(rng):
    """RFC 9000, 17.2.2: a version 1 Initial of the smallest size that a server looks at; noise inside."""
    ids = bytes([18]) + rng.randbytes(18) + bytes([8]) + rng.randbytes(8)
    head = bytes([0xC0 | rng.randrange(4)]) + b"\x00\x00\x00\x01" + ids + b"\x00"
    length = 1200 - len(head) - 2
    return head + (0x4000 | length).to_bytes(2, "big") + rng.randbytes(length)


def other_version(rng):
    """RFC 9000, 6.1: what any other server would answer with a Version Negotiation packet."""
    datagram = initial_like(rng)
    return datagram[:1] + rng.randbytes(4) + datagram[5:]


def short_header(rng):
    """What any other server might answer with a stateless reset (RFC 9000, 10.3)."""
    return bytes([0x40 | rng.randrange(64)]) + rng.randbytes(rng.randint(20, 1200))


class Noise(EndToEnd):
    def test_noise_on_the_port_is_not_answered_costs_no_memory_and_no_viewer_sees_it(self):
        # Small: the groups that a host keeps for joiners fill its memory for a while, and nothing else is to.
        host, viewer = self.host_and_viewer("--size", "320x180", "--bitrate", "300k")
        address = viewer.wait("connecting")["addresses"][0].rsplit(":", 1)
        viewer.wait_pictures()
        # By now it has what it needs for a viewer.
        before = host.wait_stats(3, lambda e: e["viewers"])
        skipped = viewer.events("stats")[-1]["skipped_groups"]
        answers = self.flood((address[0], int(address[1])))
        self.assertEqual(answers, [])
        after = host.wait_stats(3, lambda e: e["viewers"])
        self.assertLess(after["rss"] - before["rss"], RSS_GROWTH)
        at = viewer.mark()
        viewer.wait_pictures(after=at)
        self.assertEqual(viewer.events("stats")[-1]["skipped_groups"], skipped)
        self.assertEqual(viewer.events("reconnecting"), [])
        self.assertEqual(len(host.events("viewer_joined")), 1)
        self.assertEqual(host.stderr(), "", "a log line about noise")

    def flood(self, address):
        """What came back."""
        rng = random.Random(SEED)
        kinds = [make(rng) for make in (random_datagram, initial_like, other_version, short_header) * 250]
        answers = []
        # From several addresses, as strangers have: an answer to any of them counts.
        senders = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
        for sender in senders:
            self.addCleanup(sender.close)
            sender.bind(("127.0.0.1", 0))
        for burst in range(DATAGRAMS // BURST):
            sender = senders[burst % len(senders)]
            for number in range(BURST):
                datagram = bytearray(kinds[(burst * BURST + number) % len(kinds)])
                datagram[-1] = rng.randrange(256)
                # A new connection id each time, for those that have one.
                datagram[6:10] = rng.randbytes(4) if len(datagram) > 20 else datagram[6:10]
                sender.sendto(datagram, address)
            answers += self.received(senders, seconds=0.01)
        return answers + self.received(senders, seconds=1.0)

    def received(self, senders, seconds):
        ready, _, _ = select.select(senders, [], [], seconds)
        return [sender.recvfrom(2048) for sender in ready]

    def test_a_datagram_without_the_tickets_secret_is_not_even_answered_when_nobody_watches(self):
        host = self.host()
        viewer = self.view(host.ticket(), "--seconds", "1")
        address = viewer.wait("connecting")["addresses"][0].rsplit(":", 1)
        self.assert_exit(viewer, 0)
        rng = random.Random(SEED)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.connect((address[0], int(address[1])))
            for make in (initial_like, other_version, short_header, random_datagram):
                stranger.send(make(rng))
            self.assertEqual(self.received([stranger], seconds=2.0), [])
        self.assertTrue(host.running())
