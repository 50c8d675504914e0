"""What the program says of itself, and what it says to a mistake."""

import json
import resource

from support import COULD_NOT_START, DONE, USAGE, EndToEnd, as_somebody, only_root, program

EXIT_CODES = ("0", "1", "2", "3", "4", "5", "130")


class Usage(EndToEnd):
    def test_help_names_the_commands_and_the_exit_codes(self):
        result = self.run_pixelpass("--help")
        self.assertEqual((result.returncode, result.stderr), (DONE, ""))
        for command in ("host", "view", "demo", "doctor", "repair", "config"):
            self.assertRegex(result.stdout, rf"(?m)^\s+pixelpass {command}\b")
        brief = result.stdout.split("Exit codes:")[1]
        codes = self.run_pixelpass("--help-all").stdout.split("Exit codes:")[1]
        for code in EXIT_CODES:
            self.assertRegex(brief, rf" {code} [a-z]")
            self.assertRegex(codes, rf"(?m)^\s+{code} +\S")

    def test_every_command_has_help_and_the_program_has_a_version(self):
        for arguments in (("host", "--help"), ("view", "--help"), ("demo", "--help"), ("doctor", "--help"), ("repair", "--help"), ("config", "--help"), ("--help-all",)):
            result = self.run_pixelpass(*arguments)
            self.assertEqual((result.returncode, result.stderr), (DONE, ""), arguments)
            self.assertIn("Usage", result.stdout)
        self.assertRegex(self.run_pixelpass("--version").stdout, r"^pixelpass \d+\.\d+\.\d+\n$")

    def test_a_mistake_on_the_command_line_is_named_with_a_hint(self):
        for arguments, said in (
            (("--nonsense",), "--nonsense"),
            (("host", "--nonsense"), "--nonsense"),
            (("share",), "share"),
            (("host", "--fps", "many"), "many"),
            (("host", "--size", "1281x720"), "1281x720"),
            (("host", "--bitrate", "fast"), "fast"),
            (("host", "--source", "camera"), "camera"),
            (("host", "--max-viewers", "0"), "max-viewers"),
            (("host", "--bind", "nowhere"), "nowhere"),
            (("view", "--player", "xine", "pp1"), "xine"),
            (("demo", "--seconds", "0"), "seconds"),
        ):
            with self.subTest(arguments):
                self.assert_fails(self.run_pixelpass(*arguments), USAGE, said, "--help")

    def test_a_shell_that_lets_few_files_be_open_does_not_matter_and_a_hard_limit_is_named(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        for limits, code in (((16, hard), DONE), ((16, 16), COULD_NOT_START)):
            with self.subTest(limits):
                share = self.process(program(), "host", "--source", "test", "--size", "320x180", "--audio", "none",
                                     "--stun", "none", "--no-port-mapping", "--seconds", "1",
                                     preexec_fn=lambda limits=limits: resource.setrlimit(resource.RLIMIT_NOFILE, limits))
                self.assertEqual(share.exit_code(), code, share.stderr())
                if code != DONE:
                    self.assertIn("no more than 16 files", share.stderr())
                self.assertNotIn("--encoder", share.stderr())

    def test_where_too_little_memory_can_be_had_that_is_named_and_nothing_waits_for_ever(self):
        host, demo = ("host", "--source", "test"), ("demo",)
        for mebibytes, command, size, code in ((300, host, "1280x720", COULD_NOT_START),
                                               (590, host, "1280x720", COULD_NOT_START),
                                               (590, demo, "1280x720", COULD_NOT_START),
                                               (1000, host, "7680x4320", COULD_NOT_START),
                                               (8000, host, "1280x720", DONE)):
            with self.subTest(mebibytes, command=command):
                limits = (mebibytes << 20, mebibytes << 20)
                share = self.process(program(), *command, "--size", size, "--audio", "none", "--seconds", "1",
                                     preexec_fn=lambda limits=limits: resource.setrlimit(resource.RLIMIT_AS, limits))
                self.assertEqual(share.exit_code(), code, share.stderr())
                if code != DONE:
                    self.assertRegex(share.stderr(), "less than .* of memory can be had here")

    @only_root  # a limit of processes is a user's, and root has none
    def test_where_too_few_threads_can_be_started_that_is_named(self):
        for most in (1, 5):
            with self.subTest(most):
                share = self.process(*as_somebody(), "prlimit", f"--nproc={most}", self.for_everybody(), "host", "--source",
                                     "test", "--seconds", "1", env=self.environment(HOME="/", XDG_CONFIG_HOME="/"))
                self.assertEqual(share.exit_code(), COULD_NOT_START, share.stderr())
                self.assertRegex(share.stderr(), r"no more than \d+ threads can be started here, and at least 16")

    def test_with_json_a_mistake_is_one_error_event(self):
        result = self.run_pixelpass("host", "--json", "--nonsense")
        self.assertEqual((result.returncode, result.stderr), (USAGE, ""))
        error = json.loads(result.stdout)
        self.assertEqual((error["event"], error["exit_code"]), ("error", USAGE))
        self.assertIn("--nonsense", error["what"])
        self.assertIn("--help", error["hint"])
