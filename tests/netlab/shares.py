"""The program on both sides of a laboratory."""

import ipaddress
import signal

import counted
from counted import CountedStream
from expectations import RELAY, STUN_NAMES
from laboratory import SERVERS
from labs import Labs
from support import DONE, INTERRUPTED, program
from turn_server import NAME, TurnServer

# What the picture is does not matter here; several of these run at once.
SMALL = ("--source", "test", "--encoder", "x264", "--size", "640x360", "--fps", "30")


class Shares(Labs):
    SETTINGS = ""  # whom the program asks by itself is in the laboratory

    def laboratory(self, **how):
        """The servers that the program asks unless it is told otherwise are there, under their names."""
        lab = super().laboratory(**how)
        self.stun_server(SERVERS[1:])
        self.servers = set(SERVERS[1:])
        self.name({NAME: SERVERS[0], **dict(zip(STUN_NAMES, SERVERS[1:]))})
        return lab

    def start_relay(self, **how):
        """A relay that runs, and what a host is told of it."""
        self.turn = TurnServer(self, **how)
        self.trust(self.turn.certificate)
        self.servers.add(self.turn.address)
        return RELAY

    def share(self, *arguments, node="host"):
        return self.pixelpass("host", *SMALL, *arguments, prefix=self.on(node))

    def share_counted(self, *arguments):
        """Pictures that carry their numbers: see counted.py."""
        stream = CountedStream.start(self)
        return self.pixelpass("host", "--source", "-", *arguments, prefix=self.on("host"), stdin=stream.stdout)

    def watch(self, host, *arguments, node="view"):
        """A viewer that is given the newest ticket that the host has printed."""
        host.ticket()
        return self.watch_ticket(host.events("ticket")[-1]["ticket"], *arguments, node=node)

    def watch_ticket(self, ticket, *arguments, node="view"):
        return self.pixelpass("view", "--player", "none", *arguments, ticket, prefix=self.on(node))

    def share_for_replies(self, *arguments):
        """A host that `pixelpass reply` finds."""
        self.at_home = self.environment(XDG_RUNTIME_DIR=self.folder)
        return self.pixelpass("host", *SMALL, *arguments, prefix=self.on("host"), env=self.at_home)

    def hand_back(self, viewer, after=0):
        """The code that a viewer prints, next after a mark, as a friend would send it back and the host would type it."""
        code = viewer.wait("reply_code", after=after)["code"]
        handed = self.lines(*self.on("host"), program(), "reply", code, env=self.at_home)
        self.assert_exit(handed, DONE)
        return code

    # ---- Paths -----------------------------------------------------------------------------------------

    @staticmethod
    def path(viewer):
        """The one that the picture takes now."""
        told = [e.get("to", e.get("path")) for e in viewer.events() if e["event"] in ("connected", "path_changed")]
        return told[-1] if told else None

    def wait_path(self, viewer, path):
        def taken(line):
            return self.path(viewer) == path

        viewer.wait_line(taken)

    def assert_each_picture_came_once(self, viewer, recording):
        """Of those from its first one to its last one."""
        viewer.signal(signal.SIGINT)
        self.assert_exit(viewer, INTERRUPTED)
        came = counted.numbers(recording)
        self.assertGreater(len(came), counted.FPS)
        self.assertEqual(came, list(range(came[0], came[0] + len(came))))

    # ---- What is always to hold ------------------------------------------------------------------------

    def assert_pictures_go_on(self, viewer, host=None):
        """From now on, and over the same connection unless another one was told of."""
        # The first may still tell of the time before.
        viewer.wait_stats(1, after=viewer.mark())
        viewer.wait_pictures(after=viewer.mark())
        for process in (viewer, host):
            self.assertTrue(process is None or process.running(), process and process.story())

    def assert_sent_only_to_those_concerned(self, recorder):
        """No packet went to anybody but the two homes and the servers that they were told of or ask by themselves."""
        homes = {self.lab.sites[side].public() for side in self.lab.sites}
        machines = {site.address(at) for site in self.lab.sites.values() for at in range(2)}
        machines |= {site.address6(at) for site in self.lab.sites.values() for at in range(2)}
        concerned = homes | machines | self.servers
        others = {
            flow for flow in recorder.flows()
            if flow[3] not in concerned and not ipaddress.ip_address(flow[3]).is_multicast}
        self.assertEqual(others, set())
