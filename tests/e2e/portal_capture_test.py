"""Capturing a Wayland screen through the portal: what asks, what does not, and what comes back by itself.

portal_probe.cpp captures; it says a line for each picture and all else that happens."""

import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

from portal import FRONTEND
from processes import DEADLINE, Lines, Timeout, until
from screens import OnDesktop
from support import COULD_NOT_START, DONE, INTERRUPTED, SOURCE

# As long as it takes by far; the watch over a source gives up after some 30 s.
GIVEN_UP = 90.0
# What an end must not wait for takes 25 s (a call on the bus) or longer.
WITHIN_MS = 15_000
# The ground of the padlock that stands for a locked screen.
CARD = "#1e2126"


def probe():
    named = os.environ.get("PIXELPASS_PORTAL_PROBE")
    candidates = [pathlib.Path(named)] if named else SOURCE.glob("build/*/tests/e2e/portal_probe")
    built = [path for path in candidates if path.exists()]
    if not built:
        raise unittest.SkipTest("no portal_probe: cmake --build --preset debug --target portal_probe")
    return max(built, key=lambda path: path.stat().st_mtime)


class Picture:
    def __init__(self, line):
        words = line.split()
        self.size, self.colour = (int(words[1]), int(words[2])), words[3]
        self.whole, self.captured_at = words[4] == "whole", int(words[5]) / 1000  # as time.monotonic()


class Probe(Lines):
    def __init__(self, command, stderr, **popen):
        super().__init__(command, stderr, stdin=subprocess.PIPE, **popen)

    def tell(self, command):
        self._process.stdin.write(command.encode() + b"\n")
        self._process.stdin.flush()

    def do(self, command):
        """Returns when it has been done."""
        after = len(self.lines)
        self.tell(command)
        self.wait_line(lambda line: line == f"done {command}", after)

    def play(self):
        self.do("play")

    def pause(self):
        self.do("pause")

    def made(self):
        self.wait_line(lambda line: line == "made")
        return self

    def describe(self):
        after = len(self.lines)
        self.tell("describe")
        return self.wait_line(lambda line: line.startswith("described ") and line.split()[1:], after)

    def picture(self, colour=None, size=None, after=0, deadline=DEADLINE):
        """The first one that shows this."""
        def found(line):
            picture = Picture(line) if line.startswith("picture ") else None
            wanted = picture and colour in (None, picture.colour) and size in (None, picture.size)
            return picture if wanted else None

        return self.wait_line(found, after, deadline)

    def pictures(self):
        return [Picture(line) for line in list(self.lines) if line.startswith("picture ")]

    def said(self, what, after=0, **wait):
        return self.wait_line(lambda line: line.startswith(what) and line, after, **wait)

    def clean_up(self):
        self._process.stdin.close()
        super().clean_up()

    def quit(self):
        """How long its destructor took, in milliseconds."""
        self.tell("quit")
        took = int(self.wait_line(lambda line: line.startswith("closed ") and line.split()[1]))
        assert self.exit_code() == DONE, self.story()
        return took


class PortalTest(OnDesktop):
    def probe(self, kind="any", **popen):
        return self.start(Probe, [probe(), kind], **popen)

    def playing(self):
        """A capture whose pictures come. (A screen that was still from the start may show none.)"""
        capture = self.probe().made()
        capture.play()
        self.shows(capture, "#604020")
        self.shows(capture, "#204060")
        return capture

    def shows(self, capture, colour, **more):
        """A screen that turns to this colour is seen so. The backend loses a change for which it has no buffer at the
        moment, as at a stream's start: then there is another one."""
        for deadline in (4.0, 4.0, 4.0, DEADLINE):
            after = len(capture.lines)
            self.desktop.background(colour)
            try:
                return capture.picture(colour, after=after, deadline=deadline, **more)
            except Timeout:
                self.desktop.background("#010203")
        raise AssertionError(f"{colour} was never seen: {capture.story()}")

    def token(self):
        return self.desktop.path("XDG_STATE_HOME") / "pixelpass" / "restore-token"


