"""How a session ends, and what it survives."""

import signal

import media
from support import DONE, INTERRUPTED, NOT_REACHABLE, EndToEnd

# The promise is two seconds; a machine with other things to do gets a few more.
PROMPT = 6.0


class Ends(EndToEnd):
    def test_a_host_that_is_interrupted_takes_leave_and_its_viewer_is_done(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            host, viewer = self.host_and_viewer()
            host.signal(number)
            self.assertEqual(host.exit_code(PROMPT), INTERRUPTED, host.story())
            self.assertEqual(viewer.exit_code(PROMPT), DONE, viewer.story())
            self.assertEqual(host.wait("ended")["reason"], "interrupted")
            self.assert_says(viewer.wait("ended")["reason"], "the host ended", "interrupted")

    def test_a_viewer_that_is_interrupted_takes_leave_and_the_host_goes_on(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            host, viewer = self.host_and_viewer()
            at = host.mark()
            viewer.signal(number)
            self.assertEqual(viewer.exit_code(PROMPT), INTERRUPTED, viewer.story())
            left = host.wait("viewer_left", deadline=PROMPT)
            self.assert_says(left["reason"], "interrupted")
            host.wait("stats", lambda e: e["viewers"] == [], after=at)

    def test_a_viewer_of_a_host_that_was_killed_reconnects_when_it_is_back(self):
        identity = self.folder / "identity"
        recording = self.folder / "recording.ts"
        host = self.host("--identity", identity)
        ticket = host.ticket()
        viewer = self.view(ticket, "--record", recording)
        address = viewer.wait("connecting")["addresses"][0]
        viewer.wait_pictures()
        host.signal(signal.SIGKILL)
        at = viewer.mark()
        lost = viewer.wait("reconnecting", after=at)
        self.assertGreaterEqual(lost["attempt"], 1)
        self.assertTrue(lost["reason"])
        again = self.host("--identity", identity, bind=address)
        self.assertEqual(again.ticket(), ticket)
        viewer.wait("connected", after=at)
        viewer.wait_pictures(after=viewer.mark())
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)
        self.assertEqual(media.picture_complaints(recording), "")

    def test_a_host_that_has_gone_is_not_reachable_at_the_addresses_that_were_tried(self):
        host = self.host("--seconds", "1")
        ticket = host.ticket()
        self.assert_exit(host, DONE)
        viewer = self.view(ticket)
        tried = viewer.wait("connecting")["addresses"]
        self.assertEqual(viewer.exit_code(deadline=20.0), NOT_REACHABLE, viewer.story())
        error = viewer.wait("error")
        self.assertEqual(error["exit_code"], NOT_REACHABLE)
        for address in tried:
            self.assertIn(address, error["what"])
        self.assertTrue(error["hint"])
        self.assertLess(viewer.wait("ended")["seconds"], 10.5)

    def test_a_host_with_another_key_at_the_same_address_is_not_taken_for_the_one_of_the_ticket(self):
        host = self.host("--seconds", "1")
        ticket = host.ticket()
        self.assert_exit(host, DONE)
        first = self.view(ticket)
        address = first.wait("connecting")["addresses"][0]
        other = self.host(bind=address)
        other.ticket()
        self.assertEqual(self.view(ticket).exit_code(), NOT_REACHABLE)
        self.assertEqual(first.exit_code(), NOT_REACHABLE)
        self.assertEqual(other.events("viewer_joined"), [])
