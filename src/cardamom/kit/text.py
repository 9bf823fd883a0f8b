"""Text that people typed: cleaned for storing, folded for finding, keyed for sorting, isolated for showing."""

import re
import unicodedata

import regex

from cardamom.kit.catalogs import ngettext, say_number
from cardamom.kit.digits import to_ascii
from cardamom.kit.errors import Malformed

_ZWNJ = "\u200c"
_ZWJ = "\u200d"
_BIDI_CONTROLS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"

_DROPPED_BY_FOLD = re.compile(f"[\u0640{_ZWNJ}{_BIDI_CONTROLS}]")
_FOLDED_LETTERS = str.maketrans(
    "\u064a\u0649\u0643\u0629\u06c0\u0623\u0625\u0622\u0671\u0624\u0626", "ییکههااااوی"
)

# Cc without white space, lone surrogates (no UTF-8), bidi controls, soft hyphen, zero-width space, deprecated formats,
# byte order mark, interlinear annotations, noncharacters. Not the joiners, and not the tags that make flags.
_REMOVED_BY_CLEAN = re.compile(
    f"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"
    f"\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff{_BIDI_CONTROLS}]"
)

# The order of CLDR's root collation for the Arabic script. Their code points are not in it: پ, چ, ژ, ک, گ and ی come
# after every Arabic letter there.
_ARABIC_ALPHABET = "ءاٲٳبپتثٹجچحخدذڈرزڑڕژسشصضطظعغفڤقکگلڵمنںهەھۆوۋیێے"
_SORTED_LETTERS = {ord(letter): 0x600 + rank for rank, letter in enumerate(_ARABIC_ALPHABET)}


class TextTooLong(Malformed):
    """Free text has more characters than its field takes. Facts: limit."""

    code = "text_too_long"

    def sentence(self) -> str:
        limit = self.facts["limit"]
        sentence = ngettext(
            "This text is longer than %(limit)s character.",
            "This text is longer than %(limit)s characters.",
            limit,
        )
        return sentence % {"limit": say_number(limit)}


def fold(text: str) -> str:
    """The form in which a text is searched for. Fold both sides; never show it.

    Letters that are typed for one another become one, marks above and below go, digits are ASCII.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = _DROPPED_BY_FOLD.sub("", folded).translate(_FOLDED_LETTERS)
    # Apart from what composed letters the map knows, a mark may be part of one: é, ё, ۂ.
    apart = unicodedata.normalize("NFKD", folded)
    bare = "".join(letter for letter in apart if unicodedata.category(letter) not in ("Mn", "Me"))
    return to_ascii(unicodedata.normalize("NFKC", bare).translate(_FOLDED_LETTERS))


def sort_key(name: str) -> str:
    """A name's place in an alphabetical list, for a database that compares code points.

    Latin before Hebrew before Arabic and Persian, each in the order of its alphabet; ه before و, as Arabic has it.
    """
    return " ".join(fold(name).translate(_SORTED_LETTERS).split())


def clean(text: str, *, limit: int) -> str:
    """What somebody typed, as it is stored: NFC, on one line, without anything invisible but the joiners.

    Persian needs the zero-width non-joiner, emoji the joiner. Raises TextTooLong for more than `limit` characters.
    """
    visible = unicodedata.normalize("NFC", _REMOVED_BY_CLEAN.sub("", text))
    line = " ".join(visible.split())
    if not line.strip(f" {_ZWNJ}{_ZWJ}"):
        return ""
    if len(line) > limit:
        raise TextTooLong(limit=limit)
    return line


def isolate(text: str) -> str:
    """A name, code or price for use inside plain text of either direction (U+2068 … U+2069)."""
    return f"\u2068{text}\u2069"


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters as people count them, the last an ellipsis where something was cut off.

    Never splits an emoji or a letter from its marks.
    """
    characters = regex.findall(r"\X", text)
    if len(characters) <= limit:
        return text
    return "".join(characters[: limit - 1]).rstrip() + "…"
