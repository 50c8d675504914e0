"""A line that gets slow and fast again: the picture's bitrate follows it."""

from shares import Shares

CAP = 6_000_000
# Mbit/s
FAST, SLOW = 20, 3


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
