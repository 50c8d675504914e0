"""A terminal's screen as an SVG, of what tmux's capture-pane -e gives."""

import re
from xml.sax.saxutils import escape

# The sixteen colours of a dark terminal; then paper and ink.
PALETTE = ("#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9",
           "#7f848e", "#ff7a85", "#b5e890", "#ffd787", "#82c7ff", "#e095ff", "#7fdbe6", "#ffffff")
PAPER, INK = "#1e222a", "#d8dee9"
COLUMN, ROW, MARGIN = 8.4, 18, 16  # pixels, of a 14 px font
# Placed one by one: of several spaces in a row some viewers draw one.
WORDS = re.compile(r"\S+(?: \S+)*")
SEQUENCE = re.compile(r"\x1b\[([0-9;]*)m|\x1b[()][0-9A-B]|[\x0e\x0f]")


class Style:
    """What the sequences so far have come to."""

    def __init__(self):
        self.bold = self.dim = self.inverse = False
        self.ink, self.paper = INK, None

    def apply(self, numbers):
        for number in (int(text or 0) for text in numbers.split(";")):
            if number == 0:
                self.__init__()
            elif number in (1, 2, 7):
                setattr(self, {1: "bold", 2: "dim", 7: "inverse"}[number], True)
            elif number == 22:
                self.bold = self.dim = False
            elif number == 27:
                self.inverse = False
            elif 30 <= number <= 37 or 90 <= number <= 97:
                self.ink = PALETTE[number - 30 if number < 90 else number - 82]
            elif 40 <= number <= 47 or 100 <= number <= 107:
                self.paper = PALETTE[number - 40 if number < 100 else number - 92]
            elif number == 39:
                self.ink = INK
            elif number == 49:
                self.paper = None
            else:
                raise ValueError(f"no such style here: {number}")

    def colours(self):
        """Ink, and paper or None."""
        return (self.paper or PAPER, self.ink) if self.inverse else (self.ink, self.paper)


def runs(line, style):
    """(column, text, style's ink, paper, bold, dim) of each piece of one style."""
    column, at = 0, 0
    for match in [*SEQUENCE.finditer(line), None]:
        text = line[at : match.start() if match else len(line)]
        if text:
            yield column, text, *style.colours(), style.bold, style.dim
            column += len(text)
        if match:
            at = match.end()
            if match[1] is not None:
                style.apply(match[1])


def drawn(row, run):
    column, text, ink, paper, bold, dim = run
    x, y, width = MARGIN + column * COLUMN, MARGIN + row * ROW, len(text) * COLUMN
    if paper:
        yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW}" fill="{paper}"/>'
    look = ' font-weight="bold"' * bold + ' opacity="0.65"' * dim + f' fill="{ink}"' * (ink != INK)
    for words in WORDS.finditer(text):
        x = MARGIN + (column + words.start()) * COLUMN
        yield (f'<text x="{x:.1f}" y="{y + 14}" textLength="{len(words[0]) * COLUMN:.1f}"{look}>'
               f"{escape(words[0])}</text>")


def svg_of(screen, columns, title):
    """Of such a screen, without the empty rows at its end."""
    style = Style()
    rows = [list(runs(line, style)) for line in screen.rstrip().split("\n")]
    width, height = 2 * MARGIN + columns * COLUMN, 2 * MARGIN + len(rows) * ROW
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
        f'height="{height}" role="img" font-size="14" fill="{INK}" '
        "font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\">",
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
        *(line for row, found in enumerate(rows) for run in found for line in drawn(row, run)),
        "</svg>\n"])
