"""Speaking with a running host: its control socket, the commands for it, reply codes."""

import base64
import hashlib
import hmac
import json
import os
import pty
import signal
import socket
import stat
import subprocess
import threading

from decoding import listen, watch
from pictures import colour
from processes import DEADLINE, until
from screens import near
from stdin_test import ffmpeg_stream
from support import DONE, NOT_REACHABLE, REFUSED, USAGE, EndToEnd, as_somebody, only_root

CARD_BAR, CARD_GROUND = colour("#c8ccd2"), colour("#1e2126")
SMALL = ("--size", "320x180", "--bitrate", "300k", "--audio", "none")


def plain(ticket):
    """The bytes of a ticket."""
    text = ticket[len("pp1"):].upper()
    return base64.b32decode(text + "=" * (-len(text) % 8))


def secret_of(ticket):
    """Behind version, length and the fingerprint of the host's certificate."""
    return plain(ticket)[3 + 32:][:16]


def crc8(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def reply_code(ticket, address, port):
    """As a viewer makes it, computed apart from the program."""
    body = bytes([0x10]) + socket.inet_aton(address) + port.to_bytes(2, "big")
    tag = hmac.new(secret_of(ticket), b"pixelpass reply" + body, hashlib.sha256).digest()[:8]
    code = body + tag
    code += bytes([crc8(code)])
    return "ppr1" + base64.b32encode(code).decode().lower().rstrip("=")


def is_card(seen):
    bar, ground = seen
    return near(bar, CARD_BAR) and near(ground, CARD_GROUND)


class Control(EndToEnd):
    def setUp(self):
        super().setUp()
        self.runtime = self.folder / "run"
        self.runtime.mkdir(mode=0o700)

    def environment(self, **changes):
        return super().environment(**{"XDG_RUNTIME_DIR": self.runtime, **changes})

    def small_host(self, *arguments, **popen):
        host = self.host(*SMALL, *arguments, **popen)
        host.ticket()
        return host

    def ask(self, *arguments):
        """A command that goes well; its answer."""
        result = self.run_pixelpass("--json", *arguments)
        self.assertEqual(result.returncode, DONE, result.stdout + result.stderr)
        self.assertEqual(result.stderr, "")
        answer = json.loads(result.stdout)
        self.assertEqual((answer["event"], answer["command"]), ("answer", arguments[0]))
        return answer

    def socket_of(self, host):
        return self.runtime / "pixelpass" / f"{host.pid}.sock"

    # ---- What each command does -------------------------------------------------------------------------

    def test_status_tells_people_and_programs_what_is_shared_and_who_watches(self):
        host = self.small_host("--name", "desk")
        until(lambda: self.ask("status")["stats"] is not None, "statistics of a host")
        viewer = self.view(host.ticket(), "--name", "Ben")
        viewer.wait_pictures()
        status = until(lambda: self.watched(), "a viewer with statistics")
        self.assertEqual((status["host"], status["pid"], status["state"]), ("desk", host.pid, "sharing"))
        self.assertEqual((status["width"], status["height"], status["locked"]), (320, 180, False))
        self.assertGreater(status["viewers"][0]["bitrate_bps"], 0)
        people = self.run_pixelpass("status")
        self.assert_says(people.stdout, r"desk \(\d+\): sharing test, 320x180", r"1  Ben  127\.0\.0\.1:\d+  direct")
        self.assertEqual(self.run_pixelpass("ticket").stdout, host.ticket() + "\n")

    def watched(self):
        status = self.ask("status")
        return status if status["viewers"] and "bitrate_bps" in status["viewers"][0] else None

    def test_kick_sends_a_viewer_away_and_names_who_is_there_instead_of_one_who_is_not(self):
        host = self.small_host()
        viewer = self.view(host.ticket())
        viewer.wait("first_frame")
        self.assert_fails(self.run_pixelpass("kick", "7"), USAGE, "viewer 7 is not here", "these are: 1")
        self.ask("kick", "1")
        self.assert_exit(viewer, REFUSED)
        host.wait("viewer_left")

    def test_lock_keeps_newcomers_out_until_it_is_unlocked(self):
        host = self.small_host()
        inside = self.view(host.ticket())
        inside.wait_pictures()
        self.ask("lock")
        self.assertTrue(self.ask("status")["locked"])
        self.assert_exit(self.view(host.ticket()), REFUSED)
        inside.wait_pictures(after=inside.mark())
        self.ask("unlock")
        self.view(host.ticket()).wait_pictures()

    def test_pause_shows_a_card_to_all_and_resume_goes_on_at_once(self):
        host = self.host("--size", "640x360", "--bitrate", "1M", "--audio", "none")
        viewer = self.view(host.ticket())
        pictures = self.watch(viewer)
        self.wait_for_moves(pictures, 0)
        self.assertTrue(self.ask("pause")["card"])
        host.wait("paused", lambda e: e["reason"] == "on request")
        pictures.wait_run(is_card, 20, "the card")
        late = self.view(host.ticket())
        self.watch(late).wait_run(is_card, 5, "the card for who joins", 0)
        at, mark = host.mark(), pictures.mark()
        self.ask("resume")
        host.wait("sharing", after=at)
        self.wait_for_moves(pictures, mark)
        self.assertEqual(viewer.events("reconnecting") + late.events("reconnecting"), [])

    def watch(self, viewer):
        """Two places of each picture: one of the card's bars, and its ground."""
        return watch(self, viewer.url(), (640, 360), lambda seen: (seen.colour(300, 150), seen.colour(20, 20)))

    def wait_for_moves(self, pictures, after):
        """The test picture: its bars pass by, so that many colours are seen in one place."""
        seen = set()

        def moves(one):
            if not is_card(one):
                seen.add(one[0])
            return len(seen) > 2

        pictures.wait(moves, "a picture that moves", after)

    def test_pause_of_a_stream_that_is_passed_through_says_that_there_is_no_card(self):
        source = self.process(*ffmpeg_stream(), stdout=subprocess.PIPE)
        host = self.host(source="-", stdin=source.stdout)
        source.stdout.close()
        viewer = self.view(host.ticket())
        viewer.wait_pictures()
        result = self.run_pixelpass("pause")
        self.assert_says(result.stdout, "viewers keep the picture that they have", "cannot be covered with a card")
        viewer.wait_stats(2, lambda e: e["fps"] == 0)
        self.assertFalse(self.ask("pause")["card"])
        self.ask("resume")
        viewer.wait_pictures(after=viewer.mark())

    def test_mute_and_bitrate_reach_the_source_and_viewers_go_on(self):
        tone, quiet, loud, steps = 440, -90, -40, 15
        host = self.host("--size", "320x180", "--bitrate", "300k")
        viewer = self.view(host.ticket())
        sound = listen(self, viewer.url(), tone)
        sound.wait_run(lambda heard: heard[tone] > loud, steps, "the tone")
        self.ask("mute")
        sound.wait_run(lambda heard: heard[tone] < quiet, steps, "silence")
        self.assertTrue(self.ask("status")["muted"])
        self.assertIn("; muted", self.run_pixelpass("status").stdout)
        self.ask("unmute")
        sound.wait_run(lambda heard: heard[tone] > loud, steps, "the tone again")
        self.assertFalse(self.ask("status")["muted"])
        at = host.mark()
        self.ask("bitrate", "2M")
        self.assertEqual(host.wait("sharing", after=at)["bitrate_bps"], 2_000_000)
        self.assertEqual(self.ask("status")["bitrate_bps"], 2_000_000)
        viewer.wait_pictures(after=viewer.mark())
        self.assertEqual(viewer.events("reconnecting"), [])

    def test_statistics_tell_how_loud_the_sound_is_and_silence_while_it_is_muted_or_paused(self):
        host = self.host("--size", "320x180", "--bitrate", "300k")
        host.wait("stats", lambda e: e["sound_level_db"] is None and e["sound_peak_db"] is None)
        viewer = self.view(host.ticket())
        viewer.wait_pictures()
        # The test tone's peak is a twentieth of the loudest, and its RMS 3 dB less.
        tone = lambda e: e["viewers"] and abs(e["sound_level_db"] + 29) < 1 and abs(e["sound_peak_db"] + 26) < 1
        silence = lambda e: e["viewers"] and e["sound_level_db"] == e["sound_peak_db"] == -100
        for command, heard in (("unmute", tone), ("mute", silence), ("unmute", tone), ("pause", silence), ("resume", tone)):
            self.ask(command)
            host.wait("stats", heard, after=host.mark())

    def test_a_stream_that_is_passed_through_cannot_be_muted_or_throttled(self):
        source = self.process(*ffmpeg_stream(), stdout=subprocess.PIPE)
        host = self.host(source="-", stdin=source.stdout)
        source.stdout.close()
        host.ticket()
        for command in (("mute",), ("bitrate", "2M")):
            self.assert_fails(self.run_pixelpass(*command), USAGE, "passed through", "where the stream is made")
        self.assert_fails(self.run_pixelpass("mute"), USAGE, "pixelpass pause")  # what works instead
        self.assertFalse(self.ask("status")["muted"])

    def test_a_new_ticket_replaces_the_old_one_for_all_who_were_not_in(self):
        identity = self.folder / "identity"
        host = self.small_host("--identity", identity, "--max-viewers", "3")
        old = host.ticket()
        inside = self.view(old)
        inside.wait_pictures()
        at = host.mark()
        new = self.ask("ticket", "--new")["ticket"]
        self.assertNotEqual(secret_of(new), secret_of(old))
        self.assertEqual(host.wait("ticket", after=at)["ticket"], new)
        self.assertEqual(self.ask("ticket")["ticket"], new)
        outside = self.view(old)
        self.assert_exit(outside, REFUSED)
        self.assertIn("does not accept this ticket", outside.wait("error")["what"])
        self.assert_fails(self.run_pixelpass("reply", reply_code(old, "192.0.2.17", 41234)), USAGE, "another ticket")
        self.ask("reply", reply_code(new, "192.0.2.17", 41234))
        self.view(new).wait_pictures()
        inside.wait_pictures(after=inside.mark())
        self.assertEqual(inside.events("reconnecting"), [])
        self.ask("stop")
        self.assert_exit(host, DONE)
        again = self.small_host("--identity", identity)
        self.assertEqual(secret_of(again.ticket()), secret_of(new))

    def test_who_watches_goes_with_a_new_ticket_where_that_is_wanted(self):
        host = self.small_host()
        viewers = [self.view(host.ticket()) for _ in range(2)]
        for viewer in viewers:
            viewer.wait_pictures()
        self.assert_fails(self.run_pixelpass("ticket", "--kick"), USAGE, "goes with --new")
        at = host.mark()
        new = self.ask("ticket", "--new", "--kick")["ticket"]
        self.assertEqual(host.wait("ticket", after=at)["ticket"], new)
        for viewer in viewers:
            self.assert_exit(viewer, REFUSED)
        left = until(lambda: len(host.events("viewer_left")) == 2 and host.events("viewer_left"), "both to have left")
        self.assertEqual([event["reason"] for event in left], ["kicked"] * 2)
        self.view(new).wait_pictures()

    def test_stop_ends_the_host_as_done_and_is_over_when_it_has_ended(self):
        host = self.small_host()
        viewer = self.view(host.ticket())
        viewer.wait("first_frame")
        self.ask("stop")
        self.assertFalse(self.socket_of(host).exists())
        self.assert_exit(host, DONE)
        self.assertEqual(host.wait("ended")["reason"], "the host has ended it")
        self.assert_exit(viewer, DONE)

    def test_a_host_that_says_that_it_stops_and_stays_is_no_success(self):
        answer = json.dumps({"event": "answer", "version": 1, "command": "stop", "host": "desk", "pid": os.getpid()})
        folder = self.runtime / "pixelpass"
        folder.mkdir(mode=0o700)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(folder / f"{os.getpid()}.sock"))
            server.listen()
            staying = threading.Thread(target=self.answer_and_stay, args=(server, answer), daemon=True)
            staying.start()
            result = self.run_pixelpass("stop")
            staying.join(DEADLINE)
        self.assert_fails(result, NOT_REACHABLE, f"host {os.getpid()} was told to stop and still runs", "kill")

    def answer_and_stay(self, server, answer):
        """To the client that asks; those who only see whether somebody listens have gone by then."""
        while True:
            client, _ = server.accept()
            with client:
                if client.makefile().readline():
                    client.sendall(answer.encode() + b"\n")
                    client.recv(1)  # until it goes
                    return

    # ---- Which host -------------------------------------------------------------------------------------

    def test_without_a_host_there_is_one_clear_error(self):
        result = self.run_pixelpass("status")
        self.assert_fails(result, NOT_REACHABLE, "no pixelpass host of yours runs here", "pixelpass host")
        result = self.run_pixelpass("--json", "lock")
        self.assertEqual(result.returncode, NOT_REACHABLE)
        self.assertEqual(json.loads(result.stdout)["exit_code"], NOT_REACHABLE)

    def test_of_several_hosts_one_is_chosen_by_its_name_or_its_number(self):
        desk, lap = self.small_host("--name", "desk"), self.small_host("--name", "lap")
        both = (rf"{desk.pid} \(desk\)", rf"{lap.pid} \(lap\)")
        self.assert_fails(self.run_pixelpass("status"), USAGE, "several hosts", *both, "--host")
        self.assertEqual(self.ask("status", "--host", "lap")["pid"], lap.pid)
        self.assertEqual(self.ask("status", "--host", str(desk.pid))["host"], "desk")
        self.assert_fails(self.run_pixelpass("stop", "--host", "den"), NOT_REACHABLE, '"den"', *both)
        self.ask("stop", "--host", "lap")
        self.assert_exit(lap, DONE)
        self.assertEqual(self.ask("status")["host"], "desk")

    def test_a_host_that_was_killed_is_not_asked_and_its_socket_goes(self):
        host = self.small_host()
        host.signal(signal.SIGKILL)
        host.exit_code()
        self.assertTrue(self.socket_of(host).exists())
        self.assert_fails(self.run_pixelpass("status"), NOT_REACHABLE, "no pixelpass host")
        self.assertFalse(self.socket_of(host).exists())

    def test_a_host_that_is_stopped_is_said_not_to_answer(self):
        host = self.small_host()
        host.signal(signal.SIGSTOP)
        self.addCleanup(host.signal, signal.SIGCONT)
        self.assert_fails(self.run_pixelpass("status"), NOT_REACHABLE, "does not answer")

    # ---- Who else comes ---------------------------------------------------------------------------------

    def test_garbage_does_not_disturb_the_host(self):
        host = self.small_host()
        viewer = self.view(host.ticket())
        viewer.wait_pictures()
        rubbish = [os.urandom(4096), b"GET / HTTP/1.1\r\n\r\n", b"x" * 200000, b'{"command":"kick"}\n' * 1000, b""]
        idle = []
        for what in rubbish * 8:
            client = socket.socket(socket.AF_UNIX)
            client.connect(str(self.socket_of(host)))
            client.settimeout(5)
            try:
                client.sendall(what)
            except OSError:
                pass  # it has been shown the door
            idle.append(client)
        self.addCleanup(lambda: [client.close() for client in idle])
        viewer.wait_pictures(after=viewer.mark())
        self.assertEqual(self.ask("status")["pid"], host.pid)
        self.assertLess(self.watched()["stats"]["rss"], 1 << 30)

    def test_a_later_version_is_told_which_one_is_spoken(self):
        host = self.small_host()
        self.assertEqual(self.ask("status")["version"], 1)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.socket_of(host)))
            client.settimeout(60)
            client.sendall(b'{"command":"lock","version":2}\n{"command":"status","version":1}\n')
            lines = client.makefile()
            refused, status = json.loads(next(lines)), json.loads(next(lines))
        self.assertEqual((refused["version"], refused["error"]["exit_code"]), (1, REFUSED))
        self.assertFalse(status["locked"])

    def test_the_socket_is_its_users_alone(self):
        host = self.small_host()
        path = self.socket_of(host)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(path.parent.stat().st_mode), 0o700)

    @only_root
    def test_another_user_cannot_speak_with_it_even_where_the_modes_are_wrong(self):
        host = self.small_host()
        for path, mode in ((self.runtime, 0o755), (self.runtime / "pixelpass", 0o755), (self.socket_of(host), 0o666)):
            path.chmod(mode)
        ask = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1])\n" \
              "try: s.sendall(b'{\"command\":\"stop\"}\\n'); print('answer', s.recv(4096))\n" \
              "except OSError as e: print('answer', b'')"
        stranger = self.lines(*as_somebody(), "python3", "-c", ask, self.socket_of(host))
        self.assertEqual(stranger.all_lines(), ["answer b''"])
        self.assertTrue(host.running())
        self.assertEqual(self.ask("status")["pid"], host.pid)

    # ---- Reply codes ------------------------------------------------------------------------------------

    def test_a_reply_code_of_its_ticket_is_taken(self):
        host = self.small_host()
        code = reply_code(host.ticket(), "192.0.2.17", 41234)
        self.assertLess(len(code), 60)
        self.assertEqual(self.ask("reply", code)["addresses"], ["192.0.2.17:41234"])
        taken = host.wait("reply_code")
        self.assertEqual((taken["accepted"], taken["addresses"]), (True, ["192.0.2.17:41234"]))

    def test_a_reply_code_that_cannot_be_taken_says_why(self):
        host, other = self.small_host("--name", "desk"), self.small_host("--name", "lap")
        code = reply_code(other.ticket(), "192.0.2.17", 41234)
        for wrong, why in (
            (code, "another ticket"),
            (code[:-3], "end of the reply code is missing"),
            (code[:12] + ("a" if code[12] != "a" else "b") + code[13:], "damaged"),
            ("ppr2" + code[4:], "later version"),
            ("hello", "not a reply code"),
        ):
            self.assert_fails(self.run_pixelpass("reply", wrong, "--host", "desk"), USAGE, why)
        self.assertEqual(host.events("reply_code"), [])

    def test_a_reply_code_is_taken_at_the_hosts_terminal_and_all_else_is_ignored_with_one_hint(self):
        keyboard, terminal = pty.openpty()
        self.addCleanup(os.close, keyboard)
        host = self.small_host(stdin=terminal)
        os.close(terminal)
        code = reply_code(host.ticket(), "192.0.2.17", 41234)
        os.write(keyboard, b"hello\nworld\n\n")
        host.wait("notice", lambda e: "reply codes" in e["what"])
        os.write(keyboard, f"  {code[:-1]}\n".encode())
        host.wait("notice", lambda e: "end of the reply code" in e["what"])
        os.write(keyboard, f"pixelpass reply {code}\n".encode())
        self.assertEqual(host.wait("reply_code")["addresses"], ["192.0.2.17:41234"])
        self.assertEqual(sum("reply codes" in notice["what"] for notice in host.events("notice")), 1)
