"""What the program says of the machine that it runs on."""

import json
import pathlib
import signal
import sys

from networks import Namespaces
from screens import OnDesktop, OnX11
from session import SPEAKERS, Session
from support import COULD_NOT_START, DONE, EndToEnd, program

FIELDS = {"event", "area", "name", "status", "found", "means", "hint"}


class Doctor(EndToEnd):
    def doctor(self, **changes):
        """Its exit code, its checks by their names, and what they come to."""
        result = self.run_pixelpass("doctor", "--json", env=self.environment(**changes))
        self.assertEqual(result.stderr, "")
        *checks, last = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(last["event"], "doctor")
        for check in checks:
            self.assertEqual((set(check), check["event"]), (FIELDS, "check"))
            self.assertTrue(check["found"], check)
        for status, count in (("ok", "ok"), ("warning", "warnings"), ("missing", "missing")):
            self.assertEqual(last[count], sum(check["status"] == status for check in checks))
        self.assertEqual(result.returncode == DONE, last["can_host"] and last["can_view"])
        return result.returncode, {check["name"]: check for check in checks}, last

    def test_without_a_session_it_says_so_and_what_works_all_the_same(self):
        result = self.run_pixelpass("doctor", env=self.environment(XDG_SESSION_TYPE=None))
        self.assertEqual((result.returncode, result.stderr), (COULD_NOT_START, ""))
        self.assert_says(result.stdout, r"^missing +session +neither WAYLAND_DISPLAY nor DISPLAY is set\n +there is no screen",
                         r"\nok +UDP ", r"\ncannot host \(session.*\); cannot view in a player \(session, display\); "
                         r"ready to view with --record or --stdout\n$")

    def test_with_json_each_check_is_an_event_and_so_is_their_sum(self):
        code, checks, last = self.doctor(XDG_SESSION_TYPE=None)
        self.assertEqual(code, COULD_NOT_START)
        self.assertEqual(checks["session"]["status"], "missing")
        self.assertIn("session", last["host_lacks"])
        self.assertEqual(last["view_lacks"], ["session", "display"])
        self.assertRegex(checks["GStreamer"]["found"], r"GStreamer 1\.\d+")
        self.assertEqual(checks["x264enc"]["status"], "ok")

    def test_players_that_are_not_there_come_with_the_command_that_installs_them(self):
        _, checks, last = self.doctor(PATH=self.folder, WAYLAND_DISPLAY="wayland-9")
        for player in ("mpv", "VLC"):
            self.assertEqual(checks[player]["found"], "not installed")
            self.assertIn("install " + player.lower(), checks[player]["hint"])
        self.assertEqual(last["view_lacks"], ["mpv"])

    def test_an_x_server_that_is_not_there_is_named(self):
        _, checks, last = self.doctor(DISPLAY=":987", XDG_SESSION_TYPE="x11")
        self.assertIn(":987", checks["X11"]["found"])
        self.assertIn("X11", last["host_lacks"])

    def test_a_wayland_session_without_its_bus_cannot_host(self):
        bus = f"unix:path={self.folder}/no-bus"
        _, checks, last = self.doctor(WAYLAND_DISPLAY="wayland-9", DBUS_SESSION_BUS_ADDRESS=bus)
        self.assertEqual(checks["session bus"]["status"], "missing")
        self.assertLessEqual({"session bus", "portal", "PipeWire"}, set(last["host_lacks"]))

    def test_what_does_not_answer_is_said_in_time(self):
        with Session() as session:
            for part in ("pipewire", "wireplumber"):
                session.parts[part].signal(signal.SIGSTOP)
            _, checks, last = self.doctor(**{**session.variables, "WAYLAND_DISPLAY": "wayland-9"})
        self.assertEqual(checks["session bus"]["status"], "ok")
        self.assertRegex(checks["PipeWire"]["found"], "does not answer|no answer in time")
        self.assertIn("PipeWire", last["host_lacks"])


