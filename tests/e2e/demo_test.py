"""`pixelpass demo`."""

import json
import os
import pathlib
import signal
import sys
import uuid

from processes import until
from support import COULD_NOT_START, DONE, INTERRUPTED, PROMPT, EndToEnd

ROWS = ("resolution", "encoder", "pictures/s", "bitrate", "connect", "first picture", "lag p50 / p95",
        "CPU host / viewer", "skipped groups", "decoded")
SECONDS = 5


def processes_marked(mark):
    """Ids of the processes that have inherited the mark in their environment."""
    found = []
    for environment in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in environment.read_bytes():
                found.append(int(environment.parent.name))
        except OSError:
            pass  # it has ended in between, or is another user's
    return found


class Demo(EndToEnd):
    def setUp(self):
        super().setUp()
        self.mark = f"pixelpass-e2e-{uuid.uuid4()}"
        self.marked = self.environment(PIXELPASS_TEST_MARK=self.mark)
        self.addCleanup(self.end_marked)

    def end_marked(self):
        for process in processes_marked(self.mark):
            os.kill(process, signal.SIGKILL)

    def assert_nothing_left(self):
        until(lambda: not processes_marked(self.mark), "the end of all that the demo started", deadline=10)

    def test_the_table_has_all_rows_and_nothing_is_left_behind(self):
        result = self.run_pixelpass("demo", "--seconds", SECONDS, env=self.marked)
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assert_nothing_left()
        for row in ROWS:
            self.assertRegex(result.stdout, rf"(?m)^{row} +\S")
        self.assertEqual(len(result.stdout.splitlines()), len(ROWS))
        self.assertRegex(result.stdout, r"(?m)^resolution +1280x720$")
        self.assertRegex(result.stdout, r"(?m)^decoded +[1-9]\d+ pictures by \S+, 0 errors$")
        self.assert_says(result.stderr, f"{SECONDS} of {SECONDS} s")

    def test_with_json_it_reports_each_second_and_the_result(self):
        demo = self.pixelpass("demo", "--seconds", SECONDS, env=self.marked)
        self.assert_exit(demo, DONE)
        self.assert_nothing_left()
        said = [json.loads(line) for line in demo.all_lines()]
        self.assertEqual([one["second"] for one in said if one["event"] == "demo_progress"],
                         list(range(1, SECONDS + 1)))
        result = said[-1]
        self.assertEqual(result["event"], "demo")
        self.assertEqual((result["stream"]["width"], result["stream"]["height"]), (1280, 720))
        # How many it comes to is the machine's; that they are there to the end, and what each is worth, is not.
        self.assertGreater(result["decoded_pictures"], result["fps"] * SECONDS / 2)
        self.assertGreater(result["bitrate_bps"] / result["fps"], 1_000_000 / 30)
        self.assertEqual(result["decode_errors"], 0)
        for name in ("connect_ms", "first_picture_ms", "lag_ms_p50", "lag_ms_p95", "host_cpu_percent",
                     "viewer_cpu_percent"):
            self.assertGreater(result[name], 0, name)

    def test_an_interrupted_demo_leaves_nothing_behind(self):
        demo = self.pixelpass("demo", "--seconds", 60, env=self.marked)
        demo.wait("demo_progress")
        self.assertGreaterEqual(len(processes_marked(self.mark)), 3)
        demo.signal(signal.SIGINT)
        self.assertEqual(demo.exit_code(10), INTERRUPTED, demo.story())
        self.assert_nothing_left()

    def test_a_killed_demo_leaves_nothing_behind(self):
        demo = self.pixelpass("demo", "--seconds", 60, env=self.marked)
        demo.wait("demo_progress")
        demo.signal(signal.SIGKILL)
        demo.exit_code()
        self.assert_nothing_left()

    def side(self, demo, command):
        """The id of the demo's own process that runs this command."""
        def found():
            for process in processes_marked(self.mark):
                words = pathlib.Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
                if process != demo.pid and command.encode() in words:
                    return process
            return None

        return until(found, f"the demo's {command}")

    def test_a_side_that_dies_makes_the_demo_fail_and_say_which_one(self):
        for command, side in (("host", "host"), ("view", "viewer")):
            with self.subTest(side):
                demo = self.pixelpass("demo", "--seconds", 60, env=self.marked)
                demo.wait("demo_progress")
                os.kill(self.side(demo, command), signal.SIGKILL)
                self.assertEqual(demo.exit_code(), COULD_NOT_START, demo.story())
                measured, error = (json.loads(line) for line in demo.all_lines()[-2:])
                self.assertEqual((measured["event"], error["event"]), ("demo", "error"))
                self.assertEqual(error["what"], f"the {side} ended early: signal 9")
                self.assertTrue(error["hint"])
                self.assert_nothing_left()

    def test_both_sides_log_at_the_level_that_was_asked_for(self):
        result = self.run_pixelpass("--log-level", "debug", "demo", "--seconds", 1, env=self.marked)
        self.assertEqual(result.returncode, DONE, result.stderr)
        # An event of the host, and one of the viewer.
        self.assert_says(result.stderr, 'debug .*"viewer_joined"', 'debug .*"first_frame"')

    def with_player(self, script):
        """Surroundings with a screen and a player that does this."""
        player = self.folder / "mpv"
        player.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        player.chmod(0o755)
        return {**self.marked, "DISPLAY": ":77", "PATH": f"{self.folder}:{os.environ['PATH']}"}

    def test_a_picture_that_no_player_could_show_is_not_said_to_be_shown(self):
        result = self.run_pixelpass("demo", "--seconds", SECONDS, env=self.with_player("exit 2"))
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assert_says(result.stderr, "the player ended with status 2")
        self.assertRegex(result.stdout, r"(?m)^decoded +[1-9]\d+ pictures by \S+, 0 errors$")

    def test_a_player_that_is_too_slow_goes_on_showing_and_nothing_is_decoded_besides(self):
        script = pathlib.Path(__file__).with_name("slow_mpv.py")
        environment = self.with_player(f'exec {sys.executable} -B {script} "$@"')
        demo = self.pixelpass("demo", "--seconds", 60, env={**environment, "SLOW_MPV_FOLDER": str(self.folder)})
        slow = demo.wait("notice", lambda event: "does not show all pictures in time" in event["what"])
        self.assert_says(slow["hint"], "graphics card")
        os.kill(self.side(demo, "view"), signal.SIGINT)
        self.assertEqual(demo.wait("demo")["decoder"], "player")

    def test_a_player_that_the_user_closes_ends_the_demo_without_an_error(self):
        demo = self.pixelpass("demo", "--seconds", 60, env=self.with_player("sleep 3"))
        self.assert_exit(demo, DONE)
        self.assertEqual(demo.events("error"), [])
        self.assertEqual(demo.wait("demo")["decoder"], "player")
        self.assert_nothing_left()

    def test_stopped_sides_do_not_hold_up_an_interrupted_demo(self):
        demo = self.pixelpass("demo", "--seconds", 60, env=self.marked)
        demo.wait("demo_progress")
        for command in ("host", "view"):
            os.kill(self.side(demo, command), signal.SIGSTOP)
        demo.signal(signal.SIGTERM)
        self.assertEqual(demo.exit_code(PROMPT), INTERRUPTED, demo.story())
        self.assert_nothing_left()

    def test_a_second_signal_ends_a_demo_and_its_sides_at_once(self):
        demo = self.pixelpass("demo", "--seconds", 60, env=self.marked)
        demo.wait("demo_progress")
        for command in ("host", "view"):
            os.kill(self.side(demo, command), signal.SIGSTOP)
        demo.signal(signal.SIGTERM)
        demo.signal(signal.SIGINT)
        self.assertEqual(demo.exit_code(PROMPT), INTERRUPTED, demo.story())
        self.assert_nothing_left()

    def test_a_demo_whose_host_cannot_start_says_why(self):
        registry = self.folder / "registry.bin"
        env = self.environment(GST_PLUGIN_SYSTEM_PATH_1_0=self.folder, GST_PLUGIN_PATH_1_0=None,
                               GST_REGISTRY_1_0=registry)
        result = self.run_pixelpass("demo", "--seconds", SECONDS, env=env)
        self.assert_fails(result, COULD_NOT_START, "install")
