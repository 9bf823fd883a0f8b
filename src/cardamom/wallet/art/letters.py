"""Words and digits in pictures: the fonts of our pages, shaped by raqm so that Arabic joins and Hebrew runs right.

A font holds the letters of one script. A text is cut where the script changes, and the pieces are laid out from the
side where the text begins; that is the bidirectional algorithm for texts without nested quotations (UAX 9, rules L2).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Final

import msgspec
from PIL import Image, ImageDraw, ImageFont

from cardamom.cards.lettering import graphemes
from cardamom.kit.languages import Direction

#: Found as data of the distribution: this package does not know the one that serves them.
_FOLDER: Final = files("cardamom").joinpath("web", "static", "vendor", "fonts")


class Font(msgspec.Struct, frozen=True):
    """A font file with the blocks of Unicode that it holds. share: how much larger it is drawn to look alike."""

    file: str
    share: float
    blocks: tuple[range, ...]


_ARABIC: Final = Font(
    "vazirmatn-arabic.woff2",
    1.06,
    (
        range(0x600, 0x700),
        range(0x750, 0x780),
        range(0x870, 0x900),
        range(0xFB50, 0xFE00),
        range(0xFE70, 0xFEFD),
    ),
)
_HEBREW: Final = Font(
    "heebo-hebrew.woff2", 1.02, (range(0x590, 0x600), range(0x20AA, 0x20AB), range(0xFB1D, 0xFB50))
)
_LATIN: Final = Font(
    "inter-latin.woff2", 1.0, (range(0x20, 0x100), range(0x2010, 0x2028), range(0x20AC, 0x20AD))
)
_LATIN_EXTENDED: Final = Font(
    "inter-latin-ext.woff2", 1.0, (range(0x100, 0x2BB), range(0x1E00, 0x1F00), range(0x20A0, 0x20C1))
)
_ALL: Final = (_ARABIC, _HEBREW, _LATIN, _LATIN_EXTENDED)

#: What a long text may lose of its size before it is cut.
_SMALLEST_SHARE: Final = 2 / 3
_ELLIPSIS: Final = "…"
#: Arabic digits are as high as small letters are.
_DIGITS_SHARE: Final = 1.12
#: Hebrew abbreviations are typed with quotes; the letters' own marks are in the font (Unicode chapter 9.1).
_GERSHAYIM: Final = re.compile("(?<=[\u05d0-\u05ea])(['\"])(?=[\u05d0-\u05ea])")

# Words of one script with their marks and joiners; numbers; spaces; and every other character by itself.
_PIECE: Final = re.compile(
    r"[\u0590-\u05ff\ufb1d-\ufb4f]+"
    r"|[\u0600-\u065f\u066a-\u06ef\u06fa-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc\u200c\u200d]+"
    r"|[\u0660-\u0669\u06f0-\u06f9]+"
    r"|[A-Za-z0-9\u00c0-\u00ff](?:[A-Za-z0-9\u00c0-\u00ff.,:'\u2019&+/@%-]*[A-Za-z0-9\u00c0-\u00ff%+])?"
    r"|[\u0100-\u02ba\u1e00-\u1eff]+|\s+|."
)


class Run(msgspec.Struct, frozen=True):
    """A piece of a text in one font. direction: of its letters."""

    text: str
    font: Font
    direction: Direction


def draw_text(
    text: str, *, size: float, weight: int, direction: Direction, room: float | None = None
) -> Image.Image:
    """A text on one line as an alpha mask, cut close at the sides and as tall as its font.

    size: of the letters in pixels. room: a width in pixels; a longer text is drawn smaller, down to two thirds, and
    then ends in an ellipsis. direction: where the text begins.
    """
    if room is not None:
        text, size = _fitted(text, size=size, weight=weight, room=room)
    pieces = [(run, _face(run.font, size, weight)) for run in _runs(text, direction=direction)]
    if direction == "rtl":
        pieces.reverse()
    width = sum(font.getlength(run.text, direction=run.direction) for run, font in pieces)
    mask = Image.new("L", (max(1, round(width) + 2), round(size * 1.5)), 0)
    pen, x = ImageDraw.Draw(mask), 1.0
    for run, font in pieces:
        pen.text((x, size * 1.08), run.text, font=font, fill=255, anchor="ls", direction=run.direction)
        x += font.getlength(run.text, direction=run.direction)
    return mask


def draw_digits(text: str, *, size: float) -> Image.Image:
    """A number as an alpha mask, cut close on all sides so that it can be put in the middle of something."""
    font = _face(_LATIN, size, 500) if text.isascii() else _face(_ARABIC, size * _DIGITS_SHARE, 500)
    left, top, right, bottom = font.getbbox(text, direction="ltr")
    mask = Image.new("L", (max(1, round(right - left)), max(1, round(bottom - top))), 0)
    ImageDraw.Draw(mask).text((-left, -top), text, font=font, fill=255, direction="ltr")
    return mask


def width_of(text: str, *, size: float, weight: int) -> float:
    """How wide a text is in pixels."""
    return sum(
        _face(run.font, size, weight).getlength(run.text, direction=run.direction)
        for run in _runs(text, direction="ltr")
    )


def lines_of(text: str, *, size: float, weight: int, room: float, most: int) -> list[str]:
    """A text in lines that fit; what does not fit into the last one is for `draw_text` to shorten."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and (width_of(longer, size=size, weight=weight) <= room or len(lines) == most):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _fitted(text: str, *, size: float, weight: int, room: float) -> tuple[str, float]:
    width = width_of(text, size=size, weight=weight)
    if width <= room:
        return text, size
    smaller = max(size * room / width, size * _SMALLEST_SHARE)
    if width * smaller <= room * size:
        return text, smaller
    letters = graphemes(text)
    while letters and width_of("".join(letters) + _ELLIPSIS, size=smaller, weight=weight) > room:
        letters.pop()
    return "".join(letters).rstrip() + _ELLIPSIS, smaller


