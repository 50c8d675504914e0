"""A pointer for KWin, by its own Wayland protocol (org_kde_kwin_fake_input, version 4)."""

import socket
import struct

# Our objects: numbered as they come. The callback of the first round trip comes before the pointer.
DISPLAY, REGISTRY, FIRST, INPUT = 1, 2, 3, 4
INTERFACE = "org_kde_kwin_fake_input"
BUTTON, MOVE = 2, 9  # its requests
LEFT = 0x110


class FakeInput:
    def __init__(self, display):
        """`display`: the path of the compositor's socket."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(display))
        self._received, self._next = b"", FIRST
        self._request(DISPLAY, 1, struct.pack("<I", REGISTRY))
        name = self._round_trip()[INTERFACE]
        self._request(REGISTRY, 0, struct.pack("<I", name) + self._text(INTERFACE) + struct.pack("<II", 4, INPUT))
        self._next = INPUT + 1
        self._request(INPUT, 0, self._text("tests") + self._text("tests"))
        self._round_trip()

    def close(self):
        self._socket.close()

    def click(self, x, y):
        self._request(INPUT, MOVE, struct.pack("<ii", int(x * 256), int(y * 256)))
        for pressed in (1, 0):
            self._request(INPUT, BUTTON, struct.pack("<II", LEFT, pressed))
            self._round_trip()

    @staticmethod
    def _text(text):
        data = text.encode() + b"\0"
        return struct.pack("<I", len(data)) + data + b"\0" * (-len(data) % 4)

    def _request(self, target, opcode, arguments):
        self._socket.sendall(struct.pack("<IHH", target, opcode, 8 + len(arguments)) + arguments)

    def _round_trip(self):
        """Returns when all requests have been seen to: the globals that were announced meanwhile, by name."""
        callback, found = self._next, {}
        self._next += 1
        self._request(DISPLAY, 0, struct.pack("<I", callback))
        while True:
            target, opcode, arguments = self._event()
            assert (target, opcode) != (DISPLAY, 0), f"the compositor complains: {arguments}"
            if target == REGISTRY and opcode == 0:
                name, length = struct.unpack_from("<II", arguments)
                found[arguments[8 : 8 + length - 1].decode()] = name
            if target == callback:
                return found

    def _event(self):
        while True:
            if len(self._received) >= 8:
                target, opcode, length = struct.unpack_from("<IHH", self._received)
                if len(self._received) >= length:
                    arguments, self._received = self._received[8:length], self._received[length:]
                    return target, opcode, arguments
            more = self._socket.recv(65536)
            assert more, "the compositor has gone"
            self._received += more
