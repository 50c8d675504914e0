"""A PipeWire of a test's own: with WirePlumber, PulseAudio's interface and a session bus, and nobody else's objects."""

import json
import subprocess

from processes import DEADLINE, until
from support import needs


class PrivatePipeWire:
    """Ends with the test. Programs that are to talk to it are started with `environment`."""

    def __init__(self, test):
        needs("dbus-daemon", "dbus-bin")
        needs("pipewire")
        needs("wireplumber")
        needs("pipewire-pulse")
        needs("pw-dump", "pipewire-bin")
        needs("pactl", "pulseaudio-utils")
        self.folder = test.folder / "runtime"
        self.folder.mkdir(mode=0o700)
        bus = f"unix:path={self.folder}/bus"
        self.environment = test.environment(
            XDG_RUNTIME_DIR=self.folder,
            XDG_STATE_HOME=test.folder / "state",
            DBUS_SESSION_BUS_ADDRESS=bus,
            PIPEWIRE_REMOTE=None,
            PULSE_SERVER=None,
        )

        def start(socket, *command):
            process = test.process(*command, env=self.environment, stdout=subprocess.DEVNULL)
            if socket:
                until((self.folder / socket).is_socket, f"{command[0]} listens")
            return process

        start("bus", "dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={bus}")
        self.server = start("pipewire-0", "pipewire")
        start(None, "wireplumber")
        start("pulse/native", "pipewire-pulse")
        until(lambda: self.clients("WirePlumber"), "WirePlumber manages the session")

    def run(self, *command):
        result = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=DEADLINE, check=False
        )
        assert result.returncode == 0, f"{' '.join(command)}: {result.stdout}{result.stderr}"
        return result.stdout

    def dump(self):
        """What changes while pw-dump is at it comes in another list; what has gone, without its info."""
        text = self.run("pw-dump").strip()
        objects = {}
        while text:
            part, end = json.JSONDecoder().raw_decode(text)
            objects.update({one["id"]: one for one in part})
            text = text[end:].strip()
        return [one for one in objects.values() if one.get("info", True) is not None]

    def clients(self, name):
        return [one for one in self.dump() if properties(one).get("application.name") == name]

    def nodes(self):
        """Their names, each with its properties."""
        nodes = (properties(one) for one in self.dump() if one["type"].endswith(":Node"))
        return {one["node.name"]: one for one in nodes}

    def links(self):
        return [one for one in self.dump() if one["type"].endswith(":Link")]

    def sinks(self):
        """As PulseAudio's interface names them."""
        return [line.split("\t")[1] for line in self.run("pactl", "list", "short", "sinks").splitlines()]

    def modules(self):
        """The modules that PulseAudio's interface has loaded: number and name."""
        return [line.split("\t")[:2] for line in self.run("pactl", "list", "short", "modules").splitlines()]

    def add_lingering_node(self, name, tag=None):
        """A sink that stays when who made it has gone."""
        tagged = f"pixelpass.owner = {json.dumps(tag)}" if tag is not None else ""
        self.run(
            "pw-cli",
            "create-node",
            "adapter",
            "{ factory.name = support.null-audio-sink  media.class = Audio/Sink  object.linger = true"
            f"  audio.position = [ FL FR ]  node.name = {name}  {tagged} }}",
        )
        until(lambda: name in self.nodes(), f"the node {name}")

    def add_null_sink(self, name, tag):
        """A module of PulseAudio's interface, with its sink."""
        self.run("pactl", "load-module", "module-null-sink", f"sink_name={name}",
                 f"sink_properties=pixelpass.owner={tag}")
        until(lambda: name in self.nodes(), f"the sink {name}")


def properties(dumped):
    return (dumped.get("info") or {}).get("props") or {}
