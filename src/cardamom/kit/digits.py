"""Digits of every script to ASCII for storing, and from ASCII for showing."""

import re
import unicodedata
from typing import Literal, get_args

Numbering = Literal["latn", "arab", "arabext"]
NUMBERINGS: tuple[Numbering, ...] = get_args(Numbering)

DECIMAL_MARK = "\u066b"
THOUSANDS_MARK = "\u066c"

_DIGIT = re.compile(r"\d")  # every script's decimal digits: \d means category Nd
_MARKS = str.maketrans({DECIMAL_MARK: ".", THOUSANDS_MARK: ","})
_SCRIPTS: dict[str, dict[int, int]] = {
    "latn": {},
    "arab": {0x30 + digit: 0x660 + digit for digit in range(10)},
    "arabext": {0x30 + digit: 0x6F0 + digit for digit in range(10)},
}


def to_ascii(text: str) -> str:
    """Every decimal digit as 0-9, the Arabic decimal mark as "." and the Arabic thousands mark as ","."""
    if text.isascii():
        return text
    return _DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text).translate(_MARKS)


def to_script(text: str, numbering: Numbering) -> str:
    """The ASCII digits of a text in another script; everything else stays.

    Never for a code that somebody types: those are shown as they are.
    """
    return text.translate(_SCRIPTS[numbering])
