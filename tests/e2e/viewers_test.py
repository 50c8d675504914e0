"""Several viewers, and one too many."""

import signal

import media
from support import DONE, INTERRUPTED, REFUSED, EndToEnd


class Viewers(EndToEnd):
    def test_four_viewers_get_pictures_and_a_fifth_is_told_that_the_host_is_full(self):
        host = self.host("--max-viewers", "4")
        ticket = host.ticket()
        recordings = [self.folder / f"{number}.ts" for number in range(4)]
        viewers = [self.view(ticket, "--record", recording) for recording in recordings]
        for viewer in viewers:
            viewer.wait_pictures()
        all_watch = lambda e: len(e["viewers"]) == 4 and all(one["lag_ms"] for one in e["viewers"])
        stats = host.wait("stats", all_watch)
        self.assertEqual(len({one["viewer"] for one in stats["viewers"]}), 4)
        self.refused_full(ticket)
        for viewer in viewers:
            viewer.wait_pictures(after=viewer.mark())
            viewer.signal(signal.SIGINT)
            self.assert_exit(viewer, INTERRUPTED)
        for recording in recordings:
            self.assertEqual(media.complaints(recording), "")

    def test_two_may_watch_unless_told_otherwise_and_a_place_that_is_left_is_free(self):
        host = self.host()
        ticket = host.ticket()
        first, second = self.view(ticket), self.view(ticket)
        first.wait("first_frame")
        second.wait("first_frame")
        self.refused_full(ticket)
        first.signal(signal.SIGINT)
        host.wait("viewer_left", deadline=10)
        third = self.view(ticket)
        third.wait_pictures()

    def test_a_viewer_that_is_killed_does_not_keep_its_place(self):
        host = self.host("--max-viewers", "1")
        viewer = self.view(host.ticket())
        viewer.wait("first_frame")
        viewer.signal(signal.SIGKILL)
        host.wait("viewer_left")
        self.view(host.ticket()).wait_pictures()

    def test_the_encoder_rests_until_somebody_watches_and_after_the_last_one_has_left(self):
        host = self.host()
        host.wait("paused", lambda e: e["reason"] == "no viewers")
        host.wait_stats(2, lambda e: e["encode_fps"] == 0 and e["bitrate_bps"] == 0)
        viewer = self.view(host.ticket())
        viewer.wait_pictures()
        self.assertGreater(host.wait("stats", lambda e: e["viewers"] and e["encode_fps"])["encode_fps"], 0)
        at = host.mark()
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)
        host.wait("viewer_left", after=at)
        host.wait("paused", lambda e: e["reason"] == "no viewers", after=at)
        at = host.mark()
        # The first may tell of the last pictures.
        host.wait_stats(2, lambda e: e["encode_fps"] == 0 and e["viewers"] == [], after=at)
        self.view(host.ticket()).wait_pictures()

    def refused_full(self, ticket):
        refused = self.view(ticket)
        error = refused.wait("error")
        self.assertEqual(error["exit_code"], REFUSED)
        self.assert_says(error["what"], "full")
        self.assertTrue(error["hint"])
        self.assert_exit(refused, REFUSED)

    def test_seconds_end_host_and_viewer_by_themselves(self):
        host = self.host("--seconds", "4")
        viewer = self.view(host.ticket(), "--seconds", "2")
        self.assert_exit(viewer, DONE)
        self.assertEqual(viewer.wait("ended")["reason"], "time is up")
        self.assert_exit(host, DONE)
        self.assertEqual(host.wait("ended")["reason"], "time is up")
