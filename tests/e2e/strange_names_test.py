"""Names that any program of the user's chooses, where this one shows them: in PipeWire, and in the environment."""

import json
import math
import os
import struct
import wave

from decoding import listen
from processes import until
from screens import SMALL, OnX11
from support import DONE, needs

TONE, LOUD = 440, -25  # Hz, dBFS
EVIL = "\x1b[31mred\x1b]0;title\x07\u202eevil\u200b\nok       PipeWire         answers"
LIES = "ok       PipeWire         answers"  # as a line of its own
# What a terminal obeys, what is no UTF-8, what is too long, and all of them.
STRANGE = [EVIL.encode(), b"evil \xff\xfe\xc3( name", b"evil" + b"x" * 10_000, EVIL.encode() + b"\xff" + b"x" * 10_000]
DEAD = "4194305-1"  # of no process: none has a number above 2^22
MOST_SHOWN = 256  # bytes of a name
LONGEST_LINE = 5000  # bytes: a message may have 4096


class StrangeNames(OnX11):
    SIZE = SMALL

    def play(self, name, owner=None):
        """A tone by an application of this name: argv[0] is what pw-cat calls its node and its client."""
        needs("pw-cat", "pipewire-bin")
        sound = self.folder / "tone.wav"
        if not sound.exists():
            with wave.open(str(sound), "wb") as file:
                file.setparams((2, 2, 48000, 0, "NONE", None))
                samples = (round(10_000 * math.sin(2 * math.pi * TONE * at / 48000)) for at in range(48000))
                file.writeframes(b"".join(struct.pack("<hh", one, one) for one in samples) * 60)
        tag = ("-P", f"{{ pixelpass.owner = {owner} }}") if owner else ()
        return self.process("bash", "-c", 'exec -a "$0" pw-cat "$@"', os.fsdecode(name), "-p", *tag, sound)

    def wait_playing(self):
        playing = b'"media.class": "Stream/Output/Audio"'
        until(lambda: self.desktop.run("pw-dump").count(playing) >= len(STRANGE), "the nodes")

    def set_default_sink(self, name):
        """As the session manager does. PipeWire's JSON takes all bytes but those of JSON's own."""
        value = b'{ "name": "%s" }' % name
        for raw, escaped in ((b"\n", b"\\n"), (b"\x1b", b"\\u001b"), (b"\x07", b"\\u0007")):
            value = value.replace(raw, escaped)
        self.desktop.run("pw-metadata", "0", "default.audio.sink", os.fsdecode(value), "Spa:String:JSON")

    def said(self, *command, **changes):
        """On standard output, for people and then as events: each is clean."""
        for_people, as_json = (
            self.output(*command, *more, env=self.environment(**changes)) for more in ((), ("--json",)))
        self.assertNotIn(LIES, for_people.splitlines())
        return for_people, [json.loads(line) for line in as_json.splitlines()]

    def output(self, *command, env):
        path = self.folder / "output"
        with path.open("wb") as stdout:
            process = self.process(os.environ["PIXELPASS_PROGRAM"], *command, stdout=stdout, env=env)
            process.exit_code()
        return self.assert_clean(path.read_bytes()) + self.assert_clean(process.stderr_path.read_bytes())

    def assert_clean(self, said):
        text = said.decode("utf-8")
        for line in text.splitlines():
            self.assertTrue(line.isprintable(), repr(line))
            self.assertLess(len(line.encode()), LONGEST_LINE, line)
        return text

    def test_nodes_with_strange_names_are_listed_clean_and_short_by_repair(self):
        for name in STRANGE:
            self.play(name, DEAD)
        self.wait_playing()
        _, events = self.said("repair", "--dry-run")
        names = [one["name"] for one in events if one["event"] == "left" and one["kind"] == "node"]
        self.assertEqual(len(names), len(STRANGE))
        for name in names:
            self.assertIn("evil", name)
            self.assertLessEqual(len(name.encode()), MOST_SHOWN)
        # Other tests' temporary files are theirs.
        result = self.run_pixelpass("repair", env=self.environment(TMPDIR=self.folder))
        self.assertEqual((result.returncode, result.stderr), (DONE, ""))
        self.assert_says(result.stdout, f"removed {len(STRANGE)} in all")

    def test_a_default_sink_with_a_strange_name_is_one_clean_line_of_doctor(self):
        for name in STRANGE:
            self.set_default_sink(name)
            for_people, events = self.said("doctor", "--stun", "none")
            check = next(one for one in events if one.get("name") == "speakers")
            self.assertLessEqual(len(check["found"].encode()), MOST_SHOWN)
            self.assertIn("Xvfb" if False else "speakers", for_people)
            if b"\xff" not in name:  # what PipeWire itself does not take for JSON has no name
                self.assertIn("evil", check["found"])

    def test_a_display_with_a_strange_name_is_one_clean_line_of_doctor(self):
        for name in STRANGE:
            _, events = self.said("doctor", "--stun", "none", DISPLAY=os.fsdecode(b":987" + name))
            check = next(one for one in events if one.get("name") == "X11")
            self.assert_says(check["found"], "cannot connect to the X server")

    def test_applications_with_strange_names_are_heard_and_a_host_prints_nothing_of_them(self):
        for name in STRANGE:
            self.play(name)
        self.wait_playing()
        host = self.share("--audio", "auto", "--log-level", "debug")
        viewer = self.view(host.ticket())
        sound = listen(self, viewer.url(), TONE)
        sound.wait_run(lambda seen: seen[TONE] > LOUD, 5, "the tone", 0)
        viewer.wait_stats(2)
        for process in (host, viewer):
            self.assert_clean("\n".join(process.lines).encode())
            self.assert_clean(process.stderr_path.read_bytes())
