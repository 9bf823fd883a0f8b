"""How a business speaks to somebody: in the reader's language, with the digits and the calendar of the business.

What a business prefers holds for its own language. A reader of another one gets that language's usual digits: nobody
wants Persian digits in an English sentence.
"""

from collections.abc import Mapping

from cardamom.kit.i18n import current_language, set_language
from cardamom.kit.languages import SUPPORTED, language, negotiate
from cardamom.kit.localised import pick
from cardamom.merchants.rules import locale_of
from cardamom.merchants.schemas import Merchant


def reader_language(
    merchant: Merchant, *, chosen: str | None, known: str | None = None, accepted: str | None = None
) -> str:
    """The language for somebody who looks at a page of this business.

    chosen: by the reader's own hand, and so also one that the business does not write. known: from the reader's card.
    accepted: the header Accept-Language; without one that fits it is the language of the business.
    """
    if chosen is not None and chosen in SUPPORTED:
        return chosen
    offered = [code for code in merchant.languages if code in SUPPORTED] or [SUPPORTED[0]]
    if known in offered:
        return str(known)
    return negotiate(accepted, offered=offered)


def speak(merchant: Merchant, code: str) -> None:
    """Speak a language for the rest of this context (task), as this business writes it.

    code: a language that we speak.
    """
    if code != merchant.language:
        set_language(code)
        return
    preferences = merchant.preferences
    set_language(
        locale_of(code, merchant.region), numbering=preferences.numbering, calendar=preferences.calendar
    )


def text_for_reader(merchant: Merchant, text: Mapping[str, str]) -> str:
    """A text of the business in the language in force, else in its own, else in any; "" when there is none."""
    return pick(text, current_language(), fallback=merchant.language)


def languages_offered(merchant: Merchant) -> list[tuple[str, str]]:
    """(code, own name) of what a page of this business can be read in."""
    return [(code, language(code).name) for code in merchant.languages if code in SUPPORTED]
