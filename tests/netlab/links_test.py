"""That a line of the laboratory does to packets what it is told to."""

import time

from labs import Labs
from nat_probe import Probe
from processes import until

DELAY = 0.025
COUNT = 200


class Links(Labs):
    def setUp(self):
        super().setUp()
        self.laboratory(emulated=True)
        self.server = self.stun_server()
        self.probe = Probe(self.lab["host"], self.server)
        self.addCleanup(self.probe.close)
        # Neighbours have found each other.
        self.probe.mapped()
        self.link = self.lab.links["host"]

    def round_trip(self):
        began = time.monotonic()
        self.probe.mapped()
        return time.monotonic() - began

    def ask_many(self):
        """Their transactions, once all of them are on the line."""
        before = self.link.counters()["ab"]["sent"]
        asked = {self.probe.ask() for _ in range(COUNT)}
        until(lambda: self.link.counters()["ab"]["sent"] >= before + COUNT, "the requests on the line")
        return asked

    def send_many(self):
        """COUNT requests; those that were answered before one more, on a line without faults, was."""
        before = self.link.counters()
        asked = self.ask_many()
        self.link.set("loss=0", "largest=0")
        answers = self.probe.answers_until(self.probe.ask())
        after = self.link.counters()
        counted = {way: {name: after[way][name] - before[way][name] for name in after[way]} for way in after}
        return len(asked & answers.keys()), counted

    def test_a_delay_is_there_from_when_it_is_asked_for(self):
        self.link.set("delay=25")
        self.assertGreaterEqual(min(self.round_trip() for _ in range(5)), 2 * DELAY)
        self.link.set("ba:delay=0")
        self.assertGreaterEqual(min(self.round_trip() for _ in range(5)), DELAY)

    def test_what_is_lost_does_not_come_and_is_counted(self):
        # One way alone: what is lost of the answers would be lost of these as well.
        self.link.set("ab:loss=20")
        answered, counted = self.send_many()
        self.assertLess(answered, COUNT)
        self.assertEqual(answered, COUNT - counted["ab"]["lost"])
        self.assertEqual(counted["ba"]["lost"], 0)

    def test_what_is_larger_than_the_line_takes_disappears_without_a_word(self):
        self.link.set("ab:largest=40")
        answered, counted = self.send_many()
        self.assertEqual(answered, 0)
        self.assertGreaterEqual(counted["ab"]["too_large"], COUNT)

    def test_a_rate_takes_its_time_and_a_full_queue_drops(self):
        # A request's frame is of 62 bytes, and takes 25 ms: all of them would take 5 s.
        self.link.set("ab:rate=0.02", "ab:queue=50")
        began = time.monotonic()
        asked = self.ask_many()
        overflowed = self.link.counters()["ab"]["overflowed"]
        self.link.set("ab:rate=0")
        answered = len(asked & self.probe.answers_until(self.probe.ask()).keys())
        self.assertGreater(overflowed, 0)
        self.assertEqual(answered + overflowed, COUNT)
        self.assertGreaterEqual(time.monotonic() - began, 0.0248 * answered)

    def test_a_black_hole_swallows_all_until_it_is_gone(self):
        self.link.set("black_hole=1")
        swallowed = self.ask_many()
        self.link.set("black_hole=0")
        self.assertFalse(swallowed & self.probe.answers_until(self.probe.ask()).keys())

    def test_a_word_that_is_none_is_refused(self):
        with self.assertRaisesRegex(AssertionError, "what is dely=1"):
            self.link.set("dely=1")
