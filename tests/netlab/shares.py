"""The program on both sides of a laboratory."""

from labs import Labs

# What the picture is does not matter here; several of these run at once.
SMALL = ("--source", "test", "--encoder", "x264", "--size", "640x360", "--fps", "30")


class Shares(Labs):
    def share(self, *arguments, node="host"):
        return self.pixelpass("host", *SMALL, *arguments, prefix=self.on(node))

    def watch(self, host, *arguments, node="view"):
        """A viewer that is given the newest ticket that the host has printed."""
        return self.watch_ticket(host.wait("ticket") and host.events("ticket")[-1]["ticket"], *arguments, node=node)

    def watch_ticket(self, ticket, *arguments, node="view"):
        return self.pixelpass("view", "--player", "none", *arguments, ticket, prefix=self.on(node))
