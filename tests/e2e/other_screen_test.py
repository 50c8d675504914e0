"""Another screen is shared while viewers stay: the dialog again, or X11's other monitors."""

import signal

from desktop import OUTPUT
from processes import until
from screens import SMALL, OnDesktop, OnX11
from support import DONE, INTERRUPTED, USAGE, EndToEnd


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
