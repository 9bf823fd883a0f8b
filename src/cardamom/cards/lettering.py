"""How wide words will be when they are drawn, and how to make them fit.

A drawing has to be right before anybody renders it, so widths are estimated from kinds of letters, on the generous
side: a name may end up a little smaller than it could be, never cut off. Widths are in ems of the bold weight.
"""

import unicodedata
from typing import Literal

import msgspec
import regex

Direction = Literal["ltr", "rtl"]

_NARROW = frozenset(
    "ijlIftr.,:;'|!()[] \u00a0\u2009-\u0627\u0644\u0623\u0625\u0622\u0631\u0632\u0648\u05d5\u05d9\u05df\u05d6"
)
_WIDE = frozenset("mwMWQO@%&\u0633\u0634\u0635\u0636\u0637\u0638\u062b\u0645\u05e9\u05de\u05d8")
_NARROW_WIDTH = 0.38
_WIDE_WIDTH = 0.95
_CAPITAL_WIDTH = 0.75
_LETTER_WIDTH = 0.64
_PICTURE_WIDTH = 1.35
_ELLIPSIS = "…"


class Line(msgspec.Struct, frozen=True):
    text: str
    direction: Direction


class Fitted(msgspec.Struct, frozen=True):
    """Lines of text and the size at which they fit, in the units of the drawing."""

    lines: tuple[Line, ...]
    size: float


def width(text: str, *, size: float) -> float:
    """About how wide a text is at a font size, in the size's units; rather too much than too little."""
    return size * sum(_width(character) for character in graphemes(text))


def fit(
    text: str, *, room: float, sizes: tuple[float, ...], direction: Direction, max_lines: int = 1
) -> Fitted:
    """The largest size at which a text stands on one line; else several lines of the smallest, the last one shortened.

    room: the width there is. sizes: from large to small. direction: for a text without letters of either.
    """
    text = " ".join(text.split())
    for size in sizes:
        if width(text, size=size) <= room:
            return Fitted((_line(text, direction),), size)
    size = sizes[-1]
    return Fitted(tuple(_line(line, direction) for line in _wrap(text, room / size, max_lines)), size)


def graphemes(text: str) -> list[str]:
    """The characters as people count them: a letter with its marks, an emoji with its parts."""
    found: list[str] = regex.findall(r"\X", text)
    return found


def text_direction(text: str, *, fallback: Direction) -> Direction:
    """The direction of the first letter that has one (Unicode Bidirectional Algorithm, rules P2 and P3)."""
    for character in text:
        match unicodedata.bidirectional(character):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return fallback


def _line(text: str, direction: Direction) -> Line:
    return Line(text, text_direction(text, fallback=direction))


def _wrap(text: str, ems: float, max_lines: int) -> list[str]:
    """Fill lines word by word; a word longer than a line, and everything after the last line, is cut."""
    lines: list[str] = []
    words = text.split(" ")
    while words and len(lines) < max_lines - 1:
        count = len(words)
        while count > 1 and width(" ".join(words[:count]), size=1) > ems:
            count -= 1
        lines.append(_shorten(" ".join(words[:count]), ems))
        words = words[count:]
    return [*lines, _shorten(" ".join(words), ems)] if words else lines


def _shorten(text: str, ems: float) -> str:
    if width(text, size=1) <= ems:
        return text
    characters = graphemes(text)
    while characters and width("".join(characters) + _ELLIPSIS, size=1) > ems:
        characters.pop()
    return "".join(characters).rstrip() + _ELLIPSIS


def _width(character: str) -> float:
    """One grapheme, by its first code point: what follows are marks and joiners."""
    first = character[0]
    if first in _NARROW:
        return _NARROW_WIDTH
    if first in _WIDE:
        return _WIDE_WIDTH
    if first.isupper() and first.isascii():
        return _CAPITAL_WIDTH
    if unicodedata.category(first) == "So" or unicodedata.east_asian_width(first) in "WF":
        return _PICTURE_WIDTH
    return _LETTER_WIDTH