class Asking(PortalTest):
    def test_a_second_start_shows_the_same_screen_without_a_dialog(self):
        self.playing().quit()
        self.assertEqual(self.desktop.portal.dialogs(), 1)
        second = self.probe().made()
        second.play()
        self.shows(second, "#ff8000")
        self.assertEqual(self.desktop.portal.dialogs(), 1)
        self.assertEqual(self.token().stat().st_mode & 0o777, 0o600)

    def test_a_token_that_the_portal_refuses_is_replaced_after_a_dialog(self):
        self.token().parent.mkdir(parents=True)
        self.token().write_text("not-a-token-of-this-portal\n", encoding="utf-8")
        self.playing().quit()
        self.assertEqual(self.desktop.portal.dialogs(), 1)
        self.assertRegex(self.token().read_text(encoding="utf-8"), r"^[0-9a-f-]{36}\n$")

    def test_closing_the_dialog_ends_the_start_and_says_so(self):
        self.desktop.portal.answer("cancel")
        capture = self.probe()
        self.assert_exit(capture, COULD_NOT_START)
        self.assertRegex(capture.all_lines()[-1], r"^refused you closed the sharing dialog \| start again")
        self.assertFalse(self.token().exists())

    def test_an_answer_is_waited_for(self):
        self.desktop.portal.answer("wait")
        capture = self.probe()
        until(self.desktop.portal.dialogs, "the dialog")
        self.assertEqual(capture.lines, [])
        self.desktop.portal.answer_late("HEADLESS-1")
        capture.made()

    def test_a_start_can_be_given_up_while_the_dialog_is_open(self):
        self.desktop.portal.answer("wait")
        capture = self.probe()
        until(self.desktop.portal.dialogs, "the dialog")
        capture.tell("stop")
        self.assert_exit(capture, INTERRUPTED)
        self.desktop.portal.answer_late("HEADLESS-1")

    def test_a_single_window_is_not_asked_for_where_the_portal_has_none(self):
        capture = self.probe("window")
        self.assert_exit(capture, COULD_NOT_START)
        self.assertRegex(capture.all_lines()[-1], "cannot share single windows.*--window")
        self.assertEqual(self.desktop.portal.dialogs(), 0)


class Missing(PortalTest):
    def refused(self, *patterns, **environment):
        capture = self.probe(env=self.environment(**environment))
        self.assert_exit(capture, COULD_NOT_START)
        self.assert_says(capture.all_lines()[-1], "^refused ", *patterns)
        self.assertEqual(capture.stderr(), "")

    def test_no_session_bus(self):
        self.refused("no D-Bus session bus", r"\| start pixelpass in a terminal of your desktop",
                     DBUS_SESSION_BUS_ADDRESS=f"unix:path={self.folder}/none")

    def test_no_portal(self):
        self.desktop.portal.stop()
        self.refused("no xdg-desktop-portal", r"\| install .*xdg-desktop-portal-wlr")

    def test_a_portal_without_screen_sharing(self):
        for description in self.desktop.path("XDG_CONFIG_HOME").glob("portals/*.portal"):
            description.unlink()
        self.desktop.portal.kill(FRONTEND)
        self.refused("offers no screen sharing", r"\| install .*xdg-desktop-portal-wlr")

    def test_no_pipewire(self):
        self.refused("PipeWire does not run", r"\| start it: systemctl --user start pipewire",
                     PIPEWIRE_REMOTE=f"{self.folder}/none")


class Pictures(PortalTest):
    def test_pictures_show_what_is_on_the_screen_and_come_only_when_it_changes(self):
        capture = self.playing()
        for colour in ("#ff8000", "#0080ff", "#408020"):
            before = time.monotonic()
            picture = self.shows(capture, colour)
            self.assertEqual((picture.size, picture.whole), ((1280, 720), True))
            # When the screen showed it: neither the time of the picture before it nor one to come.
            self.assertGreaterEqual(picture.captured_at, before - 0.001)
            self.assertLessEqual(picture.captured_at, time.monotonic())
        # Sway draws a background's change a few times.
        self.assertLess(len(capture.pictures()), 40)
        self.assertEqual(capture.describe(), ["portal", "1280", "720", "shared"])

    def test_the_size_is_known_before_the_first_picture(self):
        self.assertEqual(self.probe().made().describe()[:3], ["portal", "1280", "720"])

    def test_a_moving_screen_is_followed(self):
        self.desktop.show("videotestsrc", "pattern=ball", "is-live=true", "!",
                          "video/x-raw,width=640,height=360,framerate=30/1", "!", "videoconvert")
        capture = self.probe().made()
        capture.play()
        until(lambda: len(capture.pictures()) >= 60, "60 pictures")
        self.assertTrue(all(picture.whole for picture in capture.pictures()))

    def test_another_mode_gives_pictures_of_another_size_and_no_dialog(self):
        capture = self.playing()
        for size in ((1024, 768), (1920, 1080), (800, 1000)):
            self.desktop.resize(*size)
            self.shows(capture, "#ff8000", size=size)
            self.shows(capture, "#204060", size=size)
        self.assertTrue(all(picture.whole for picture in capture.pictures()))
        self.assertEqual(capture.describe(), ["portal", "800", "1000", "shared"])
        self.assertFalse([line for line in capture.lines if line.startswith(("notice", "ended"))])
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def test_its_source_is_called_after_the_portals_backend(self):
        """By which picture_stream knows one that draws nothing anew."""
        self.playing()
        self.assertEqual(self.desktop.screens(), {"xdg-desktop-portal-wlr"})

    def test_what_it_makes_in_pipewire_is_marked_as_ours(self):
        capture = self.playing()
        until(lambda: [node for node in self.desktop.nodes()
                       if re.match(f"{capture.pid}-[0-9]+$", node.get("pixelpass.owner", ""))], "our node")
        capture.pause()
        until(lambda: not [node for node in self.desktop.nodes() if "pixelpass.owner" in node], "its end")


