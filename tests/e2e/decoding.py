"""A stream decoded as it comes, by ffmpeg: its newest picture, and how loud tones are in its sound."""

import array
import cmath
import math
import threading
import time

from pictures import Picture
from processes import DEADLINE, Process, Timeout
from support import needs

# Of a still screen come 11 KB a second: ffmpeg with its usual appetite would look at it for 20 s before it begins.
AT_ONCE = ["-f", "mpegts", "-probesize", "2048", "-analyzeduration", "1", "-fpsprobesize", "0"]
# A sound track is known by a few of its frames.
SOON = ["-f", "mpegts", "-probesize", "65536", "-analyzeduration", "500000", "-fpsprobesize", "0"]
RATE = 48000
WINDOW = 0.2  # seconds of sound that a level is of: tones at multiples of 5 Hz do not leak into each other
BESIDE = 9 * RATE / 1024  # Hz: so many of PipeWire's usual cycles
NEITHER = (-50, -25)  # dBFS: not silent, even beside an edge, and not loud


class Chunks(Process):
    """ffmpeg's raw output in pieces of one size; the newest piece, and what `look` made of each."""

    def __init__(self, command, stderr, size, look, **popen):
        super().__init__(command, stderr, **popen)
        self.seen = []
        self._size, self._look = size, look
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while len(data := self.stdout.read(self._size)) == self._size:
            looked = self._look(data)
            with self._changed:
                self.seen.append(looked)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def mark(self):
        """For `after`: only what comes from now on."""
        return len(self.seen)

    def wait(self, wanted, what, after=0, deadline=DEADLINE):
        """The first of what was seen, from number `after` on, of which wanted(it) is true."""
        ends, at = time.monotonic() + deadline, after
        with self._changed:
            while True:
                for one in self.seen[at:]:
                    at += 1
                    if wanted(one):
                        return one
                if self._ended:
                    raise AssertionError(f"the stream ended before {what}: {self.story()}")
                if not self._changed.wait(max(0.0, ends - time.monotonic())) and time.monotonic() >= ends:
                    last = self.seen[-1] if self.seen else None
                    raise Timeout(f"not within {deadline:g} s: {what}; {at} seen, the last: {last}\n{self.story()}")

    def wait_run(self, wanted, count, what, after=None):
        """`count` in a row of which wanted(it) is true."""
        run = []

        def long_enough(one):
            run[:] = [*run, one] if wanted(one) else []
            return len(run) >= count

        self.wait(long_enough, what, self.mark() if after is None else after)
        return run

    def clean_up(self):
        self.signal(9)
        self._reader.join(DEADLINE)
        super().clean_up()


def picture_command(url, size, only=()):
    """ffmpeg's, for pictures of `size`; `only`: of a part of them, as ffmpeg's crop has it."""
    width, height = size
    filters = [f"crop={':'.join(str(one) for one in only)}"] if only else []
    filters += [f"scale={width}:{height}:flags=accurate_rnd+full_chroma_int+full_chroma_inp"]
    # One thread: several would each keep a picture back.
    return ["ffmpeg", "-nostdin", "-v", "error", *AT_ONCE, "-threads", "1", "-i", url, "-map", "0:v",
            "-fps_mode", "passthrough", "-vf", ",".join(filters), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]


def watch(test, url, size, look=None):
    """Pictures, scaled to `size`; kept is what `look` makes of each, otherwise the colour in the middle."""
    needs("ffmpeg")
    width, height = size
    look = look or (lambda picture: picture.colour(width // 2, height // 2))
    return test.start(
        lambda words, stderr, **popen: Chunks(
            words, stderr, 3 * width * height, lambda data: look(Picture(width, height, data)), **popen),
        picture_command(url, size))


def listen(test, url, *frequencies):
    """Sound; kept are the levels of tones of these frequencies, one after the other, by frequency; of those that are
    neither loud nor silent also what is beside them, by beside(frequency)."""
    needs("ffmpeg")
    command = ["ffmpeg", "-nostdin", "-v", "error", *SOON, "-i", url, "-map", "0:a", "-ac", "1", "-ar", RATE]
    command += ["-f", "f32le", "-"]
    size = round(WINDOW * RATE) * 4
    return test.start(
        lambda words, stderr, **popen: Chunks(
            words, stderr, size, lambda data: levels(array.array("f", data), frequencies), **popen),
        command)


def beside(frequency):
    """The key of the level beside that, from which a tone stands out, were it only for milliseconds. Where another one is
    broken once in each of PipeWire's cycles, what that adds is at such distances as loud, and louder towards it. (So a
    player's stream is for a second, now and then, when another one begins; a recorder of the speakers hears it, too.)"""
    return f"beside {frequency}"


def levels(samples, frequencies):
    """dBFS of a tone of each frequency, by Goertzel's algorithm under a Hann window; silence is -120."""
    count = len(samples)
    hann = [0.5 - 0.5 * math.cos(2 * math.pi * at / count) for at in range(count)]
    shaped = [sample * weight for sample, weight in zip(samples, hann)]
    found = {frequency: _level(shaped, frequency, sum(hann)) for frequency in frequencies}
    for frequency in frequencies:
        if NEITHER[0] < found[frequency] < NEITHER[1]:
            found[beside(frequency)] = max(_level(shaped, frequency + step, sum(hann)) for step in (-BESIDE, BESIDE))
    return found


def _level(samples, frequency, weight):
    turn = 2 * math.pi * frequency / RATE
    factor, last, before = 2 * math.cos(turn), 0.0, 0.0
    for sample in samples:
        last, before = sample + factor * last - before, last
    amplitude = abs(last - before * cmath.exp(-1j * turn)) * 2 / weight
    return 20 * math.log10(max(amplitude, 1e-6))
