#!/usr/bin/env python3
"""Draws README's picture of the host's live view, from the program itself.

live_view_picture.py --program FILE [--seconds N] PICTURE.svg
    once it has been watched for N seconds (40)
"""

import argparse
import os
import pathlib
import re
import sys

from processes import DEADLINE, until
from recorded_terminal import RecordedTerminal
from support import SOURCE, EndToEnd, program
from terminal_picture import svg_of

PICTURE = SOURCE / "packaging" / "live-view.svg"
TITLE = "pixelpass host, on a terminal: what is shared, the ticket, who watches, the keys"
WIDTH, HEIGHT = 92, 18
HOST = ("host", "--source", "test", "--size", "1280x720", "--bitrate", "4M", "--name", "Anna", "--bind", "127.0.0.1:0",
        "--max-viewers", "4")
VIEWERS = ("Ben", "Clara")


def watched(terminal):
    """Since when the viewer who came last watches, in seconds."""
    times = re.findall(r" (\d+):(\d\d) ", terminal.screen())
    return min((60 * int(minutes) + int(seconds) for minutes, seconds in times), default=0)


def draw(test, seconds):
    """A host with its viewers, all of whom have watched for so long."""
    runtime = test.folder / "run"
    runtime.mkdir(mode=0o700)
    surroundings = {"XDG_RUNTIME_DIR": runtime, "NO_COLOR": None, "SSH_CONNECTION": None, "SSH_TTY": None}
    terminal = RecordedTerminal(test, WIDTH, HEIGHT, **surroundings)
    terminal.type(program(), *HOST)
    terminal.wait("ticket, for your friend", "nobody watches yet")
    ticket = test.run_pixelpass("ticket", env=test.environment(**surroundings)).stdout.strip()
    for name in VIEWERS:
        test.view(ticket, "--name", name).wait_pictures()
    terminal.wait(*VIEWERS)
    until(lambda: watched(terminal) >= seconds, f"{seconds} s of watching", DEADLINE + seconds)
    return svg_of(terminal.styled_screen(), WIDTH, TITLE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", metavar="FILE", required=True)
    parser.add_argument("--seconds", metavar="N", type=int, default=40)
    parser.add_argument("picture", metavar="PICTURE.svg", type=pathlib.Path)
    arguments = parser.parse_args()
    os.environ["PIXELPASS_PROGRAM"] = str(pathlib.Path(arguments.program).resolve())
    surroundings = EndToEnd()
    surroundings.setUp()
    try:
        arguments.picture.write_text(draw(surroundings, arguments.seconds), encoding="utf-8")
    finally:
        surroundings.doCleanups()


if __name__ == "__main__":
    sys.exit(main())
