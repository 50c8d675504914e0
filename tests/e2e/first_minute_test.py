"""Two people who have never seen it: from `pixelpass` to a picture, every key of theirs recorded."""

import os
import pathlib
import re
import shutil
import xml.etree.ElementTree

from asciicast import MARKED, PRINTED, TYPED, read
from desktop import Desktop
from live_view_picture import PICTURE, draw
from processes import until
from recorded_terminal import RecordedTerminal
from screen_players_test import CARD, HEIGHT, TOP, WIDTH, shows_the_card
from screens import OnDesktop
from support import SOURCE, EndToEnd, needs, program

BEGINS = "pixelpass is typed"
MOST_KEYS = {"host": 3, "viewer": 2}


def texts_of(svg):
    return [text.text for text in xml.etree.ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


class OnWayland(OnDesktop):
    def make_desktop(self):
        return Desktop(WIDTH, HEIGHT)

    def setUp(self):
        super().setUp()
        for player in ("mpv", "vlc"):
            needs(player)
        tools = self.folder / "tools"
        tools.mkdir()
        (tools / "pixelpass").symlink_to(program())
        # Two people have two clipboards, and this desktop has one: each has their tmux's.
        for name in ("wl-copy", "wl-paste"):
            (tools / name).symlink_to("/bin/false")
        self.path = f"{tools}:{os.environ['PATH']}"

    def person(self):
        """At a terminal of their own, where they type `pixelpass`."""
        person = RecordedTerminal(self, PATH=self.path, NO_COLOR=None, SSH_CONNECTION=None, SSH_TTY=None)
        person.type("pixelpass")
        person.mark(BEGINS)
        person.wait("h  Host", "v  View", "d  Doctor", "q  Quit")
        return person

    def saved(self, person, name):
        """Where PIXELPASS_RECORDINGS says, too: for asciinema play."""
        path = self.folder / f"{name}.cast"
        person.save(path)
        if keep := os.environ.get("PIXELPASS_RECORDINGS"):
            shutil.copy(path, pathlib.Path(keep) / path.name)
        _, events = read(path)
        return events

    def assert_few_keys(self, events, who, *pasted):
        """After `pixelpass`, until the picture."""
        begins = next(at for at, (_, kind, text) in enumerate(events) if (kind, text) == (MARKED, BEGINS))
        typed = [text for _, kind, text in events[begins:] if kind == TYPED]
        self.assertEqual([text for text in typed if len(text) > 1], list(pasted))
        self.assertLessEqual(len(typed) - len(pasted), MOST_KEYS[who], typed)
        printed = "".join(text for _, kind, text in events if kind == PRINTED)
        self.assertIn("pixelpass", printed)
        return printed

    def test_two_people_get_from_the_menu_to_a_picture_in_mpv_with_few_keys(self):
        self.desktop.show(*CARD)
        host = self.person()
        host.press("h")
        host.wait("pixelpass", "ticket, for your friend", "nobody watches yet")
        host.press("c")
        host.wait("copied")
        ticket = host.clipboard()  # goes over any chat
        viewer = self.person()
        viewer.press("v")
        viewer.wait("Paste the ticket")
        viewer.paste(ticket)
        viewer.wait("> m  mpv", "v  VLC")
        viewer.press("Enter")
        host.wait("viewers: 1 of 2", "direct")
        until(lambda: shows_the_card(self.desktop.screenshot(), TOP), "the host's screen in the viewer's mpv")
        said = self.assert_few_keys(self.saved(host, "host"), "host")
        self.assertIn("nobody watches yet", said)
        said = self.assert_few_keys(self.saved(viewer, "viewer"), "viewer", ticket)
        self.assertIn("mpv", said)


def transcript():
    """README's lines of a host and of a viewer, each without what is said about it."""
    readme = (SOURCE / "README.md").read_text(encoding="utf-8")
    block = next(block for block in readme.split("```") if "$ pixelpass host" in block)
    host, viewer = ([re.sub(" +# .*", "", line).strip() for line in side.strip().splitlines()[1:]]
                    for side in block.split("\n\n"))
    return host, viewer


def pattern_of(line):
    """What has digits in it is another one in every run, and so is the source."""
    words = (r"\S+" if any(letter.isdigit() for letter in word) or word == "portal," else re.escape(word)
             for word in line.split())
    return " ".join(words).replace("Mbit", "[kM]bit")


class Readme(EndToEnd):
    def test_transcript_in_readme_is_what_both_sides_print(self):
        host_says, viewer_says = transcript()
        verdict = host_says.pop(2)  # of Anna's network; another machine may have another one
        self.assertIn(verdict, (SOURCE / "src/traversal/nat_kind.cpp").read_text(encoding="utf-8"))
        (self.folder / "run").mkdir(mode=0o700)
        surroundings = {"width": 240, "height": 40, "XDG_RUNTIME_DIR": self.folder / "run"}
        host, viewer = RecordedTerminal(self, **surroundings), RecordedTerminal(self, **surroundings)
        host.type(program(), "host", "--plain", "--source", "test", "--name", "anna", "--bind", "127.0.0.1:0")
        self.assert_printed(host, host_says)
        ticket = re.search(r"pixelpass (pp1\S+)", host.screen())[1]
        viewer.type(program(), "view", "--player", "none", ticket)
        self.assert_printed(viewer, viewer_says)

    def assert_printed(self, terminal, lines):
        for line in lines:
            found = re.compile(r"^\s*" + pattern_of(line), re.MULTILINE)
            until(lambda: found.search(terminal.screen()), f"{line!r}, as README has it")

    def test_picture_in_readme_is_what_the_program_shows(self):
        drawn, kept = texts_of(draw(self, seconds=3)), texts_of(PICTURE.read_text(encoding="utf-8"))
        again = f"draw it again: tests/e2e/live_view_picture.py --program {program()} {PICTURE}"
        for words in ("pixelpass shares test ", "ticket, for your friend"):
            self.assertTrue(any(words in text for text in drawn), drawn)
        for name in ("Ben", "Clara"):
            self.assertTrue(any(name in text for text in drawn), drawn)
        # What is the same in every run: the words, not the figures.
        for text in kept:
            if not any(letter.isdigit() for letter in text):
                self.assertIn(text, drawn, again)
