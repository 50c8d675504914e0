"""Peers who have a ticket, or made one, and mean harm."""

import os

from support import CONNECTION_LOST, EndToEnd

SMALL = ("--size", "320x180", "--bitrate", "300k")
# Bytes: what an allocator keeps, and what is allowed to be kept for a peer. Each attack made it tens of MiB.
RSS_GROWTH = 6 << 20
TOO_MUCH = 5  # CloseCode::kExcess


class Hostile(EndToEnd):
    def attacker(self, *arguments):
        return self.lines(os.environ["PIXELPASS_ATTACKER"], *arguments)

    def hostile_host(self, mode):
        """Its ticket."""
        return self.attacker("host", mode).wait_line(lambda line: line)

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

    def assert_undisturbed(self, viewer):
        viewer.wait_pictures(after=viewer.mark())
        self.assertEqual(viewer.events("reconnecting"), [])


class ToAHost(Hostile):
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
        host, viewer = self.host_and_watcher()
        before = host.wait_stats(2, lambda e: e["viewers"])
        self.count(self.attacker("view", "handshakes", host.ticket()), "handshakes", 200)
        self.view(host.ticket()).wait_pictures()
        after = host.wait_stats(2, lambda e: e["viewers"])
        self.assertLess(after["rss"] - before["rss"], 2 * RSS_GROWTH)
        self.assert_undisturbed(viewer)

    def test_connections_of_one_viewer_shut_nobody_out(self):
        host, viewer = self.host_and_watcher("--max-viewers", "3")
        self.count(self.attacker("view", "sessions", host.ticket()), "welcomes", 100)
        # Until a few groups have begun, which is when connections have something to wait for.
        host.wait_stats(8)
        self.view(host.ticket()).wait_pictures()
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