def _runs(text: str, *, direction: Direction) -> list[Run]:
    """A text cut where font or direction change, in reading order.

    Spaces between two words of a kind belong to them; those between two kinds stand alone.
    """
    runs: list[Run] = []
    text = _GERSHAYIM.sub(lambda mark: "\u05f4" if mark[1] == '"' else "\u05f3", text)
    for piece in _PIECE.findall(text):
        font = _font_of(piece[0])
        if font is None:
            continue
        runs.append(Run(piece, font, _direction_of(piece, fallback=direction)))
        if len(runs) > 2 and runs[-2].text.isspace() and _are_alike(runs[-3], runs[-1]):
            words = "".join(run.text for run in runs[-3:])
            runs[-3:] = [Run(words, runs[-1].font, runs[-1].direction)]
    return runs


def _are_alike(one: Run, other: Run) -> bool:
    return one.font == other.font and one.direction == other.direction


def _font_of(character: str) -> Font | None:
    """None for a character that no font of ours has, such as an emoji: it is left out."""
    point = ord(character)
    return next((font for font in _ALL if any(point in block for block in font.blocks)), None)


def _direction_of(piece: str, *, fallback: Direction) -> Direction:
    """Of the first letter or digit; brackets and dots have that of the text, and are mirrored with it."""
    for character in piece:
        match unicodedata.bidirectional(character):
            case "R" | "AL":
                return "rtl"
            case "L" | "EN" | "AN":
                return "ltr"
    return fallback


def _face(font: Font, size: float, weight: int) -> ImageFont.FreeTypeFont:
    return _opened(font.file, round(size * font.share, 1), weight)


@lru_cache(maxsize=256)
def _opened(file: str, size: float, weight: int) -> ImageFont.FreeTypeFont:
    face = ImageFont.truetype(BytesIO(_bytes(file)), size, layout_engine=ImageFont.Layout.RAQM)
    face.set_variation_by_axes([weight])
    return face


@lru_cache(maxsize=8)
def _bytes(file: str) -> bytes:
    return _FOLDER.joinpath(file).read_bytes()
