"""The man page and the completions that the program makes of its options, in the shells themselves."""

import re
import shlex
import subprocess

from support import DONE, EndToEnd, needs, program
from terminals import Terminal

COMMANDS = ("host", "view", "demo", "doctor", "repair", "config", "status", "ticket", "reply", "kick", "lock", "unlock",
            "pause", "resume", "mute", "unmute", "show", "bitrate", "screen", "stop")

# Asks for what would stand on the line, as readline does: the words of it, the last of which is not typed yet.
ASK_BASH = """
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_pixelpass
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Generated(EndToEnd):
    def made(self, kind):
        result = self.run_pixelpass("generate", kind)
        self.assertEqual((result.returncode, result.stderr), (DONE, ""))
        path = self.folder / f"_pixelpass.{kind}"
        path.write_text(result.stdout, encoding="utf-8")
        return path

    def options(self, *command):
        """Those in the help of a command, and those that every command takes."""
        names = set()
        of_all, _ = re.split(r"(?i)\nsubcommands:\n", self.run_pixelpass("--help-all").stdout, maxsplit=1)
        for text in (self.run_pixelpass(*command, "--help-all").stdout if command else "", of_all):
            names |= set(re.findall(r"(?m)^ +(?:-\w,)?(--[a-z][a-z-]+)", text))
        self.assertIn("--json", names)
        return names - {"--version"} if command else names

    def output(self, *words):
        result = subprocess.run([str(word) for word in words], text=True, capture_output=True, timeout=60,
                                stdin=subprocess.DEVNULL, env=self.environment(), check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""), words)
        return result.stdout


class ManPage(Generated):
    def test_man_shows_it_without_a_warning(self):
        needs("man", "man-db")
        page = self.made("man")
        text = self.output("man", "--warnings", "--local-file", "--encoding=UTF-8", page)
        for words in ("PIXELPASS(1)", "--max-viewers N", "EXIT STATUS", "TICKET|-", "(ppr1…)"):
            self.assertIn(words, text)

    def test_mandoc_finds_nothing_to_object_to(self):
        needs("mandoc")
        self.assertEqual(self.output("mandoc", "-Tlint", "-Wwarning", self.made("man")), "")


class Bash(Generated):
    def ask(self, *words):
        return self.output("bash", "--norc", "-uc", ASK_BASH, "bash", self.script, "pixelpass", *words).split()

    def setUp(self):
        super().setUp()
        self.script = self.made("bash")

    def test_bash_offers_the_commands_and_each_ones_options(self):
        self.assertEqual(set(self.ask("")), set(COMMANDS))
        for command in COMMANDS:
            with self.subTest(command):
                offered = set(self.ask(command, "--"))
                self.assertEqual(offered - {"--version"}, self.options(command) - {"--version"})
        self.assertEqual(set(self.ask("--")), self.options())

    def test_bash_offers_the_words_that_an_option_takes(self):
        self.assertEqual(self.ask("host", "--source", "p"), ["portal"])
        self.assertEqual(self.ask("host", "--source", "=", "p"), ["portal"])
        self.assertEqual(set(self.ask("host", "--source", "=")), {"auto", "portal", "x11", "test", "-"})
        self.assertEqual(set(self.ask("demo", "--audio", "")), {"auto", "none"})
        self.assertEqual(self.ask("--log-level", "debug", "host", "--enc"), ["--encoder"])
        self.assertEqual(self.ask("--log-level", "=", "debug", "host", "--enc"), ["--encoder"])
        self.assertEqual(self.ask("host", "--fps", ""), [])

    def test_bash_takes_no_value_for_a_command(self):
        self.assertEqual(self.ask("host", "--name", "view", "--monit"), ["--monitor"])

    def test_bash_offers_files_where_one_is_wanted(self):
        (self.folder / "a film.ts").touch()
        self.assertEqual(self.output("bash", "--norc", "-uc", ASK_BASH, "bash", self.script, "pixelpass", "view",
                                     "--record", f"{self.folder}/a"), f"{self.folder}/a film.ts\n")

    def test_bash_completes_at_a_terminal(self):
        terminal = Terminal(self, width=120)
        terminal.type("source", self.script)
        terminal.press("pixelpass ho", "Tab", "--sou", "Tab", "x", "Tab")
        terminal.wait("pixelpass host --source x11")

    def test_shellcheck_finds_nothing_to_object_to_in_bashs(self):
        needs("shellcheck")
        self.output("shellcheck", "--shell=bash", self.script)


class Fish(Generated):
    def ask(self, line):
        needs("fish")
        script = self.made("fish")
        text = self.output("fish", "--no-config", "-c", f"source {shlex.quote(str(script))}; complete -C {shlex.quote(line)}")
        return [line.split("\t")[0] for line in text.splitlines()]

    def test_fish_offers_the_commands_and_each_ones_options(self):
        self.assertEqual(set(self.ask("pixelpass ")), set(COMMANDS))
        for command in COMMANDS:
            with self.subTest(command):
                self.assertEqual(set(self.ask(f"pixelpass {command} --")) - {"--version"}, self.options(command))

    def test_fish_offers_the_words_that_an_option_takes(self):
        self.assertEqual(self.ask("pixelpass host --source p"), ["portal"])
        self.assertEqual(self.ask("pixelpass host --source=p"), ["--source=portal"])
        self.assertEqual(set(self.ask("pixelpass demo --audio ")), {"auto", "none"})
        self.assertEqual(self.ask("pixelpass host --fps "), [])

    def test_fish_offers_files_where_one_is_wanted(self):
        (self.folder / "film.ts").touch()
        self.assertEqual(self.ask(f"pixelpass view --record {self.folder}/fil"), [f"{self.folder}/film.ts"])


class Zsh(Generated):
    def setUp(self):
        super().setUp()
        needs("zsh")
        self.terminal = Terminal(self, width=120, height=100, HOME=self.folder, ZDOTDIR=self.folder)
        script = self.made("zsh")
        setup = self.folder / ".zshrc"
        setup.write_text(f"PS1='zsh> '\nautoload -U compinit\ncompinit -u -d {self.folder}/dump\n. {script}\n", encoding="utf-8")
        self.terminal.type("zsh", "-d")
        self.terminal.wait("zsh>")

    def ask(self, line, last):
        """What zsh lists below the line; `last` is in it."""
        self.terminal.press("C-u", "C-l")
        self.terminal.wait("zsh>", without=("pixelpass",))
        self.terminal.press(line, "Tab", "Tab")
        return self.terminal.wait(last)

    def test_zsh_offers_the_commands(self):
        screen = self.ask("pixelpass ", "End the running host")
        self.assertEqual(set(re.findall(r"(?m)^(\w+) +-- ", screen)), set(COMMANDS))

    def test_zsh_offers_each_commands_options(self):
        for command in COMMANDS:
            with self.subTest(command):
                screen = self.ask(f"pixelpass {command} --", "--log-level")
                offered = set(re.findall(r"(?m)(--[a-z][a-z-]+)\S* .*-- ", screen))
                self.assertEqual(offered - {"--version"}, self.options(command))

    def test_zsh_offers_the_words_that_an_option_takes(self):
        self.terminal.press("pixelpass host --sou", "Tab", "x", "Tab")
        self.terminal.wait("pixelpass host --source=x11")
        self.ask("pixelpass host --source ", "portal")

    def test_zsh_offers_files_where_one_is_wanted(self):
        (self.folder / "film.ts").touch()
        self.terminal.press(f"pixelpass view --record {self.folder}/fi", "Tab")
        self.terminal.wait(f"{self.folder}/film.ts")
