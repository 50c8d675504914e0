"""Another screen is shared while viewers stay: the dialog again, or X11's other monitors."""

import json
import os
import pathlib
import signal

from desktop import OUTPUT
from processes import until
from screens import SMALL, OnDesktop, OnX11
from support import COULD_NOT_START, DONE, INTERRUPTED, USAGE, EndToEnd, program
from terminals import PROMPT, Terminal


def other_screen(test, *arguments):
    result = test.run_pixelpass("screen", *arguments)
    test.assertEqual(result.returncode, DONE, result.stderr)


def stays(event):
    return "the screen stays the one it was" in event["what"]


class OtherScreen(OnDesktop):
    SIZE = SMALL

    def test_the_desktop_asks_again_and_viewers_stay_until_the_answer_and_after_it(self):
        host = self.share()
        viewer = self.view(host.ticket())
        pictures = self.watch(viewer)
        self.wait_screen(pictures)
        self.desktop.portal.answer("wait")
        other_screen(self)
        until(lambda: self.desktop.portal.dialogs() == 2, "a second dialog")
        self.wait_screen(pictures)  # the present one, meanwhile
        self.assert_fails(self.run_pixelpass("screen"), 1, "being chosen already")
        at = host.mark()
        self.desktop.portal.answer_late(OUTPUT)
        host.wait("sharing", after=at)
        self.wait_screen(pictures)
        self.assertEqual(viewer.events("reconnecting") + host.events("viewer_left"), [])

    def assert_shares_on(self, host, viewer, pictures):
        self.wait_screen(pictures)
        self.assertEqual(host.events("viewer_left") + host.events("error") + viewer.events("reconnecting"), [])

    def test_a_choice_is_taken_back_and_the_next_one_made(self):
        host = self.share()
        viewer = self.view(host.ticket())
        pictures = self.watch(viewer)
        self.wait_screen(pictures)
        self.assert_fails(self.run_pixelpass("screen", "--cancel"), 1, "no other screen is being chosen")
        self.desktop.portal.answer("wait")
        other_screen(self)
        until(lambda: self.desktop.portal.dialogs() == 2, "a second dialog")
        self.assertTrue(self.ask("status")["choosing_screen"])
        other_screen(self, "--cancel")
        self.assertIn("taken back", host.wait("notice", stays)["what"])
        self.assertFalse(self.ask("status")["choosing_screen"])
        self.assert_shares_on(host, viewer, pictures)
        # This desktop's dialog is open all the same: its portal waits for the answer, whoever has given up.
        self.desktop.portal.answer_late(OUTPUT)
        self.desktop.portal.answer(OUTPUT)
        at = host.mark()
        other_screen(self)
        host.wait("sharing", after=at)
        self.assert_shares_on(host, viewer, pictures)

    def ask(self, *command):
        return json.loads(self.run_pixelpass(*command, "--json").stdout)

    def test_a_key_of_the_live_view_takes_its_dialog_back(self):
        terminal = Terminal(self)
        terminal.type(program(), "host", "--source", "portal", "--audio", "none", "--stun", "none", "--no-notify",
                      "--bind", "127.0.0.1:0")
        terminal.wait("nobody watches yet", "portal 640x360", "s screen")
        self.desktop.portal.answer("wait")
        for number, key in enumerate(("s", "Escape"), 2):
            terminal.press("s")
            terminal.wait("choose another screen", "s keep this screen")
            until(lambda number=number: self.desktop.portal.dialogs() == number, "a dialog")
            terminal.press(key)
            terminal.wait("the choice of another one was taken back", "portal 640x360", "s screen",
                          without=("s keep this screen",))
            self.desktop.portal.answer_late("cancel")  # nobody's any more
        terminal.press("q")
        terminal.wait(PROMPT.strip(), without=("nobody watches yet",))

    def test_closing_the_dialog_keeps_the_present_screen(self):
        host = self.share()
        pictures = self.watch(self.view(host.ticket()))
        self.wait_screen(pictures)
        self.desktop.portal.answer("cancel")
        other_screen(self)
        host.wait("notice", stays)
        self.wait_screen(pictures)
        self.assertEqual(host.events("error") + host.events("ended"), [])


