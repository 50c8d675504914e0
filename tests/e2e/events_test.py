"""What scripts rely on: standard output's purity and the events' fields."""

import json
import numbers
import signal

from support import DONE, INTERRUPTED, EndToEnd, program

NUMBER, TEXT, INT, LIST = numbers.Real, str, int, list
STREAM = {"source": TEXT, "width": INT, "height": INT, "fps": INT, "encoder": TEXT, "audio": TEXT,
          "bitrate_bps": INT}
VIEWER = {"viewer": INT, "name": TEXT, "address": TEXT, "path": TEXT}

HOST_EVENTS = {
    "ticket": {"ticket": TEXT, "expires_at": INT, "reachability": TEXT, "verdict": TEXT, "hint": TEXT},
    "sharing": STREAM,
    "paused": {"reason": TEXT},
    "viewer_joined": VIEWER,
    "viewer_left": {**VIEWER, "reason": TEXT},
    "stats": {"viewers": LIST, "encode_fps": NUMBER, "encode_ms_p50": NUMBER, "encode_ms_p95": NUMBER,
              "bitrate_bps": INT, "picture_bps": INT, "sound_bps": INT, "cpu_percent": NUMBER, "rss": INT,
              "target_bps": INT, "limited_by": TEXT},
    "ended": {"reason": TEXT, "seconds": NUMBER, "bytes": INT},
}
VIEWER_OF_STATS = {"viewer": INT, "path": TEXT, "bitrate_bps": INT, "rtt_ms": NUMBER, "lag_ms": NUMBER,
                   "skipped_groups": INT, "lost_packets": INT, "line_bps": INT}
VIEWER_EVENTS = {
    "connected": {"host": TEXT, "path": TEXT, "address": TEXT, "took_ms": NUMBER},
    "endpoint": {"url": TEXT, "mpv": LIST, "vlc": LIST},
    "first_frame": {"took_ms": NUMBER, "since_connect_ms": NUMBER},
    "stats": {"bitrate_bps": INT, "rtt_ms": NUMBER, "lag_ms_p50": NUMBER, "lag_ms_p95": NUMBER,
              "skipped_groups": INT, "fps": NUMBER, "path": TEXT},
    "reconnecting": {"attempt": INT, "reason": TEXT},
    "error": {"what": TEXT, "hint": TEXT, "exit_code": INT},
    "ended": {"reason": TEXT, "seconds": NUMBER, "bytes": INT},
}


class Events(EndToEnd):
    def assert_fields(self, said, fields):
        for name, kind in fields.items():
            self.assertIn(name, said)
            self.assertIsInstance(said[name], kind, f"{name} of {said}")
            self.assertFalse(isinstance(said[name], bool), f"{name} of {said}")

    def assert_events(self, process, promised):
        """Every line is an object of the table, and all events of the table came."""
        said = [json.loads(line) for line in process.all_lines()]
        for one in said:
            self.assertIsInstance(one, dict)
            if one["event"] in promised:
                self.assert_fields(one, promised[one["event"]])
        self.assertEqual(set(promised) - {one["event"] for one in said}, set())

    def test_headless_host_prints_the_ticket_line_on_standard_output_and_nothing_else(self):
        host = self.lines(program(), "host", "--source", "test", "--bind", "127.0.0.1:0")
        ticket = host.wait_line(lambda line: line)
        self.assertRegex(ticket, r"^pp1[a-z2-7]+$")
        self.assert_exit(self.view(ticket, "--seconds", "2"), DONE)
        self.wait_stderr(host, "viewer 1.* left")
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        self.assertEqual(host.all_lines(), [ticket])
        self.assertIn(f"pixelpass {ticket}", host.stderr())

    def test_a_viewer_without_json_prints_nothing_on_standard_output(self):
        result = self.run_pixelpass("view", "--player", "none", "--seconds", "2", self.host().ticket())
        self.assertEqual((result.returncode, result.stdout), (DONE, ""))

    def test_the_hosts_events_have_the_promised_fields(self):
        host = self.host("--name", "the host")
        viewer = self.view(host.ticket(), "--name", "a friend")
        viewer.wait_pictures()
        stats = host.wait("stats", lambda e: e["viewers"])
        self.assert_fields(stats["viewers"][0], VIEWER_OF_STATS)
        self.assertEqual(viewer.wait("connected")["host"], "the host")
        self.assertEqual(host.wait("viewer_joined")["name"], "a friend")
        self.assertEqual(host.wait("viewer_joined")["path"], "direct")
        viewer.signal(signal.SIGINT)
        host.wait("viewer_left")
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        self.assertEqual(host.stderr(), "")
        self.assert_events(host, HOST_EVENTS)
        sharing = host.wait("sharing")
        self.assertEqual((sharing["width"], sharing["height"], sharing["fps"]), (1280, 720, 30))

    def test_a_ticket_that_lasts_expires_at_null(self):
        self.assertIsNone(self.host("--expires", "never").wait("ticket")["expires_at"])
        self.assertIsNone(self.host("--identity", self.folder / "identity").wait("ticket")["expires_at"])

    def test_the_viewers_events_have_the_promised_fields(self):
        host, viewer = self.host_and_viewer()
        viewer.wait_pictures()
        host.signal(signal.SIGKILL)
        # Until it gives up: all events there are.
        self.assertEqual(viewer.exit_code(90.0), 5, viewer.story())
        self.assertEqual(viewer.stderr(), "")
        self.assert_events(viewer, VIEWER_EVENTS)
        endpoint = viewer.wait("endpoint")
        for player in ("mpv", "vlc"):
            self.assertEqual((endpoint[player][0], endpoint[player][-1]), (player, endpoint["url"]))
        self.assertEqual(viewer.wait("error")["exit_code"], 5)

    def test_a_script_that_stops_reading_events_ends_the_host(self):
        host = self.process(program(), "--json", "host", "--source", "test", "--bind", "127.0.0.1:0",
                            stdout=-1)
        self.assertTrue(host.stdout.readline())
        host.stdout.close()
        self.assert_exit(host, DONE)
