"""What was held before the scanner: pure, no database."""

from __future__ import annotations

from contextlib import suppress

import msgspec

from cardamom.kit.codes import NUMBER_LENGTHS, Code, CodeMalformed, RotatingCode, parse_code, parse_rotating
from cardamom.kit.digits import to_ascii


class Number(msgspec.Struct, frozen=True):
    """A card's short number, typed by staff."""

    digits: str


Scanned = Code | RotatingCode | Number


def read_code(text: str) -> Scanned:
    """A code of any kind, or a short number. Raises CodeMalformed for what is neither.

    Scanners and people send spaces, hyphens, direction marks and the digits of their script; all of it is read.
    """
    for read in (parse_code, parse_rotating):
        with suppress(CodeMalformed):
            return read(text)
    digits = to_ascii("".join(character for character in text[:40] if character.isdigit()))
    is_bare = all(character.isdigit() or character in " -\u00a0" for character in text.strip())
    if is_bare and len(digits) in NUMBER_LENGTHS:
        return Number(digits)
    raise CodeMalformed
