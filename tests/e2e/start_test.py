"""While a host is being started: who is asked may take their time, and may be told never mind."""

import os
import signal
import socket

from portal import FRONTEND
from processes import until
from screens import SMALL, OnDesktop, OnX11
from stdin_test import ffmpeg_stream
from support import COULD_NOT_START, DONE, INTERRUPTED, PROMPT, EndToEnd


class WaitingViewer:
    """One with a ticket of an earlier run, who dials a host that has not started to share."""

    def __init__(self, test):
        self._test = test
        identity = test.folder / "identity"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % free.getsockname()[1]
        self.options, self.bind = ("--identity", identity), address
        earlier = test.host("--size", "320x180", "--audio", "none", "--identity", identity, bind=address)
        self._ticket = earlier.ticket()
        earlier.signal(signal.SIGTERM)
        earlier.exit_code()

    def dial(self, host):
        viewer = self._test.view(self._ticket)
        viewer.wait("connected")
        viewer.wait("notice", lambda e: "has not begun to share" in e["what"])
        host.wait("viewer_joined")
        self._test.assertEqual(host.events("ticket"), [])
        self._test.assertEqual(viewer.events("endpoint"), [])
        return viewer


class StartingFromInput(EndToEnd):
    def host_without_input(self, waiting):
        reader, writer = os.pipe()
        host = self.host(*waiting.options, source="-", bind=waiting.bind, stdin=reader)
        os.close(reader)
        return host, writer

    def test_who_dials_before_the_stream_comes_waits_for_the_picture(self):
        waiting = WaitingViewer(self)
        host, writer = self.host_without_input(waiting)
        viewer = waiting.dial(host)
        self.process(*ffmpeg_stream(), stdout=writer)
        os.close(writer)
        viewer.wait("first_frame")
        self.assertEqual(viewer.events("reconnecting"), [])
        self.assertEqual([one["event"] for one in host.events() if one["event"] != "notice"][:1], ["viewer_joined"])

    def test_who_waits_hears_that_there_is_no_stream(self):
        waiting = WaitingViewer(self)
        host, writer = self.host_without_input(waiting)
        viewer = waiting.dial(host)
        os.close(writer)
        self.assertEqual(host.exit_code(), COULD_NOT_START, host.story())
        self.assertEqual(viewer.exit_code(), DONE, viewer.story())
        self.assertIn("could not start", viewer.wait("ended")["reason"])

    def test_who_waits_hears_that_the_host_is_interrupted(self):
        waiting = WaitingViewer(self)
        host, writer = self.host_without_input(waiting)
        self.addCleanup(os.close, writer)
        viewer = waiting.dial(host)
        host.signal(signal.SIGINT)
        self.assertEqual(host.exit_code(PROMPT), INTERRUPTED, host.story())
        self.assertEqual(viewer.exit_code(), DONE, viewer.story())
        self.assertEqual(host.events("ended"), [])


class Starting(OnDesktop):
    SIZE = SMALL

    def asked(self, *options, **popen):
        """A host whose dialog is open."""
        self.desktop.portal.answer("wait")
        before = self.desktop.portal.dialogs()
        host = self.share(*options, **popen)
        until(lambda: self.desktop.portal.dialogs() > before, "the dialog")
        return host

    def assert_given_up(self, host, number):
        host.signal(number)
        self.assertEqual(host.exit_code(PROMPT), INTERRUPTED, host.story())
        self.assertEqual(host.all_lines(), [])
        self.assertEqual(host.stderr(), "")

    def test_an_interrupt_while_the_dialog_is_open_ends_the_host_without_a_word(self):
        self.assert_given_up(self.asked(), signal.SIGINT)

    def test_a_terminal_that_closes_while_the_dialog_is_open_ends_the_host(self):
        self.assert_given_up(self.asked(), signal.SIGHUP)

    def test_an_interrupt_while_the_portal_hangs_ends_the_host(self):
        self.asked()
        portal = self.desktop.owner_of(FRONTEND)
        os.kill(portal, signal.SIGSTOP)
        self.addCleanup(os.kill, portal, signal.SIGCONT)
        # A stopped portal takes no call: the second host waits for its answer, once it has come as far as that.
        host = self.share()
        until(lambda: self.has_socket(host), "a connection with the message bus")
        self.assert_given_up(host, signal.SIGTERM)

    def has_socket(self, host):
        folder = f"/proc/{host.pid}/fd"
        return any(self.link(f"{folder}/{number}").startswith("socket:") for number in os.listdir(folder))

    def link(self, path):
        try:
            return os.readlink(path)
        except FileNotFoundError:
            return ""

    def test_an_answer_that_comes_late_is_followed_by_the_ticket_and_pictures(self):
        host = self.asked()
        self.desktop.portal.answer_late("HEADLESS-1")
        self.view(host.ticket()).wait("first_frame")
        self.assertEqual([one["event"] for one in host.events()][:3], ["ticket", "link", "sharing"])

    def test_who_dials_an_identitys_ticket_while_the_dialog_is_open_waits_for_the_picture(self):
        waiting = WaitingViewer(self)
        host = self.asked(*waiting.options, bind=waiting.bind)
        viewer = waiting.dial(host)
        self.desktop.portal.answer_late("HEADLESS-1")
        viewer.wait("first_frame")
        self.assertEqual(viewer.events("reconnecting"), [])

    def test_who_waits_is_told_that_the_dialog_was_closed(self):
        waiting = WaitingViewer(self)
        host = self.asked(*waiting.options, bind=waiting.bind)
        viewer = waiting.dial(host)
        self.desktop.portal.answer_late("cancel")
        self.assertEqual(host.exit_code(), COULD_NOT_START, host.story())
        self.assertEqual(viewer.exit_code(), DONE, viewer.story())
        self.assertIn("could not start", viewer.wait("ended")["reason"])

    def test_a_port_in_use_is_said_before_anybody_is_asked(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            result = self.run_pixelpass("host", "--source", "portal", "--audio", "none", "--bind", address)
        self.assert_fails(result, COULD_NOT_START, address, "use", "--bind")
        self.assertEqual(self.desktop.portal.dialogs(), 0)


class StartingOnX11(OnX11):
    SIZE = SMALL

    def test_an_interrupt_while_a_window_is_to_be_clicked_on_ends_the_host(self):
        host = self.share("--window")
        host.wait("notice")
        host.signal(signal.SIGINT)
        self.assertEqual(host.exit_code(PROMPT), INTERRUPTED, host.story())
        self.assertEqual([one["event"] for one in host.events()], ["notice"])
