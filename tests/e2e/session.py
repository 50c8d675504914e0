"""A user's session without a screen: message bus, PipeWire, WirePlumber, PulseAudio's protocol; folders of its own."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from processes import DEADLINE, Process, until
from support import NO_OPENGL, needs

# The only sink, hence what apps play to. Made by PipeWire itself, so that it is there again after a restart.
SPEAKERS = "speakers"
RATE = 48000
VIDEO_SOURCES = ("Stream/Output/Video", "Video/Source")  # by their media.class

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

SINK_CONFIG = """context.objects = [
  {{ factory = adapter
    args = {{
      factory.name = support.null-audio-sink
      node.name = {name}
      node.description = "{name}"
      media.class = Audio/Sink
      audio.rate = {rate}
      audio.position = [ FL FR ]
      monitor.channel-volumes = true
    }}
  }}
]
"""


class Session:
    """Use it with `with`, or end it with close(): nothing that it or start() started survives."""

    def __init__(self):
        for tool, package in (
            ("dbus-daemon", None),
            ("gdbus", "libglib2.0-bin"),
            ("pipewire", None),
            ("pw-dump", "pipewire-bin"),
            ("wireplumber", None),
            ("pipewire-pulse", None),
            ("pactl", "pulseaudio-utils"),
        ):
            needs(tool, package)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pixelpass-desktop-"))
        self.variables = self._own_variables()
        self.parts = {}
        self._processes = []

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def begin(self):
        self._start_bus()
        self.start_sound()

    def close(self):
        for process in reversed(self._processes):
            process.clean_up()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- Programs in it --------------------------------------------------------------------------------

    def _own_variables(self):
        folders = {"HOME": "home", "XDG_RUNTIME_DIR": "run"}
        folders.update({f"XDG_{kind.upper()}_HOME": kind for kind in ("config", "state", "data", "cache")})
        variables = {name: str(self.folder / folder) for name, folder in folders.items()}
        for folder in variables.values():
            os.makedirs(folder, mode=0o700)
        variables["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.folder}/run/bus"
        # A locked screen outside is none in here.
        variables["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={self.folder}/run/no-bus"
        # What is outside stays there.
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "SWAYSOCK", "PIPEWIRE_REMOTE", "PULSE_SERVER", "XAUTHORITY"):
            variables[name] = None
        variables.update(GIO_USE_VFS="local", GSETTINGS_BACKEND="memory", GTK_USE_PORTAL="0", NO_AT_BRIDGE="1")
        # Which plugins GStreamer has is found out once, not by every program in every home: that takes seconds.
        if program := os.environ.get("PIXELPASS_PROGRAM"):
            variables["GST_REGISTRY_1_0"] = str(pathlib.Path(program).resolve().parent / "gst-registry.bin")
        return variables

    def environment(self, **changes):
        """For a program in it. None removes a variable."""
        environment = {**os.environ, **NO_OPENGL}
        for name, value in {**self.variables, **changes}.items():
            environment.pop(name, None)
            if value is not None:
                environment[name] = str(value)
        return environment

    def path(self, variable):
        return pathlib.Path(self.variables[variable])

    def write(self, variable, name, text):
        """A file in one of its folders."""
        path = self.path(variable) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, command, kind=Process, **popen):
        """Any program in it, ended with it; what it says is kept until then."""
        log = self.folder / f"{len(self._processes)}-{pathlib.Path(command[0]).name}.log"
        popen.setdefault("stdout", subprocess.DEVNULL if kind is Process else subprocess.PIPE)
        process = kind([str(word) for word in command], log, env=self.environment(), **popen)
        self._processes.append(process)
        return process

    def run(self, *command, check=True):
        """To its end; its standard output as bytes."""
        result = subprocess.run(
            [str(word) for word in command],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=DEADLINE,
            check=False,
        )
        if check and result.returncode != 0:
            said = (result.stderr + result.stdout).decode("utf-8", "replace")
            raise AssertionError(f"{command} ended with {result.returncode}: {said}\n{self.story()}")
        return result.stdout

    def story(self):
        """What its own parts have said, for a failure's message."""
        return "\n".join(process.story() for process in self.parts.values())

    # ---- Its parts -------------------------------------------------------------------------------------

    def start_part(self, name, ready, command=None):
        part = self.parts[name] = self.start(command or [name])

        def up():
            assert part.running(), f"{name} has ended: {part.story()}"
            return ready()

        until(up, f"{name} being ready\n{part.story()}")

    def stop_part(self, name, how=signal.SIGTERM):
        """Waits for its end. SIGKILL: as if it had crashed."""
        part = self.parts.pop(name)
        part.signal(how)
        part.exit_code()

    def _start_bus(self):
        (self.folder / "services").mkdir()
        config = self.write("XDG_CONFIG_HOME", "bus.conf", BUS_CONFIG.format(
            address=self.variables["DBUS_SESSION_BUS_ADDRESS"], services=self.folder / "services"))
        command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"]
        self.start_part("dbus-daemon", (self.path("XDG_RUNTIME_DIR") / "bus").exists, command)

    def bus_call(self, method, *arguments, check=True):
        """Of the bus itself; the answer as gdbus prints it."""
        command = ["gdbus", "call", "--session", "-d", "org.freedesktop.DBus", "-o", "/org/freedesktop/DBus"]
        return self.run(*command, "-m", f"org.freedesktop.DBus.{method}", *arguments, check=check).decode()

    def owner_of(self, bus_name):
        """The process that has this name on the bus, or None."""
        answer = self.bus_call("GetConnectionUnixProcessID", bus_name, check=False)
        return int(answer.strip("(),\n").split()[-1]) if answer else None

    def tell_the_bus(self):
        """The surroundings of what it starts."""
        variables = [f"{name}={value}" for name, value in self.variables.items() if value is not None]
        self.run(needs("dbus-update-activation-environment", "dbus-bin"), *variables)

    def start_sound(self):
        self.start_pipewire()
        self.start_wireplumber()
        self.start_pulse()
        self.run("pactl", "set-default-sink", SPEAKERS)

    def start_pipewire(self):
        sink = SINK_CONFIG.format(name=SPEAKERS, rate=RATE)
        self.write("XDG_CONFIG_HOME", "pipewire/pipewire.conf.d/50-speakers.conf", sink)
        (self.path("XDG_RUNTIME_DIR") / "pipewire-0").unlink(missing_ok=True)
        self.start_part("pipewire", lambda: self.node(SPEAKERS))

    def start_wireplumber(self):
        # 0.4 ends where systemd was not booted, as in containers. 0.5 takes no such file.
        if pathlib.Path("/usr/share/wireplumber/bluetooth.lua.d").exists():
            self.write("XDG_CONFIG_HOME", "wireplumber/bluetooth.lua.d/80-no-logind.lua",
                       'bluez_monitor.properties["with-logind"] = false\n')
        # It has done its work once the sink has ports: then apps can be linked to it.
        self.start_part("wireplumber", lambda: self.ports(SPEAKERS))

    def start_pulse(self):
        # pactl, which asks whether it is up, makes this folder too, and pipewire-pulse gives up if it comes second.
        (self.path("XDG_RUNTIME_DIR") / "pulse").mkdir(mode=0o700, exist_ok=True)
        sinks = ["pactl", "list", "short", "sinks"]
        self.start_part("pipewire-pulse", lambda: SPEAKERS in self.run(*sinks, check=False).decode())

    def restart_pipewire(self, how=signal.SIGTERM):
        """As its user services do it: what depends on it goes with it and comes again."""
        for name in ("pipewire-pulse", "wireplumber", "pipewire"):
            self.stop_part(name, how)
        self.start_sound()

    # ---- PipeWire's objects ----------------------------------------------------------------------------

    def objects(self):
        """pw-dump's. What changes while it asks it says again, in another list."""
        said, found = self.run("pw-dump", check=False).decode().lstrip(), {}
        while said:
            objects, end = json.JSONDecoder().raw_decode(said)
            found.update((one["id"], one) for one in objects)
            said = said[end:].lstrip()
        return [one for one in found.values() if one.get("type")]

    def nodes(self):
        """The properties of all nodes, with their ids."""
        kind = "PipeWire:Interface:Node"
        nodes = (one for one in self.objects() if one["type"] == kind and one.get("info"))
        return [{**node["info"]["props"], "id": node["id"]} for node in nodes]

    def node(self, name):
        return next((node for node in self.nodes() if node.get("node.name") == name), None)

    def asked_rates(self):
        """How many pictures a second at most the sources of screens and windows are asked for."""
        formats = (one["info"].get("params", {}).get("Format") for one in self.objects()
                   if one["type"] == "PipeWire:Interface:Node" and one.get("info")
                   and one["info"]["props"].get("media.class") in VIDEO_SOURCES)
        return {found[0]["maxFramerate"]["num"] for found in formats if found}

    def screens(self):
        """The names of the nodes that screens and windows come from."""
        return {node["node.name"] for node in self.nodes()
                if node.get("media.class") in VIDEO_SOURCES}

    def linked_to(self, name):
        """What plays or is shown there: the names of the nodes whose outputs lead to the node of this name."""
        objects = [one for one in self.objects() if one.get("info")]
        nodes = {one["id"]: one["info"]["props"].get("node.name") for one in objects
                 if one["type"] == "PipeWire:Interface:Node"}
        # While the graph changes, a link may be told of before the node that it comes from.
        return {nodes[one["info"]["output-node-id"]] for one in objects
                if one["type"] == "PipeWire:Interface:Link" and one["info"]["output-node-id"] in nodes
                and nodes.get(one["info"]["input-node-id"]) == name}

    def ports(self, name):
        node = self.node(name)
        kind = "PipeWire:Interface:Port"
        return node and [
            one["info"]["props"]["port.name"]
            for one in self.objects()
            if one["type"] == kind and one.get("info") and one["info"]["props"].get("node.id") == node["id"]
        ]

    def streams(self, application):
        """The playing streams of this application, as their nodes' properties."""
        return [
            node
            for node in self.nodes()
            if node.get("media.class") == "Stream/Output/Audio" and node.get("application.name") == application
        ]

    # ---- Sound -----------------------------------------------------------------------------------------

    def play_tone(self, application, frequency, volume=0.3, role=None):
        """A tone, played by an application of this name until it is stopped. Returns when it plays."""
        needs("gst-launch-1.0", "gstreamer1.0-tools")
        properties = [f"stream-properties=props,media.role={role}"] if role else []
        before = len(self.streams(application))
        tone = self.start(
            ["gst-launch-1.0", "-q", "audiotestsrc", "is-live=true", f"freq={frequency}", f"volume={volume}", "!",
             f"audio/x-raw,rate={RATE},channels=2", "!", "pulsesink", f"client-name={application}", *properties])
        until(lambda: len(self.streams(application)) > before, f"the sound of {application}")
        return tone

    def make_microphone(self, frequency):
        """The default source, which hears this tone."""
        needs("gst-launch-1.0", "gstreamer1.0-tools")
        pipe = self.path("XDG_RUNTIME_DIR") / "microphone"
        pipe.unlink(missing_ok=True)
        self.run("pactl", "load-module", "module-pipe-source", "source_name=microphone", f"file={pipe}",
                 "format=s16le", f"rate={RATE}", "channels=2")
        source = self.start(
            ["gst-launch-1.0", "-q", "audiotestsrc", "is-live=true", f"freq={frequency}", "volume=0.3", "!",
             f"audio/x-raw,format=S16LE,rate={RATE},channels=2", "!", "filesink", f"location={pipe}", "buffer-mode=2"])
        until(lambda: self.node("microphone"), f"the microphone\n{source.story()}")
        self.run("pactl", "set-default-source", "microphone")
        return source

    def play_tones(self, application, left, right):
        """One on each side, until it is stopped. Returns when it plays."""
        needs("ffmpeg")
        sides = "|".join(f"0.2*sin(2*PI*{frequency}*t)" for frequency in (left, right))
        tones = self.start(["ffmpeg", "-nostdin", "-v", "error", "-re", "-f", "lavfi", "-i", f"aevalsrc={sides}:s={RATE}",
                            "-f", "s16le", "-"], stdout=subprocess.PIPE)
        player = self.start(["pacat", "--format=s16le", f"--rate={RATE}", "--channels=2", f"--client-name={application}"],
                            stdin=tones.stdout)
        until(lambda: self.streams(application), f"the sound of {application}\n{player.story()}")
        return player

    def start_flashes(self, sink):
        """A window and a stream "Player" of one pipeline: once a second black turns to white, or back, as a tick
        begins.

        With a short buffer: with its usual one of 200 ms the speakers play 180 ms off what GStreamer believes
        (PipeWire 0.3.65's PulseAudio server; seen from outside, by screenshots and a recorder)."""
        needs("gst-launch-1.0", "gstreamer1.0-tools")
        window = self.start(
            ["gst-launch-1.0", "-q",
             "videotestsrc", "is-live=true", "pattern=blink", "!", "video/x-raw,width=320,height=180,framerate=1/1",
             "!", "videoconvert", "!", sink,
             "audiotestsrc", "is-live=true", "wave=ticks", "freq=1000", "sine-periods-per-tick=100", "volume=0.5",
             "!", f"audio/x-raw,rate={RATE},channels=2", "!", "pulsesink", "client-name=Player",
             "buffer-time=40000", "latency-time=10000"])
        until(lambda: self.streams("Player"), f"the sound\n{self.story()}")
        return window
