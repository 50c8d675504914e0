"""Nine kinds of network on the host's side, nine on the viewer's: each pair plays, over the path that theory says."""

from expectations import ASKS_FOR_ADDRESSES, DIRECT, LET_ANYBODY_IN, by_theory
from nat_kinds import KINDS
from shares import Shares


class Pairs(Shares):
    def play(self, host_kind, view_kind):
        expected = by_theory(host_kind, view_kind)
        self.laboratory(host=host_kind, view=view_kind)
        recorder = self.recorder()
        host = self.share(*self.start_relay())
        # The relay may come after the first ticket, where the machine is busy.
        host.wait("ticket", lambda e: e["reachability"] != "lan")
        viewer = self.watch(host)
        viewer.wait("first_frame")
        self.wait_path(viewer, expected)
        viewer.wait_stats(1, lambda e: e["fps"] > 15)
        self.assertEqual(self.path(viewer), expected)
        self.assertTrue(recorder.sent_from(self.lab.sites["host"].public()))
        self.assert_sent_only_to_those_concerned(recorder)


# A NAT that took in what the viewer dialled first has to forget it, and then what it made of the host's flow.
FORGETS = 75.0


class PairsWithoutRelay(Shares):
    """Those that theory connects directly: by the host's outer address alone, or by the viewer's code as well."""

    def play(self, host_kind, view_kind):
        self.laboratory(host=host_kind, view=view_kind)
        recorder = self.recorder()
        host = self.share_for_replies(*ASKS_FOR_ADDRESSES)
        # The outer address may come after the first ticket.
        host.wait("ticket", lambda e: e["reachability"] != "lan")
        viewer = self.watch(host)
        if host_kind not in LET_ANYBODY_IN:
            self.hand_back(viewer)
        viewer.wait("first_frame", deadline=FORGETS)
        viewer.wait_stats(1, lambda e: e["fps"] > 15)
        self.assertEqual(self.path(viewer), DIRECT)
        self.assert_sent_only_to_those_concerned(recorder)


def _test(host_kind, view_kind):
    return lambda self: self.play(host_kind, view_kind)


for host in KINDS:
    for view in KINDS:
        name = f"test_from_{host}_to_{view}".replace("-", "_")
        setattr(Pairs, name, _test(host, view))
        if by_theory(host, view) == DIRECT:
            setattr(PairsWithoutRelay, f"{name}_without_a_relay", _test(host, view))
