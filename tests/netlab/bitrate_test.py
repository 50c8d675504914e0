"""A line that gets slow and fast again: the picture follows it."""

import signal

from shares import Shares

CAP = 6_000_000
# Mbit/s
FAST, SLOW, THIN = 20, 3, 0.6


class Bitrate(Shares):
    def wait_target(self, host, where, at):
        return host.wait("stats", lambda e: where(e["target_bps"]), after=at, deadline=60.0)

    def test_it_goes_below_what_a_line_carries_and_comes_back(self):
        self.laboratory(host="open", emulated=True)
        line = self.lab.links["view"]
        line.set("delay=10", f"rate={FAST}", "queue=200")
        host = self.share("--bitrate", str(CAP))
        viewer = self.watch(host)
        viewer.wait_pictures()
        self.assertEqual(host.wait_stats(1)["target_bps"], CAP)
        at = host.mark()
        line.set(f"rate={SLOW}")
        slow = self.wait_target(host, lambda target: target < SLOW * 1e6, at)
        self.assertEqual(slow["limited_by"], "line of viewer 1")
        # What is made, not what was asked for.
        host.wait("stats", lambda e: 0 < e["bitrate_bps"] < SLOW * 1e6, after=at, deadline=60.0)
        at = host.mark()
        line.set(f"rate={FAST}")
        self.wait_target(host, lambda target: target > 0.8 * CAP, at)
        host.wait("stats", lambda e: e["bitrate_bps"] > SLOW * 1e6, after=at, deadline=60.0)
        self.assert_pictures_go_on(viewer, host)

    def share_film(self):
        """A viewer on a thin line, whose pictures are smaller than asked for."""
        self.laboratory(host="open", emulated=True)
        line = self.lab.links["view"]
        line.set("delay=10", f"rate={FAST}", "queue=200")
        size = ("--source", "test", "--encoder", "x264", "--size", "1280x720", "--fps", "30")
        host = self.pixelpass("host", *size, "--bitrate", str(CAP), "--for", "video", prefix=self.on("host"))
        viewer = self.watch(host)
        viewer.wait_pictures()
        at = host.mark()
        line.set(f"rate={THIN}")
        smaller = host.wait("sharing", lambda e: e["height"] < 720, after=at, deadline=60.0)
        self.assertEqual(smaller["fps"], 30)
        return host, viewer, line

    def test_what_a_thin_line_cannot_carry_is_given_up_of_the_size_until_it_is_back(self):
        host, viewer, line = self.share_film()
        self.assert_pictures_go_on(viewer, host)
        at = host.mark()
        line.set(f"rate={FAST}")
        host.wait("sharing", lambda e: e["height"] == 720, after=at, deadline=60.0)
        self.assert_pictures_go_on(viewer, host)

    def test_who_comes_after_a_viewer_on_a_thin_line_sees_the_whole_picture(self):
        host, viewer, _ = self.share_film()
        at = host.mark()
        viewer.signal(signal.SIGINT)
        host.wait("sharing", lambda e: e["height"] == 720, after=at, deadline=60.0)