class OtherMonitor(OnX11):
    SIZE = SMALL

    def test_the_next_monitor_the_named_one_and_none_that_is_not_there(self):
        width, height = self.SIZE
        left, right = width // 4, width * 3 // 4
        for name, wide, at in (("left", left, 0), ("right", right, left)):
            self.desktop.run("xrandr", "--setmonitor", name, f"{wide}/1x{height}/1+{at}+0", "none")
        host = self.share("--monitor", "left")
        viewer = self.view(host.ticket())
        viewer.wait_pictures()
        for arguments, wide in (((), right), (("--monitor", "left"), left)):
            at = host.mark()
            other_screen(self, *arguments)
            host.wait("sharing", lambda e, wide=wide: e["width"] == wide, after=at)
            viewer.wait_pictures(after=viewer.mark())
        other_screen(self, "--monitor", "HDMI-7")
        self.assertIn("there is no monitor", host.wait("notice", stays)["what"])
        viewer.wait_pictures(after=viewer.mark())
        self.assertEqual(viewer.events("reconnecting") + host.events("viewer_left"), [])

    def set_monitors(self, **widths):
        """Side by side, as high as the screen; xrandr makes that one primary whose name has a * before it."""
        at = 0
        for name, wide in widths.items():
            self.desktop.run("xrandr", "--setmonitor", name, f"{wide}/1x{self.SIZE[1]}/1+{at}+0", "none")
            at += wide

    def shared_width(self, *arguments, then=None):
        """Of a host's whole run; `then`: the screen command's arguments while it runs."""
        host = self.share(*arguments)
        width = host.wait("sharing")["width"]
        if then is not None:
            at = host.mark()
            other_screen(self, *then)
            width = host.wait("sharing", after=at)["width"]
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)
        self.assertEqual(host.events("error"), [])
        return width

    def test_the_next_start_shares_the_monitor_that_was_chosen_last(self):
        self.set_monitors(left=160, right=480)
        before = self.shared_width()
        chosen = self.shared_width(then=())
        self.assertNotEqual(chosen, before)
        self.assertEqual(self.shared_width(), chosen)
        # By its number, too; and what is asked for at a start is for that one.
        other = {160: "1", 480: "2"}[before]
        self.assertEqual(self.shared_width(then=("--monitor", other)), before)
        self.assertEqual(self.shared_width("--monitor", {160: "left", 480: "right"}[chosen]), chosen)
        self.assertEqual(self.shared_width(), before)

    def test_a_key_of_the_live_view_goes_to_the_next_monitor(self):
        self.set_monitors(left=160, right=480)
        terminal = Terminal(self)
        terminal.type(program(), "host", "--source", "x11", "--monitor", "left", "--audio", "none", "--stun", "none",
                      "--bind", "127.0.0.1:0")
        height = self.SIZE[1]
        terminal.wait("nobody watches yet", f"x11 160x{height}", "s screen")
        terminal.press("s")
        terminal.wait("nobody watches yet", f"x11 480x{height}")
        terminal.press("q")
        terminal.wait(PROMPT.strip(), without=("nobody watches yet",))

    def test_all_monitors_are_shared_for_this_once(self):
        self.set_monitors(left=160, right=480)
        self.assertEqual(self.shared_width(then=("--monitor", "left")), 160)
        self.assertEqual(self.shared_width(then=("--monitor", "all")), self.SIZE[0])
        self.assertEqual(self.shared_width(), 160)

    def test_a_monitor_that_was_chosen_last_and_has_gone_is_not_missed(self):
        self.set_monitors(left=160, right=320, last=160)
        self.assertEqual(self.shared_width(then=("--monitor", "right")), 320)
        self.desktop.run("xrandr", "--delmonitor", "right")
        self.assertEqual(self.shared_width(), 160)

    def memory(self):
        return self.desktop.path("XDG_STATE_HOME") / "pixelpass" / "monitor"

    def after(self, host, *arguments):
        """The width of what is shared after the screen command."""
        at = host.mark()
        other_screen(self, *arguments)
        return host.wait("sharing", after=at)["width"]

    def test_the_next_monitor_is_the_one_after_what_this_host_shares_whatever_another_host_chose(self):
        self.set_monitors(left=144, middle=192, right=304)
        self.assertEqual(self.shared_width(then=("--monitor", "left")), 144)
        host = self.share()
        self.assertEqual(host.wait("sharing")["width"], 144)
        self.memory().write_text("middle\n", encoding="utf-8")  # as another host leaves it
        self.assertEqual(self.after(host), 192)

    def test_the_next_monitor_is_the_one_after_what_took_the_place_of_one_that_has_gone(self):
        primary = {"*left": 144}
        self.set_monitors(**primary, middle=192, right=304)
        host = self.share()
        self.assertEqual(host.wait("sharing")["width"], 144)
        self.desktop.run("xrandr", "--delmonitor", "left")
        self.assertIn("sharing middle now", host.wait("notice", lambda e: "left has gone" in e["what"])["what"])
        self.set_monitors(**primary)
        self.assertEqual(self.after(host), 304)

    def test_an_empty_name_is_the_next_monitor(self):
        self.set_monitors(left=160, right=480)
        host = self.share("--monitor", "left")
        host.wait("sharing")
        self.assertEqual(self.after(host, "--monitor", ""), 480)

    def test_a_choice_that_cannot_be_remembered_is_shared_all_the_same(self):
        self.set_monitors(left=160, right=480)
        self.memory().mkdir(parents=True)
        host = self.share("--monitor", "left")
        host.wait("sharing")
        self.assertEqual(self.after(host, "--monitor", "right"), 480)
        self.assertEqual(self.after(host, "--monitor", "left"), 160)  # the choice before is over
        self.assertEqual([e for e in host.events("notice") if stays(e)], [])

    def test_a_choice_for_which_no_thread_can_be_had_is_refused_and_the_next_one_made(self):
        self.set_monitors(left=160, right=480)
        missing = self.folder / "missing"
        shims = pathlib.Path(os.environ["PIXELPASS_PORTAL_SHIMS"])
        env = self.environment(LD_PRELOAD=shims / "libhung_driver.so", PIXELPASS_TEST_HANGS=missing)
        host = self.share("--monitor", "left", env=env)
        viewer = self.view(host.ticket())
        viewer.wait_pictures()
        no_threads = missing.with_name("missing.threads")
        no_threads.touch()
        refused = self.run_pixelpass("screen", "--monitor", "right")
        self.assert_fails(refused, COULD_NOT_START, "no thread can be started that chooses another screen")
        viewer.wait_pictures(after=viewer.mark())
        no_threads.unlink()
        self.assertEqual(self.after(host, "--monitor", "right"), 480)

    def test_a_choice_that_hangs_with_the_x_server_does_not_hold_up_the_end(self):
        host = self.share()
        host.ticket()
        server = self.desktop.parts["Xvfb"]
        server.signal(signal.SIGSTOP)
        self.addCleanup(server.signal, signal.SIGCONT)
        other_screen(self)
        host.signal(signal.SIGINT)
        self.assert_exit(host, INTERRUPTED)


class NoOtherScreen(EndToEnd):
    def test_what_has_no_other_screen_says_so(self):
        runtime = self.folder / "run"
        runtime.mkdir(mode=0o700)
        env = self.environment(XDG_RUNTIME_DIR=runtime)
        self.host("--audio", "none", env=env).ticket()
        self.assert_fails(self.run_pixelpass("screen", env=env), USAGE, "the only one of its kind")
