#!/usr/bin/env python3
"""Pictures that carry their number, so that a missing one and one that came twice are seen.

counted.py FPS    endless gray pictures on standard output, at that rate
"""

import subprocess
import sys
import time

import timecode
from pictures import Picture
from processes import DEADLINE, Process
from support import needs

CELL, FPS = 16, 30
WIDTH, HEIGHT = timecode.size(CELL)


class CountedStream(Process):
    """As MPEG-TS, a keyframe a second: its standard output is for `host --source -`."""

    @classmethod
    def start(cls, test):
        needs("ffmpeg")
        test.counter = test.start(Process, [sys.executable, "-B", __file__, FPS], env=test.environment(
            PYTHONPATH=":".join(sys.path)))
        size = f"{WIDTH}x{HEIGHT}"
        command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", size, "-r", FPS,
                   "-i", "-", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", FPS,
                   "-pix_fmt", "yuv420p", "-flush_packets", "1", "-f", "mpegts", "-"]
        return test.start(cls, command, stdin=test.counter.stdout)


def numbers(recording):
    """Of the pictures in it, in their order."""
    needs("ffmpeg")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", recording, "-map", "0:v", "-fps_mode", "passthrough",
               "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, capture_output=True, timeout=DEADLINE, check=True).stdout
    size = 3 * WIDTH * HEIGHT
    return [timecode.read(Picture(WIDTH, HEIGHT, raw[at : at + size]), CELL) for at in range(0, len(raw), size)]


def main():
    began = time.monotonic()
    number = 0
    while True:
        time.sleep(max(0.0, began + number / float(sys.argv[1]) - time.monotonic()))
        sys.stdout.buffer.write(timecode.drawn(number % timecode.WRAP, CELL))
        sys.stdout.buffer.flush()
        number += 1


if __name__ == "__main__":
    main()