class Pausing(PortalTest):
    def test_no_pictures_come_during_a_pause_and_the_newest_one_comes_after_it(self):
        capture = self.playing()
        for colour in ("#ff8000", "#0080ff"):
            capture.pause()
            at = len(capture.lines)
            self.desktop.background(colour)
            self.assertEqual(capture.lines[at:], [])
            capture.play()
            try:
                self.assertEqual(capture.picture(after=at, deadline=4.0).colour, colour, "not an old one")
            except Timeout:  # the backend has lost it
                self.shows(capture, colour)
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def test_a_pause_costs_nothing(self):
        capture = self.playing()
        capture.pause()
        until(lambda: not [node for node in self.desktop.nodes() if "pixelpass.owner" in node], "the end of our node")

        def used():
            fields = pathlib.Path(f"/proc/{capture.pid}/stat").read_text(encoding="utf-8").rsplit(")")[-1].split()
            return sum(int(ticks) for ticks in fields[11:13])

        before = used()
        for colour in ("#ff8000", "#0080ff") * 10:
            self.desktop.background(colour)
        # One clock tick is 10 ms; what it watched took seconds.
        self.assertLessEqual(used() - before, 1)

    def test_a_source_that_died_during_a_pause_is_back_after_it(self):
        capture = self.playing()
        capture.pause()
        self.desktop.portal.kill()
        capture.play()
        capture.said("notice the screen went away", deadline=GIVEN_UP)
        self.shows(capture, "#ff8000")
        self.assertEqual(self.desktop.portal.dialogs(), 1)


class Recovering(PortalTest):
    def test_a_portal_that_dies_is_asked_for_the_same_screen_without_a_dialog(self):
        capture = self.playing()
        self.desktop.portal.kill()
        capture.said("notice the screen went away for a moment and is back", deadline=GIVEN_UP)
        self.shows(capture, "#ff8000")
        self.assertEqual(self.desktop.portal.dialogs(), 1)
        self.assertEqual(capture.stderr(), "")

    def test_a_restart_of_the_session_manager_is_survived(self):
        capture = self.playing()
        self.desktop.stop_part("wireplumber")
        self.desktop.start_wireplumber()
        # Linked again soon enough it is no loss, and nothing is said.
        self.shows(capture, "#ff8000")
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def test_a_compositor_that_does_not_come_back_ends_it_with_a_reason(self):
        capture = self.playing()
        self.desktop.stop_sway()
        ended = capture.said("ended", deadline=GIVEN_UP)
        self.assertRegex(ended, r"^ended the screen has gone.*\| check that")
        self.assertEqual(capture.stderr(), "")
        self.assertLess(capture.quit(), WITHIN_MS)
        self.assertEqual(len([line for line in capture.lines if line.startswith("ended")]), 1)

    def test_an_end_is_quick_while_the_compositor_is_dead(self):
        capture = self.playing()
        self.desktop.stop_sway()
        self.assertLess(capture.quit(), WITHIN_MS)

    def test_an_end_is_quick_while_pipewire_is_dead(self):
        capture = self.playing()
        self.desktop.stop_part("pipewire")
        self.assertLess(capture.quit(), WITHIN_MS)

    def test_an_end_is_quick_while_a_connection_hangs(self):
        capture = self.playing()
        capture.pause()
        # Nobody links our stream to the screen's: it would wait for half a minute.
        self.desktop.stop_part("wireplumber")
        capture.play()
        until(lambda: [node for node in self.desktop.nodes() if "pixelpass.owner" in node], "our node")
        self.assertLess(capture.quit(), WITHIN_MS)


