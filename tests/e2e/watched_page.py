"""What a browser shows and plays of a host: read off its page, as a person would see and hear it."""

import json

import timecode

# A canvas where the page decodes the picture itself.
PICTURE = """
const video = document.getElementById("video");
const canvas = document.getElementById("canvas");
const picture = canvas.hidden ? video : canvas;
const [width, height] = canvas.hidden ? [video.videoWidth, video.videoHeight] : [canvas.width, canvas.height];
"""
# A pixel's red, green and blue.
READ = f"""{PICTURE}
const context = new OffscreenCanvas(width, height).getContext("2d");
context.drawImage(picture, 0, 0);
const pixel = (x, y) => Array.from(context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data.slice(0, 3));
"""
# Decibels at some frequencies, on the left and on the right.
LISTEN = PICTURE + """
const hear = () => {
  const context = new AudioContext({ sampleRate: 48000 });
  const sides = context.createChannelSplitter(2);
  context.createMediaStreamSource(video.srcObject).connect(sides);
  const ears = [0, 1].map((side) => new AnalyserNode(context, { fftSize: 8192 }));
  ears.forEach((ear, side) => sides.connect(ear, side));
  return ears;
};
// The global object may be this script's own (Marionette).
const ears = (window.ears ??= hear());
const levels = new Float32Array(ears[0].frequencyBinCount);
const heard = ears.map((ear) => {
  ear.getFloatFrequencyData(levels);
  return frequencies.map((hertz) => Math.max(-200, levels[Math.round(hertz * ear.fftSize / 48000)]));
});
return heard;
"""
# Milliseconds from the page's beginning to its first picture; null where that was there already.
FIRST = """
const { dataset } = document.documentElement;
if (dataset.frames > 0) return null;
while (!(dataset.frames > 0)) await new Promise((done) => setTimeout(done, 1));
return performance.now();
"""


def state_is(state):
    return f"document.documentElement.dataset.state === '{state}'"


class WatchedPage:
    """The page of a host's link, in a browser."""

    def __init__(self, browser):
        self.browser = browser

    def open(self, url):
        # Another ticket alone would not load the page anew.
        self.browser.open("about:blank")
        self.browser.open(url)

    def wait_state(self, state, words=""):
        """`words`: a part of what the page says then."""
        said = f"document.getElementById('words').textContent.includes('{words}')"
        self.browser.until(f"{state_is(state)} && {said}", f"a page that is {state}: {words}")

    def wait_status(self, words, is_said=True):
        """In the bar, below a picture that plays."""
        said = f"document.getElementById('status').textContent.includes('{words}')"
        told = said if is_said else f"!{said}"
        self.browser.until(f"{state_is('playing')} && {told}", f"a page that plays: {words}: {is_said}")

    def frames(self):
        return int(self.browser.js("return document.documentElement.dataset.frames"))

    def wait_pictures(self, count=15):
        """So many new ones are shown."""
        self.wait_state("playing")
        self.browser.until(f"document.documentElement.dataset.frames >= {self.frames() + count}")

    def first_picture_ms(self):
        """Since the page was opened just now; None if nobody looked in time."""
        return self.browser.js(FIRST)

    def lag_ms(self):
        """What the page says."""
        return int(self.browser.until("document.documentElement.dataset.lag"))

    def size(self):
        """Width and height of the picture."""
        return tuple(self.browser.js(f"{PICTURE} return [width, height]"))

    def colours(self, count, at):
        """Of `count` pixels in a row, at this part of the picture's height."""
        return self.browser.js(f"""{READ}
const place = (i) => [(i + 0.5) * width / {count}, height * {at}];
return Array.from({{ length: {count} }}, (_, i) => pixel(...place(i)));""")

    def time_code(self, cell):
        """Of the picture that is shown, or None where it cannot be read."""
        middles = [(at + 0.5) * cell for at in range(timecode.CELLS)]
        pixels = self.browser.js(f"{READ} return {middles}.map((x) => pixel(x, {cell}));")
        return timecode.code_of([green > 128 for _, green, _ in pixels])

    def levels(self, *frequencies):
        """dB at each, on the left and on the right."""
        return self.browser.js(f"const frequencies = {list(frequencies)}; {LISTEN}")

    def press(self, button):
        self.browser.js(f"document.getElementById('{button}').click()")

    def paste(self, text):
        """Into the page's form, which is sent off."""
        text = json.dumps(text)
        self.browser.js(f"document.getElementById('ticket').value = {text}; document.querySelector('form button').click()")
