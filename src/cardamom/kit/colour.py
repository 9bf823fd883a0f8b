"""Colours that merchants choose, and the smallest change that makes them readable (WCAG 2.2, 1.4.3 and 1.4.11).

A colour is text: "#1f5b38". Text on a ground needs a contrast of 4.5, a shape of 3.
"""

import colorsys
import re
from collections.abc import Iterable

from cardamom.kit.catalogs import _
from cardamom.kit.errors import Malformed

TEXT_CONTRAST = 4.5
SHAPE_CONTRAST = 3.0

INK = "#16211b"
PAPER = "#fffdf8"

_HEX = re.compile(r"#?(?:([0-9a-f]{3})|([0-9a-f]{6}))", re.IGNORECASE)
_STEPS = 200

Rgb = tuple[float, float, float]


class ColourMalformed(Malformed):
    """What was typed is not a colour."""

    code = "colour_malformed"

    def sentence(self) -> str:
        return _("This is not a colour. Write it as six digits, for example #1f5b38.")


def parse_colour(text: str) -> str:
    """A colour as it is stored: "#" and six lower-case hexadecimal digits. Takes "#abc" too, with or without "#".

    Raises ColourMalformed.
    """
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise ColourMalformed
    digits = match[2] or "".join(digit * 2 for digit in match[1])
    return f"#{digits.lower()}"


def relative_luminance(colour: str) -> float:
    """From 0 (black) to 1 (white), as the eye weighs it. Source: WCAG 2.2, "relative luminance"."""
    red, green, blue = (_linear(channel) for channel in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white), whichever is on top."""
    lighter, darker = sorted((relative_luminance(one), relative_luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(background: str) -> str:
    """Our ink or our paper, whichever is easier to read there: always 4.5 or more.

    On a few middle tones neither is enough; there it is black or white, one of which always is.
    """
    best = max((INK, PAPER), key=lambda colour: contrast(colour, background))
    if contrast(best, background) >= TEXT_CONTRAST:
        return best
    return max(("#000000", "#ffffff"), key=lambda colour: contrast(colour, background))


def correct(colour: str, *, on: str, ratio: float = TEXT_CONTRAST) -> str:
    """The colour made lighter or darker, no more than it takes to reach a contrast on a ground. Its hue stays.

    Falls back to `readable_on` where the ratio cannot be reached (above 4.58 on a middle grey).
    """
    if contrast(colour, on) >= ratio:
        return colour
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    for candidate in _nearest_first(lightness):
        shifted = _hex(colorsys.hls_to_rgb(hue, candidate, saturation))
        if contrast(shifted, on) >= ratio:
            return shifted
    return readable_on(on)


def mix(colour: str, other: str, *, share: float) -> str:
    """A colour with some of another in it. share: how much of the first, 0 to 1."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    red, green, blue = (share * mine + (1 - share) * theirs for mine, theirs in pairs)
    return _hex((red, green, blue))


def _nearest_first(lightness: float) -> Iterable[float]:
    """Every step of lightness, the smallest change first."""
    return sorted((step / _STEPS for step in range(_STEPS + 1)), key=lambda value: abs(value - lightness))


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _rgb(colour: str) -> Rgb:
    digits = colour.removeprefix("#")
    red, green, blue = (int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4))
    return red, green, blue


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, channel))):02x}" for channel in rgb)
