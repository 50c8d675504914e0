"""A host of the real screen and its sound that is killed leaves a desktop as it was, at the latest after a repair."""

import json
import os
import random
import signal
import time

from processes import until
from screens import SMALL, OnDesktop
from support import DONE

KILLS = 20
LONGEST = 0.7  # seconds from the ticket, or from the start, to the kill


class Killed(OnDesktop):
    SIZE = SMALL

    def owned(self):
        """What carries our mark: kind, name and owner."""
        found = []
        for one in self.desktop.objects():
            properties = (one.get("info") or {}).get("props") or {}
            if "pixelpass.owner" in properties:
                found.append((one["type"], properties.get("node.name"), properties["pixelpass.owner"]))
        return found

    def everything(self):
        """All nodes and links, by what they are called: what a user would see. But for the portal's own, of which
        xdg-desktop-portal-wlr 0.7 keeps one a sharing, however that has ended."""
        named = [
            (one["type"], (one.get("info") or {}).get("props", {}).get("node.name", ""))
            for one in self.desktop.objects()
            if one["type"] in ("PipeWire:Interface:Node", "PipeWire:Interface:Link")
        ]
        return sorted(one for one in named if one[1] != "xdg-desktop-portal-wlr")

    @staticmethod
    def links(objects):
        return sum(kind == "PipeWire:Interface:Link" for kind, _ in objects)

    def test_a_host_that_is_killed_at_any_moment_leaves_the_desktop_as_it_was(self):
        seed = int(os.environ.get("PIXELPASS_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        print(f"PIXELPASS_TEST_SEED={seed}")
        moments = random.Random(seed)
        self.desktop.play_tone("Player", 440)
        # A stream is there a little before its links to the speakers are, one a channel.
        before = until(lambda: (all_ := self.everything()) and self.links(all_) == 2 and all_, "the player's links")
        seen = 0
        for kill in range(KILLS):
            host = self.share("--audio", "auto")
            # Half of them while they start, half while somebody watches.
            if kill % 2:
                self.view(host.ticket()).wait("connected")
            # The moment itself is what is tried, nothing is waited for.
            time.sleep(moments.uniform(0, LONGEST))
            seen += bool(self.owned())
            host.signal(signal.SIGKILL)
            host.exit_code()
        # Others' processes are not seen from here: theirs would be taken for dead.
        result = self.run_pixelpass("repair", "--json", env=self.environment(TMPDIR=self.folder))
        self.assertEqual(result.returncode, DONE, result.stderr)
        print(f"{seen} of {KILLS} had objects; repair: {json.loads(result.stdout.splitlines()[-1])}")
        self.assertGreater(seen, 0, "no kill met an object of ours: nothing was tried")
        self.assertEqual(self.owned(), [])
        until(lambda: self.everything() == before, f"the objects of before: {before}, now {self.everything()}")