class DoctorOnNetworks(Namespaces):
    """Two servers of a test's own, and no way to anybody else's."""

    HOST, SERVERS = "198.51.100.1", ("198.51.100.2", "198.51.100.3")

    def connect(self):
        self.link(self.host_side, "host0", self.HOST, self.viewer_side, "net0", self.SERVERS[0])
        self.ip("address", "add", f"{self.SERVERS[1]}/24", "dev", "net0", side=self.viewer_side)

    def serve(self):
        server = pathlib.Path(__file__).with_name("stun_server.py")
        for address in self.SERVERS:
            lines = self.lines(*self.inside(self.viewer_side), sys.executable, server, address, "3478")
            lines.wait_line(lambda line: line.startswith("listening"))

    def network(self, *arguments):
        """Its checks of the network, by their names."""
        doctor = self.lines(*self.inside(self.host_side), program(), "doctor", "--json", *arguments)
        doctor.exit_code()
        checks = [json.loads(line) for line in doctor.all_lines()]
        return {check["name"]: check for check in checks if check.get("area") == "network"}

    def test_what_servers_see_is_told_as_the_kind_of_nat_and_how_friends_get_here(self):
        self.serve()
        checks = self.network("--stun", self.SERVERS[0], "--stun", f"{self.SERVERS[1]}:3478", "--relay",
                              f"turn:user:secret@{self.SERVERS[0]}:3478")
        self.assertRegex(checks["NAT"]["found"], "^none: the internet sees this machine's own address")
        self.assertEqual(checks["friends"]["found"], "friends can reach you directly")
        self.assertEqual(checks["port mapping"]["status"], "warning")
        self.assertRegex(checks["relay"]["found"], rf"^turn:{self.SERVERS[0]}:3478 answers in \d+ ms$")

    def test_where_nobody_answers_udp_is_blocked(self):
        checks = self.network("--stun", self.SERVERS[0], "--relay", f"turns:user:secret@{self.SERVERS[0]}")
        self.assertEqual(checks["UDP"]["status"], "warning")
        self.assert_says(checks["UDP"]["means"], "UDP is blocked")
        self.assert_says(checks["relay"]["found"], "does not answer")
        self.assertNotIn("secret", json.dumps(checks))

    def test_nobody_is_asked_unless_the_user_lets_it(self):
        checks = self.network("--stun", "none")
        for name in ("NAT", "port mapping"):
            self.assertEqual(checks[name]["found"], "not asked (--stun none)")


class DoctorOnWayland(OnDesktop):
    def test_a_wayland_desktop_is_ready_for_both(self):
        result = self.run_pixelpass("doctor")
        self.assertEqual((result.returncode, result.stderr), (DONE, ""), result.stdout)
        self.assert_says(result.stdout, r"^ok +session +Wayland \(wayland-\d\), sway", r"\nok +portal +ScreenCast \d, shares",
                         r"\nok +PipeWire +answers, version", r"\nok +session manager +WirePlumber",
                         rf"\nok +speakers +{SPEAKERS}", r"\n\nready to host and to view\n$")


class DoctorOnX11(OnX11):
    def test_an_x11_desktop_is_ready_for_both(self):
        result = self.run_pixelpass("doctor")
        self.assertEqual((result.returncode, result.stderr), (DONE, ""), result.stdout)
        self.assert_says(result.stdout, r"^ok +session +X11", r"\nok +X11 +answers, with shared memory",
                         r"\n\nready to host and to view\n$")

    def test_a_start_that_would_fail_says_what_doctor_says(self):
        environment = self.without_plugins("libgstapp.so")
        result = self.run_pixelpass("host", "--source", "x11", env=environment)
        self.assert_fails(result, COULD_NOT_START, "GStreamer has no appsrc, appsink", "install it: .*install ")
        doctor = self.run_pixelpass("doctor", env=environment)
        self.assertEqual(doctor.returncode, COULD_NOT_START)
        self.assert_says(doctor.stdout, r"\nmissing +appsrc +GStreamer has no appsrc, appsink\n",
                         r"\ncannot host \(appsrc\); ready to view\n$")
