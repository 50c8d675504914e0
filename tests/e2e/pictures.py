"""Pictures in memory: screenshots and decoded frames, and how far they differ."""

import re
import struct


class Picture:
    """Rows of red, green and blue, a byte each."""

    def __init__(self, width, height, rgb):
        assert len(rgb) == 3 * width * height, f"not {width}x{height}: {len(rgb)} bytes"
        self.width, self.height, self.rgb = width, height, rgb

    @property
    def size(self):
        return self.width, self.height

    @classmethod
    def from_ppm(cls, data):
        header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
        assert header, f"not a PPM: {data[:20]}"
        return cls(int(header[1]), int(header[2]), data[header.end() :])

    @classmethod
    def from_xwd(cls, data):
        """Blue first, with or without a fourth byte: xwd does either for one and the same screen.

        The header's numbers are big-endian (X11/XWDFile.h)."""
        numbers = struct.unpack(">25I", data[:100])
        header, width, height, bits, line, colours = (numbers[at] for at in (0, 4, 5, 11, 12, 19))
        assert bits in (24, 32), f"not such an XWD: {numbers}"
        pixels = data[header + 12 * colours :]
        rgb, step = bytearray(3 * width * height), bits // 8
        for y in range(height):
            row = pixels[y * line : y * line + width * step]
            for channel in range(3):
                rgb[3 * width * y + channel : 3 * width * (y + 1) : 3] = row[2 - channel :: step]
        return cls(width, height, bytes(rgb))

    def colour(self, x, y):
        at = 3 * (y * self.width + x)
        return tuple(self.rgb[at : at + 3])

    def flat(self, x, y, around):
        """All around is of one colour: there a decoded picture has to have it, too."""
        here, by = self.colour(x, y), (-around, 0, around)
        return all(self.colour(x + dx, y + dy) == here for dx in by for dy in by)

    def near(self, x, y, colour, levels):
        return all(abs(a - b) <= levels for a, b in zip(self.colour(x, y), colour))


class Turned(Picture):
    """A panel's picture as one sees it who has turned the panel: against the way that its desktop was turned."""

    # Where on the panel a place is that one sees at x, y, of a picture of this size.
    PLACES = {
        "normal": lambda x, y, width, height: (x, y),
        "left": lambda x, y, width, height: (y, width - 1 - x),
        "inverted": lambda x, y, width, height: (width - 1 - x, height - 1 - y),
        "right": lambda x, y, width, height: (height - 1 - y, x),
    }

    def __init__(self, panel, way):
        size = panel.size if way in ("normal", "inverted") else panel.size[::-1]
        super().__init__(*size, panel.rgb)
        self._panel, self._place = panel, self.PLACES[way]

    def colour(self, x, y):
        return self._panel.colour(*self._place(x, y, *self.size))


def colour(text):
    """(red, green, blue) of "#rrggbb"."""
    return tuple(bytes.fromhex(text.lstrip("#")))
