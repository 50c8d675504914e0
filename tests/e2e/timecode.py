#!/usr/bin/env python3
"""A clock that machines read off a picture: a row of black and white cells.

timecode.py FPS CELL    endless gray pictures of it on standard output, CELL pixels a cell
"""

import subprocess
import sys
import time

BITS = 20  # milliseconds of the monotonic clock: it begins anew every 17 minutes
CELLS = BITS + 4  # white, black, the number, its parity, white
WRAP = 1 << BITS


def now():
    return int(time.monotonic() * 1000) % WRAP


def since(code, at=None):
    """Milliseconds from this code to `at`, or to now; negative if it is of the future."""
    return ((now() if at is None else at) - code + WRAP // 2) % WRAP - WRAP // 2


def size(cell):
    return CELLS * cell, 2 * cell


def cells_of(code):
    bits = [code >> at & 1 for at in reversed(range(BITS))]
    return [1, 0, *bits, sum(bits) & 1, 1]


def code_of(cells):
    """Of cells that were read: True is white."""
    code = sum(bit << at for at, bit in enumerate(reversed(cells[2 : 2 + BITS])))
    return code if cells == cells_of(code) else None


def drawn(code, cell):
    row = b"".join((b"\xeb" if white else b"\x10") * cell for white in cells_of(code))
    return row * (2 * cell)


def read(picture, cell, left=0, top=0):
    """The code at this place, or None if there is none (or half of one and half of another)."""
    y = round(top + cell)
    return code_of([picture.colour(int(left + (at + 0.5) * cell), y)[1] > 128 for at in range(CELLS)])


def pipeline(cell):
    """GStreamer's, for what main() writes: the newest picture only, however slow the screen is."""
    width, height = size(cell)
    return ["fdsrc", "fd=0", f"blocksize={width * height}", "!",
            "rawvideoparse", "format=gray8", f"width={width}", f"height={height}", "framerate=60/1", "!",
            "queue", "max-size-buffers=1", "leaky=downstream", "!", "videoconvert", "!", "video/x-raw,format=BGRx"]


def show(desktop, fps, cell=16, at=(0, 0)):
    """A window with the clock on a desktop."""
    writer = desktop.start([sys.executable, __file__, fps, cell], stdout=subprocess.PIPE)
    return desktop.show(*pipeline(cell), at=at, size=size(cell), stdin=writer.stdout, sync=False)


def main():
    fps, cell = float(sys.argv[1]), int(sys.argv[2])
    began, count = time.monotonic(), 0
    while True:
        sys.stdout.buffer.write(drawn(now(), cell))
        sys.stdout.buffer.flush()
        count += 1
        time.sleep(max(0.0, began + count / fps - time.monotonic()))


if __name__ == "__main__":
    main()
