"""Scripts that stand in for players; a viewer whose player does not keep up: see slow_mpv.py."""

import os
import pathlib
import sys


def stand_in(folder, name, script):
    """A program of this name in the folder, which runs the Python script."""
    player = folder / name
    player.write_text(f'#!/bin/sh\nexec {sys.executable} -B {script} "$@"\n', encoding="utf-8")
    player.chmod(0o755)


class SlowPlayer:
    """A mixin."""

    def watch_with_a_slow_player(self, host, **environment):
        folder = self.folder / "slow"
        folder.mkdir()
        stand_in(folder, "mpv", pathlib.Path(__file__).with_name("slow_mpv.py"))
        found = self.environment(PATH=f"{folder}:{os.environ['PATH']}", SLOW_MPV_FOLDER=folder, **environment)
        return self.pixelpass("view", "--player", "mpv", host.ticket(), env=found)

    def speed_up_player(self):
        (self.folder / "slow" / "fast").touch()
