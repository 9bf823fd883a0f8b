"""How much of an owner's texts a phone shows in its wallet: a warning while they are written, never a refusal.

Pure. Characters are counted as people see them. Google's numbers are the recommended lengths of the Google Wallet REST
reference (LoyaltyClass, OfferClass, TextModuleData); what is longer is shortened by us at the same place, because every
phone would cut it at another one. Apple gives no numbers: these are what a store card has room for on a phone of 375
points at the usual size of text, beside the logo and in a row of its own. The back of an Apple pass has room for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec
import regex

from cardamom.kit.localised import Localised
from cardamom.kit.text import shorten

Wallet = Literal["apple", "google"]
#: What an owner writes: the name of the business, the name of the card and the line on it, the title of its reward, the
#: texts behind it.
Written = Literal["shop", "name", "headline", "reward", "how_to", "terms"]
#: Where it stands.
Spot = Literal["card", "voucher", "details"]


class Limit(msgspec.Struct, frozen=True):
    """Room for so many characters."""

    wallet: Wallet
    spot: Spot
    characters: int


LIMITS: Final[Mapping[Written, Sequence[Limit]]] = {
    # LoyaltyClass.issuerName; logoText. A voucher repeats the name in twelve characters (OfferClass.provider), next to
    # the issuer's twenty: most names would be reported for it, and nobody renames a shop for that.
    "shop": (Limit("google", "card", 20), Limit("apple", "card", 22)),
    # LoyaltyClass.programName.
    "name": (Limit("google", "card", 20),),
    # The title of a poster, which phones know since iOS 27.
    "headline": (Limit("apple", "card", 40),),
    # OfferClass.title; a secondary field.
    "reward": (Limit("google", "voucher", 60), Limit("apple", "card", 34)),
    # TextModuleData.body.
    "how_to": (Limit("google", "details", 500),),
    "terms": (Limit("google", "details", 500),),
}

#: Of a long text its end is shown, not the whole.
_END_SHOWN: Final = 60


class CutText(msgspec.Struct, frozen=True, kw_only=True):
    """A text that is longer than its room. shown: what is left of it; of a long one, how it ends."""

    written: Written
    language: str
    limit: Limit
    length: int
    shown: str


def cut_texts(texts: Mapping[Written, Localised], *, languages: Sequence[str]) -> list[CutText]:
    """What will not be shown in full, in the order of the limits. languages: those that the business writes."""
    return [
        cut
        for written in LIMITS
        for language in languages
        for cut in _cuts(written, language, " ".join(texts.get(written, {}).get(language, "").split()))
    ]


def _cuts(written: Written, language: str, text: str) -> Iterator[CutText]:
    length = len(regex.findall(r"\X", text))
    for limit in LIMITS[written]:
        if length > limit.characters:
            yield CutText(
                written=written,
                language=language,
                limit=limit,
                length=length,
                shown=_shown(text, limit.characters),
            )


def _shown(text: str, limit: int) -> str:
    kept = regex.findall(r"\X", shorten(text, limit))
    return "".join(kept) if len(kept) <= _END_SHOWN else "…" + "".join(kept[-_END_SHOWN:]).lstrip()
