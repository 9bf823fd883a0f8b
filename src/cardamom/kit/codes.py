"""Everything that can be scanned: digits only, a kind digit, random digits, a check digit (DESIGN, section 6).

The check digit is Damm's. It finds every single wrong digit and every two neighbours that changed places; Luhn's, the
usual one, does not see 09 typed as 90. It is written out here because it is a table and a loop, and because the till's
JavaScript has the same table.

The number of digits is always even. Code 128 packs them in pairs; and a code that lost or doubled a digit is never
another code, which Damm's scheme alone would allow where the check digit is 0.

A code is a bearer instrument: never log it, log `mask(code)`.
"""

import re
import secrets
from enum import IntEnum
from random import Random

import msgspec

from cardamom.kit import digits as scripts
from cardamom.kit.catalogs import _
from cardamom.kit.errors import Malformed

#: Fewer could be mistaken for a short number, which has at most nine digits.
MIN_RANDOM_DIGITS = 8
MAX_RANDOM_DIGITS = 30
NUMBER_LENGTHS = range(6, 10)

_GROUPS = re.compile(r"[\s\-\u2010-\u2015\u2212\ufeff\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")
_CODE = re.compile(rf"[1-6][0-9](?:[0-9]{{2}}){{{MIN_RANDOM_DIGITS // 2},{MAX_RANDOM_DIGITS // 2}}}")
_MAX_TYPED_LENGTH = 200

#: Of a rotating code: the random digits of the card, then what changes. Together with the kind they are an odd number,
#: so that nothing with a check digit is ever one. A phone computes the last ones and could make no check digit.
ONE_TIME_DIGITS = 8
_CARD_RANDOM_DIGITS = 16
_ROTATING = re.compile(rf"4([0-9]{{{_CARD_RANDOM_DIGITS}}})([0-9]{{{ONE_TIME_DIGITS}}})")

# A totally anti-symmetric quasigroup of order 10 with a zero diagonal. Source: H. M. Damm, "Total anti-symmetrische
# Quasigruppen", thesis, Marburg 2004, page 111.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


class CodeKind(IntEnum):
    """What a code stands for: its first digit."""

    CARD = 1
    VOUCHER = 2
    #: Paper with a single use: a receipt, an insert.
    SLIP = 3
    #: Shown on a customer's screen and replaced every half minute; see `RotatingCode`.
    ROTATING = 4
    #: Joins a device or a member of staff to a business.
    PAIRING = 5
    #: Belongs to whoever holds it.
    GIFT = 6


class CodeMalformed(Malformed):
    """What was scanned or typed is not a code, or a digit of it is wrong."""

    code = "code_malformed"

    def sentence(self) -> str:
        return _("This is not a complete code. Check the digits.")


class Code(msgspec.Struct, frozen=True):
    """A code whose check digit is right. It says nothing yet about whether it was ever given out."""

    kind: CodeKind
    #: All of them, ASCII, with kind and check digit.
    digits: str

    def __repr__(self) -> str:
        return mask(self)

    __str__ = __repr__


class RotatingCode(msgspec.Struct, frozen=True):
    """A code of a screen that changes. Whether its time is right, and whether the card exists, it does not say."""

    #: The card's own code, all digits.
    card: str
    one_time: str

    def __repr__(self) -> str:
        return f"{CodeKind.ROTATING.name.lower()}:…{self.card[-2:]}"

    __str__ = __repr__


def new_code(kind: CodeKind, *, random_digits: int = 16) -> str:
    """An unguessable code; 16 random digits (18 in all) are a card's."""
    if not MIN_RANDOM_DIGITS <= random_digits <= MAX_RANDOM_DIGITS or random_digits % 2:
        raise ValueError(
            f"random_digits must be an even number from {MIN_RANDOM_DIGITS} to {MAX_RANDOM_DIGITS}"
        )
    body = f"{kind.value}{secrets.randbelow(10**random_digits):0{random_digits}d}"
    return f"{body}{check_digit(body)}"


def check_digit(digits: str) -> int:
    """The digit that completes these ASCII digits; 0 for a number that is already complete."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def parse_code(text: str) -> Code:
    """Read a code as a scanner or a person enters it: any script's digits, spaces, hyphens, invisible marks.

    Raises CodeMalformed for anything else, also for a wrong check digit.
    """
    digits = _entered(text)
    if _CODE.fullmatch(digits) is None or check_digit(digits) != 0:
        raise CodeMalformed
    return Code(CodeKind(int(digits[0])), digits)


def parse_rotating(text: str) -> RotatingCode:
    """Read a rotating code, entered as for `parse_code`. Raises CodeMalformed."""
    found = _ROTATING.fullmatch(_entered(text))
    if found is None:
        raise CodeMalformed
    body = f"{CodeKind.CARD.value}{found[1]}"
    return RotatingCode(f"{body}{check_digit(body)}", found[2])


def rotating_text(code: str, one_time: str) -> str:
    """What the screen of a card with this code shows. Raises ValueError for a code that is no card's."""
    if len(code) != _CARD_RANDOM_DIGITS + 2 or code[0] != str(CodeKind.CARD.value):
        raise ValueError("only a card of 18 digits has a rotating code")
    return f"{CodeKind.ROTATING.value}{code[1:-1]}{one_time}"


def card_code_in(text: str) -> str | None:
    """The code of the card that was scanned, fixed or rotating, all digits; None for anything else.

    For looking a card up: it does not ask whether a rotating code is still good.
    """
    try:
        code = parse_code(text)
    except CodeMalformed:
        try:
            return parse_rotating(text).card
        except CodeMalformed:
            return None
    return code.digits if code.kind is CodeKind.CARD else None


def _entered(text: str) -> str:
    """Without what groups digits, in ASCII. Raises CodeMalformed for a text that is too long to be a code."""
    if len(text) > _MAX_TYPED_LENGTH:
        raise CodeMalformed
    return scripts.to_ascii(_GROUPS.sub("", text))


def grouped(digits: str) -> str:
    """Digits in groups for reading and reading aloud: threes where that comes out even, else fours.

    The groups are joined by no-break spaces. Between digits those do not end a left-to-right run, so the groups keep
    their order inside Arabic, Persian and Hebrew text, where ordinary spaces would reverse them.
    """
    size = 3 if len(digits) % 3 == 0 else 4
    return "\u00a0".join(digits[start : start + size] for start in range(0, len(digits), size))


def new_number(random: Random, *, length: int) -> str:
    """A short number by which staff find a card; unique only once the database says so.

    random: `secrets.SystemRandom()`, or a seeded one where a history is told again. The first digit is never 0, which
    spreadsheets would drop.
    """
    if length not in NUMBER_LENGTHS:
        raise ValueError("a short number has 6 to 9 digits")
    smallest = 10 ** (length - 1)
    return str(random.randrange(smallest, 10 * smallest))


def mask(code: Code) -> str:
    """What a log may say about a code: its kind and its last two digits."""
    return f"{code.kind.name.lower()}:…{code.digits[-2:]}"
