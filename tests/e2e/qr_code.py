"""What a camera reads off a terminal's screen with a QR code on it."""

import pathlib
import re
import subprocess
import unittest

from support import needs

SIDE = 8  # pixels of a module
# Bright above and below, of a cell of two modules.
CELLS = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255)}
SYMBOL = re.compile(r'symbol=\(string\)"?([^",; ]+)')
ESCAPED = re.compile(r"\\(.)")


def rows_of(screen):
    """Brightness, module by module, of all that is on the screen; words are as dark as what is around."""
    lines = screen.splitlines()
    width = max(len(line) for line in lines)
    for line in lines:
        cells = [CELLS.get(letter, (0, 0)) for letter in line.ljust(width)]
        yield [upper for upper, _ in cells]
        yield [lower for _, lower in cells]


def read(test, screen):
    """What GStreamer's reader (zbar) finds there."""
    for tool in ("gst-launch-1.0", "gst-inspect-1.0"):
        needs(tool, "gstreamer1.0-tools")
    if subprocess.run(["gst-inspect-1.0", "--exists", "zbar"], env=test.environment(), timeout=60, check=False).returncode != 0:
        raise unittest.SkipTest("no zbar in GStreamer: sudo apt install gstreamer1.0-plugins-bad")
    rows = list(rows_of(screen))
    pixels = b"".join(bytes(bright for bright in row for _ in range(SIDE)) * SIDE for row in rows)
    picture = pathlib.Path(test.folder) / "qr-code.gray"
    picture.write_bytes(pixels)
    width, height = len(rows[0]) * SIDE, len(rows) * SIDE
    command = ["gst-launch-1.0", "-m", "filesrc", f"location={picture}", f"blocksize={len(pixels)}", "!", "rawvideoparse",
               "format=gray8", f"width={width}", f"height={height}", "!", "videoconvert", "!", "zbar", "!", "fakesink"]
    said = subprocess.run(command, env=test.environment(), capture_output=True, text=True, timeout=60, check=False)
    found = SYMBOL.search(said.stdout)
    if not found:
        raise AssertionError(f"no QR code in\n{screen}\n{said.stdout}{said.stderr}")
    return ESCAPED.sub(r"\1", found[1])
