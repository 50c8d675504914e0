"""The configuration: what counts, where it comes from, a file to begin with, and what is said of mistakes in it."""

import json
import os
import re
import stat

from support import DONE, USAGE, EndToEnd


class Configuration(EndToEnd):
    def setUp(self):
        super().setUp()
        self._home = str(self.folder / "own")
        os.mkdir(self._home)
        self._file = os.path.join(self._home, "pixelpass", "config.toml")

    def _run(self, *arguments):
        return self.run_pixelpass(*arguments, env={**self.environment(), "XDG_CONFIG_HOME": self._home})

    def _assert_refused(self, result, *parts):
        self.assert_fails(result, USAGE, *map(re.escape, parts))

    def _write(self, text):
        os.makedirs(os.path.dirname(self._file), exist_ok=True)
        with open(self._file, "w", encoding="utf-8") as file:
            file.write(text)

    def test_init_writes_a_private_file_once_and_the_report_reads_it(self):
        result = self._run("config", "--init")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (DONE, self._file + "\n", ""))
        self.assertEqual(stat.S_IMODE(os.stat(self._file).st_mode), 0o600)
        with open(self._file, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("# fps = 30\n", text)
        with open(self._file, "w", encoding="utf-8") as file:
            file.write(text.replace("# fps = 30", "fps = 24", 1))
        again = self._run("config", "--init")
        self._assert_refused(again, self._file, "is there already", "--config FILE")
        report = self._run("config")
        self.assertEqual((report.returncode, report.stderr), (DONE, ""))
        self.assertRegex(report.stdout, r"(?m)^fps = 24 +# file, line \d+$")
        self.assertRegex(report.stdout, r'(?m)^# bitrate = "6M" +# default$')

    def test_init_overwrites_nothing_that_a_link_leads_to(self):
        os.makedirs(os.path.dirname(self._file))
        os.symlink(os.path.join(self._home, "elsewhere"), self._file)
        self._assert_refused(self._run("config", "--init"), "is there already")
        self.assertFalse(os.path.exists(os.path.join(self._home, "elsewhere")))

    def test_the_command_line_goes_before_the_file_and_another_file_may_be_named(self):
        self._write('log-level = "info"\n')
        other = os.path.join(self._home, "other.toml")
        with open(other, "w", encoding="utf-8") as file:
            file.write("\n\nlog-level = 'error'\n")
        self.assertRegex(self._run("config").stdout, r'(?m)^log-level = "info" +# file, line 1$')
        self.assertRegex(self._run("config", "--config", other).stdout, r'(?m)^log-level = "error" +# file, line 3$')
        named = self._run("config", "host", "--config", other, "--log-level", "off", "--fps=5").stdout
        self.assertRegex(named, r'(?m)^log-level = "off" +# command line$')
        self.assertRegex(named, r"(?m)^fps = 5 +# command line$")

    def test_scripts_get_an_object_a_line(self):
        self._write('[view]\nplayer = "none"\n')
        result = self._run("config", "--json")
        self.assertEqual((result.returncode, result.stderr), (DONE, ""))
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertIn({"key": "player", "command": "view", "value": "none", "source": "file", "file": self._file,
                       "line": 2}, rows)
        self.assertIn({"key": "fps", "command": "host", "value": "30", "source": "default"}, rows)
        given = [row for row in rows if row["source"] == "command line"]
        self.assertEqual(given, [{"key": "json", "value": True, "source": "command line"}])

    def test_a_mistake_in_the_file_has_its_line_what_is_accepted_and_what_to_type(self):
        for text, said in (
            ("\nfsp = 30\n", ("line 2", "did you mean fps?", "type fps = ")),
            ("[host]\nfps = 1000\n", ("line 2", "a number from 1 to 240", "write it as fps = ")),
            ("[hots]\n", ("line 1", "did you mean host?", "type [host]")),
            ('name = "open\n', ("line 1", "quotes are not closed", "KEY = ")),
        ):
            with self.subTest(text):
                self._write(text)
                self._assert_refused(self._run("host", "--source", "test"), self._file, *said)
                self.assertEqual(self._run("host", "--help").returncode, DONE)

    def test_a_slip_on_the_command_line_is_told_what_was_meant(self):
        for arguments, said in (
            (("confg",), ("did you mean config?", "type pixelpass config,")),
            (("host", "--fsp", "3"), ("did you mean --fps?", "type pixelpass host --fps 3,", "pixelpass host --help")),
            (("host", "--source", "prtal"), ("one of", "did you mean portal?", "type pixelpass host --source portal,")),
        ):
            with self.subTest(arguments):
                self._assert_refused(self._run(*arguments), *said)
