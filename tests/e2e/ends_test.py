"""How a session ends, and what it survives."""

import fcntl
import os
import pathlib
import signal
import socket
import subprocess
import termios

import media
from decoding import watch
from processes import until
from stdin_test import ffmpeg_stream
from support import COULD_NOT_START, DONE, INTERRUPTED, NOT_REACHABLE, PROMPT, EndToEnd, free_port, program

# Three seconds, after which what hangs is left behind, and the same.
HANGS = 9.0
# The last moments of a recording have seven seconds.
RECORDING_HANGS = 13.0


class Ends(EndToEnd):
    def test_a_host_that_is_interrupted_takes_leave_and_its_viewer_is_done(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            host, viewer = self.host_and_viewer()
            host.signal(number)
            self.assertEqual(host.exit_code(PROMPT), INTERRUPTED, host.story())
            self.assertEqual(viewer.exit_code(PROMPT), DONE, viewer.story())
            self.assertEqual(host.wait("ended")["reason"], "interrupted")
            self.assert_says(viewer.wait("ended")["reason"], "the host ended", "interrupted")

    def driver_that_hangs(self):
        """The environment of who has one, and the file with which it begins to."""
        shims = os.environ.get("PIXELPASS_PORTAL_SHIMS")
        build = pathlib.Path(shims) if shims else pathlib.Path(program()).resolve().parent / "tests" / "e2e"
        hangs = self.folder / "hangs"
        runtime = self.folder / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        hangs.unlink(missing_ok=True)  # of the one before
        self.addCleanup(lambda: hangs.unlink(missing_ok=True))
        env = self.environment(LD_PRELOAD=build / "libhung_driver.so", PIXELPASS_TEST_HANGS=hangs,
                               XDG_RUNTIME_DIR=runtime)
        return env, hangs

    def hung_host(self, *arguments, **host):
        """Its GPU's driver hangs from here on, in the last change of state, and so does its standard input."""
        env, hangs = self.driver_that_hangs()
        host = self.host(*arguments, env=env, **host)
        viewer = self.view(host.ticket(), "--record", self.folder / f"{host.pid}.ts")
        viewer.wait_pictures()
        hangs.touch()
        return host, viewer, env

    def assert_left_its_source_behind(self, host, viewer, reason, *whats):
        self.assertEqual(viewer.exit_code(PROMPT), DONE, viewer.story())
        self.assertEqual(host.wait("ended")["reason"], reason)
        host.all_lines()
        notices = sorted(e["what"] for e in host.events("notice") if "hangs" in e["what"])
        self.assertEqual(len(notices), len(whats or ["x264enc"]), host.story())
        for notice, what in zip(notices, whats or ["x264enc"]):
            self.assertIn(what, notice)
        self.assertEqual(list((self.folder / "runtime").glob("**/*.sock")), [], "its control socket")

    def test_a_driver_that_hangs_at_the_end_does_not_keep_an_interrupted_host(self):
        host, viewer, _ = self.hung_host()
        host.signal(signal.SIGINT)
        self.assertEqual(host.exit_code(HANGS), INTERRUPTED, host.story())
        self.assert_left_its_source_behind(host, viewer, "interrupted")

    def test_a_driver_that_hangs_at_the_end_does_not_keep_a_host_that_is_stopped(self):
        host, viewer, env = self.hung_host()
        stopped = self.run_pixelpass("stop", env=env)
        self.assertEqual(stopped.returncode, DONE, stopped.stderr)
        self.assertEqual(host.exit_code(HANGS), DONE, host.story())
        self.assert_left_its_source_behind(host, viewer, host.wait("ended")["reason"])

    def test_an_input_that_hangs_does_not_keep_an_interrupted_host_and_is_named(self):
        source = self.process(*ffmpeg_stream(), stdout=subprocess.PIPE)
        host, viewer, _ = self.hung_host(source="-", stdin=source.stdout)
        source.stdout.close()
        until(lambda: (self.folder / "hangs.reached").exists(), "a read that hangs")
        host.signal(signal.SIGINT)
        self.assertEqual(host.exit_code(HANGS), INTERRUPTED, host.story())
        self.assert_left_its_source_behind(host, viewer, "interrupted", "reading from standard input hangs")

    def test_an_engine_s_connection_that_hangs_at_the_end_does_not_keep_an_interrupted_host_and_is_named(self):
        engine = self.lines(os.environ["PIXELPASS_WHIP_ENGINE"])
        place = engine.wait_line(lambda line: line.startswith("listens ") and line.split("/")[2])
        for protocol in ("whip", "srt"):
            with self.subTest(protocol):
                port = free_port(socket.SOCK_DGRAM)
                if protocol == "srt":
                    watch(self, f"srt://127.0.0.1:{port}?mode=listener", (320, 180))
                target = f"http://{place}" if protocol == "whip" else f"srt://127.0.0.1:{port}"
                url = f"{target}/screen/whip" if protocol == "whip" else target
                host, viewer, _ = self.hung_host("--size", "320x180", "--publish", url)
                host.wait("publishing")
                host.signal(signal.SIGINT)
                self.assertEqual(host.exit_code(HANGS), INTERRUPTED, host.story())
                self.assert_left_its_source_behind(host, viewer, "interrupted", f"a connection to {target} does not end",
                                                   "what was shared")

    def test_a_new_ticket_whose_disk_hangs_holds_up_nobody_and_the_old_one_stays(self):
        env, hangs = self.driver_that_hangs()
        identity, syncs = self.folder / "identity", self.folder / "hangs.syncs"
        host = self.host("--identity", identity, env=env)
        ticket, before = host.ticket(), identity.read_bytes()
        viewer = self.view(ticket)
        viewer.wait_pictures()
        syncs.touch()
        waits = self.lines(program(), "ticket", "--new", env=env)
        until(lambda: (self.folder / "hangs.reached").exists(), "a disk that hangs")
        self.assertEqual(self.run_pixelpass("mute", env=env).returncode, DONE)
        self.assertEqual(self.run_pixelpass("unmute", env=env).returncode, DONE)
        self.assert_exit(waits, COULD_NOT_START)
        self.assert_says(waits.stderr(), "its disk does not answer", "the ticket stays the old one")
        viewer.wait("stats", lambda event: event["fps"] > 0, after=viewer.mark())
        self.assertEqual(viewer.events("reconnecting"), [], viewer.story())
        syncs.unlink()
        until(lambda: not (self.folder / "identity.new").exists(), "the end of what was given up")
        self.assertEqual(identity.read_bytes(), before)
        self.view(ticket, "--seconds", "1").wait("connected")
        self.assertEqual(self.run_pixelpass("ticket", "--new", env=env).returncode, DONE)
        self.assertNotEqual(identity.read_bytes(), before)

    def test_an_engine_is_called_again_whose_connection_hangs_in_its_end(self):
        env, hangs = self.driver_that_hangs()
        url = f"srt://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
        engine = watch(self, f"{url}?mode=listener", (320, 180))
        host = self.host("--size", "320x180", "--publish", url, env=env)
        self.view(host.ticket()).wait_pictures()  # without a viewer the source would end, too
        host.wait("publishing")
        hangs.touch()
        engine.signal(signal.SIGKILL)
        host.wait("notice", lambda event: f"a connection to {url} does not end" in event["what"])
        hangs.unlink()
        at = host.mark()
        watch(self, f"{url}?mode=listener", (320, 180)).wait(lambda _: True, "a picture")
        host.wait("publishing", after=at)
        host.signal(signal.SIGINT)
        self.assertEqual(host.exit_code(PROMPT), INTERRUPTED, host.story())

    def recording_viewer(self, name):
        """Its driver can be made to hang."""
        env, hangs = self.driver_that_hangs()
        recording = self.folder / name
        viewer = self.view(self.host("--size", "320x180").ticket(), "--record", recording, env=env)
        until(lambda: recording.exists() and recording.stat().st_size > 50000, "pictures in the recording")
        return viewer, recording, hangs

    def test_a_muxer_that_hangs_at_the_end_does_not_keep_an_interrupted_viewer_whose_recording_is_whole(self):
        for name in ("film.mkv", "film.mp4"):
            with self.subTest(name):
                viewer, recording, hangs = self.recording_viewer(name)
                hangs.touch()
                viewer.signal(signal.SIGINT)
                self.assertEqual(viewer.exit_code(RECORDING_HANGS), INTERRUPTED, viewer.story())
                viewer.all_lines()
                said = [e["what"] for e in viewer.events("notice") if "hangs" in e["what"]]
                self.assertEqual(len(said), 1, viewer.story())
                self.assert_says(said[0], "the recording is written", "does not end")
                self.assertEqual(media.complaints(recording), "")

    def test_a_disk_that_hangs_at_the_end_does_not_keep_a_viewer_which_says_that_the_recording_is_not_whole(self):
        viewer, _, hangs = self.recording_viewer("film.mkv")
        writes = hangs.with_suffix(".writes")
        writes.touch()
        self.addCleanup(lambda: writes.unlink(missing_ok=True))
        viewer.signal(signal.SIGINT)
        self.assertEqual(viewer.exit_code(RECORDING_HANGS), INTERRUPTED, viewer.story())
        viewer.all_lines()
        said = [e["what"] for e in viewer.events("notice") if "hangs" in e["what"]]
        self.assertEqual(len(said), 1, viewer.story())
        self.assert_says(said[0], "the recording's end is missing", "film.mkv")

    def test_a_terminal_that_closes_ends_both_sides_cleanly(self):
        host, viewer = self.host_and_viewer()
        # It says so more than once: the kernel, and the shell.
        viewer.signal(signal.SIGHUP)
        viewer.signal(signal.SIGHUP)
        self.assertEqual(viewer.exit_code(PROMPT), INTERRUPTED, viewer.story())
        self.assert_says(host.wait("viewer_left", deadline=PROMPT)["reason"], "interrupted")
        host.signal(signal.SIGHUP)
        self.assertEqual(host.exit_code(PROMPT), INTERRUPTED, host.story())
        self.assertEqual(host.wait("ended")["reason"], "interrupted")

    def test_nohup_keeps_a_host_alive_when_the_terminal_closes(self):
        host = self.host("--seconds", "2", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        host.ticket()
        host.signal(signal.SIGHUP)
        self.assert_exit(host, DONE)
        self.assertEqual(host.wait("ended")["reason"], "time is up")

    def test_an_interrupt_right_after_the_ticket_is_a_clean_end(self):
        host = self.host()
        host.ticket()
        host.signal(signal.SIGTERM)
        self.assertEqual(host.exit_code(PROMPT), INTERRUPTED, host.story())
        self.assertEqual(host.wait("ended")["reason"], "interrupted")

    def test_an_interrupt_while_input_is_awaited_has_the_exit_code_of_one(self):
        for arguments in (["host", "--source", "-", "--bind", "127.0.0.1:0"], ["view", "-"]):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                with self.subTest(f"{arguments[0]}, {number.name}"):
                    self.assert_interrupted_at_input(arguments, number)

    def assert_interrupted_at_input(self, arguments, number):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, write_end)
        with os.fdopen(read_end, "rb") as stdin:
            waiting = self.process(program(), *arguments, stdin=stdin)
        os.write(write_end, b"\n")
        unread = lambda: int.from_bytes(fcntl.ioctl(write_end, termios.FIONREAD, bytes(4)), "little")
        until(lambda: unread() == 0, f"a read of the input by {waiting.command}")
        waiting.signal(number)
        self.assertEqual(waiting.exit_code(PROMPT), INTERRUPTED, waiting.story())

    def test_a_viewer_that_is_interrupted_takes_leave_and_the_host_goes_on(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            host, viewer = self.host_and_viewer()
            at = host.mark()
            viewer.signal(number)
            self.assertEqual(viewer.exit_code(PROMPT), INTERRUPTED, viewer.story())
            left = host.wait("viewer_left", deadline=PROMPT)
            self.assert_says(left["reason"], "interrupted")
            host.wait("stats", lambda e: e["viewers"] == [], after=at)

    def test_a_viewer_of_a_host_that_was_killed_reconnects_when_it_is_back(self):
        identity = self.folder / "identity"
        recording = self.folder / "recording.ts"
        host = self.host("--identity", identity)
        ticket = host.ticket()
        viewer = self.view(ticket, "--record", recording)
        address = viewer.wait("connecting")["addresses"][0]
        viewer.wait_pictures()
        host.signal(signal.SIGKILL)
        at = viewer.mark()
        lost = viewer.wait("reconnecting", after=at)
        self.assertGreaterEqual(lost["attempt"], 1)
        self.assertTrue(lost["reason"])
        again = self.host("--identity", identity, bind=address)
        self.assertEqual(again.ticket(), ticket)
        viewer.wait("connected", after=at)
        viewer.wait_pictures(after=viewer.mark())
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)
        self.assertEqual(media.picture_complaints(recording), "")

    def test_a_host_that_has_gone_is_not_reachable_at_the_addresses_that_were_tried(self):
        host = self.host("--seconds", "1")
        ticket = host.ticket()
        self.assert_exit(host, DONE)
        viewer = self.view(ticket)
        tried = viewer.wait("connecting")["addresses"]
        self.assert_exit(viewer, NOT_REACHABLE)
        error = viewer.wait("error")
        self.assertEqual(error["exit_code"], NOT_REACHABLE)
        for address in tried:
            self.assertIn(address, error["what"])
        self.assertTrue(error["hint"])

    def test_a_view_whose_time_is_up_before_it_connected_has_not_reached_the_host(self):
        host = self.host("--seconds", "1")
        ticket = host.ticket()
        self.assert_exit(host, DONE)
        viewer = self.view(ticket, "--seconds", "1")
        tried = viewer.wait("connecting")["addresses"]
        self.assert_exit(viewer, NOT_REACHABLE)
        for address in tried:
            self.assertIn(address, viewer.wait("error")["what"])

    def test_a_host_with_another_key_at_the_same_address_is_not_taken_for_the_one_of_the_ticket(self):
        host = self.host("--seconds", "1")
        ticket = host.ticket()
        self.assert_exit(host, DONE)
        first = self.view(ticket)
        address = first.wait("connecting")["addresses"][0]
        other = self.host(bind=address)
        other.ticket()
        self.assertEqual(self.view(ticket).exit_code(), NOT_REACHABLE)
        self.assertEqual(first.exit_code(), NOT_REACHABLE)
        self.assertEqual(other.events("viewer_joined"), [])