class Hanging(PortalTest):
    """A portal that takes calls and answers none."""

    def hang(self):
        os.kill(self.desktop.owner_of(FRONTEND), signal.SIGSTOP)

    def test_a_start_tells_of_it_and_gives_up(self):
        self.hang()
        capture = self.probe()
        capture.said("notice your desktop's portal does not answer yet")
        refused = capture.said("refused", deadline=GIVEN_UP)
        self.assertRegex(refused, r"^refused your desktop's portal does not answer.*\| restart it")
        self.assert_exit(capture, COULD_NOT_START)

    def test_a_screen_that_it_does_not_give_back_is_told_of_and_given_up(self):
        capture = self.playing()
        capture.pause()
        self.hang()
        capture.play()
        capture.said("notice the screen has gone away, and is being looked for")
        self.assertRegex(capture.said("ended", deadline=GIVEN_UP), r"^ended the screen has gone.*\| check that")
        self.assertLess(capture.quit(), WITHIN_MS)


class Closing(PortalTest):
    """The portal closes a session for many reasons, and says none of them."""

    def test_the_users_stop_ends_it(self):
        capture = self.playing()
        self.desktop.portal.stop_sharing()
        self.assertEqual(capture.said("ended"), "ended  | the sharing was stopped on the desktop")

    def test_monitors_that_change_are_shared_again_without_a_dialog(self):
        capture = self.playing()
        self.desktop.portal.keep_telling("/org/gnome/Mutter/DisplayConfig",
                                         "org.gnome.Mutter.DisplayConfig.MonitorsChanged")
        self.desktop.portal.stop_sharing()
        capture.said("notice your monitors have changed: the sharing goes on")
        self.shows(capture, "#ff8000")
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def test_monitors_that_change_end_it_where_the_choice_is_not_remembered(self):
        capture = self.playing()
        self.token().unlink()
        self.desktop.portal.keep_telling("/org/gnome/Mutter/DisplayConfig",
                                         "org.gnome.Mutter.DisplayConfig.MonitorsChanged")
        self.desktop.portal.stop_sharing()
        self.assertRegex(capture.said("ended"), "your desktop has ended the sharing: your monitors have changed")
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def test_a_locked_screen_is_waited_for_and_its_token_left_alone(self):
        capture = self.playing()
        token = self.token().read_text(encoding="utf-8")
        for service in ("org.gnome.ScreenSaver", "org.freedesktop.ScreenSaver"):
            after = len(capture.lines)
            locked = (f"/{service.replace('.', '/')}", f"{service}.ActiveChanged")
            self.desktop.portal.tell(*locked, "true")
            self.desktop.portal.stop_sharing()
            capture.said("hidden locked", after)
            capture.picture(CARD, size=(1280, 720), after=after)
            self.assertEqual(self.token().read_text(encoding="utf-8"), token)
            self.desktop.portal.tell(*locked, "false")
            capture.said("shown", after)
            self.shows(capture, "#ff8000")
            self.shows(capture, "#204060")
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def test_a_screen_that_is_locked_while_nobody_watches_is_back_after_it(self):
        capture = self.playing()
        capture.pause()
        saver = ("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged")
        self.desktop.portal.tell(*saver, "true")
        self.desktop.portal.stop_sharing()
        capture.said("hidden locked")
        after = len(capture.lines)
        capture.play()
        capture.picture(CARD, after=after)
        self.desktop.portal.tell(*saver, "false")
        self.shows(capture, "#ff8000")
        self.assertEqual(self.desktop.portal.dialogs(), 1)

    def test_a_restart_of_pipewire_is_survived(self):
        capture = self.playing()
        for name in ("pipewire-pulse", "wireplumber", "pipewire"):
            self.desktop.stop_part(name)
        # This backend (0.7) does not notice; restarted later, it would take its frontend (1.16) along for 25 s.
        self.desktop.portal.kill()
        self.desktop.start_sound()
        capture.said("notice the screen went away for a moment and is back", deadline=GIVEN_UP)
        self.shows(capture, "#ff8000")
        self.assertEqual(self.desktop.portal.dialogs(), 1)
        self.assertEqual(capture.stderr(), "")
