"""A pixelpass that a bench runs."""

import json
import os
import subprocess
import threading


class Program:
    """Its JSON events are read as they come. `popen`: words of subprocess.Popen."""

    def __init__(self, binary, *arguments, **popen):
        self.process = subprocess.Popen([binary, "--json", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True, **popen)

    def event(self, name):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == name:
                return event
        raise RuntimeError(f"it ended before '{name}'")

    def drain(self):
        """What comes from now on is not wanted."""
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
