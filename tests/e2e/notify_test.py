"""Notifications on the desktop of who joins and leaves."""

import signal

from support import EndToEnd, needs

HOST = ("host", "--source", "test", "--size", "320x180", "--bitrate", "300k", "--audio", "none", "--bind", "127.0.0.1:0",
        "--no-port-mapping")
SERVER = ("--dest=org.freedesktop.Notifications", "/org/freedesktop/Notifications", "org.freedesktop.Notifications.Notify")


class Notify(EndToEnd):
    def setUp(self):
        super().setUp()
        socket = f"unix:path={self.folder}/bus"
        bus = self.lines(needs("dbus-daemon"), "--session", "--nofork", "--print-address", "--address", socket)
        self.address = bus.wait_line(lambda line: line)
        # Whoever calls, and whether or not anybody answers.
        self.asked = self.lines(needs("dbus-monitor", "dbus-bin"), "--address", self.address,
                                "type='method_call',member='Notify'")
        self.asked.wait_line(lambda line: "NameAcquired" in line or "signal" in line)

    def watched_once(self, *arguments):
        """A viewer joins a host and leaves it."""
        host = self.pixelpass(*HOST, *arguments, env=self.environment(DBUS_SESSION_BUS_ADDRESS=self.address))
        viewer = self.view(host.ticket(), "--name", "<b>Ben</b>")
        host.wait("viewer_joined")
        self.joined()
        viewer.signal(signal.SIGINT)
        host.wait("viewer_left")
        return host

    def joined(self):
        pass

    def test_who_joins_and_leaves_is_shown_without_markup(self):
        self.joined = lambda: self.asked.wait_line(lambda line: "&lt;b&gt;Ben&lt;/b&gt; (127.0.0.1:" in line)
        self.watched_once()
        self.asked.wait_line(lambda line: "&lt;b&gt;Ben&lt;/b&gt; has left. Nobody watches now." in line)

    def test_nothing_is_shown_with_no_notify(self):
        self.watched_once("--no-notify").signal(signal.SIGINT)
        self.process(needs("dbus-send", "dbus-bin"), f"--bus={self.address}", "--type=method_call", *SERVER, "string:the last one")
        self.asked.wait_line(lambda line: "the last one" in line)
        self.assertFalse([line for line in self.asked.lines if "Ben" in line])
