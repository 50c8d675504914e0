"""Two people who have never seen it: from `pixelpass` to a picture, every key of theirs recorded."""

import os
import pathlib
import shutil
import xml.etree.ElementTree

from asciicast import MARKED, PRINTED, TYPED, read
from desktop import Desktop
from live_view_picture import PICTURE, draw
from processes import until
from recorded_terminal import RecordedTerminal
from screen_players_test import CARD, HEIGHT, TOP, WIDTH, shows_the_card
from screens import OnDesktop
from support import EndToEnd, needs, program

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


class ReadmesPicture(EndToEnd):
    def test_picture_in_readme_is_what_the_program_shows(self):
        drawn, kept = texts_of(draw(self, seconds=3)), texts_of(PICTURE.read_text(encoding="utf-8"))
        again = f"draw it again: tests/e2e/live_view_picture.py --program {program()} {PICTURE}"
        for words in ("pixelpass shares test 1280x720", "ticket, for your friend"):
            self.assertTrue(any(words in text for text in drawn), drawn)
        for name in ("Ben", "Clara"):
            self.assertTrue(any(name in text for text in drawn), drawn)
        # What is the same in every run: the words, not the figures.
        for text in kept:
            if not any(letter.isdigit() for letter in text):
                self.assertIn(text, drawn, again)
