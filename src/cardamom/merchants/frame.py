"""What pages show besides their own content: the business, who is signed in, and the way to other languages."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from cardamom.kit.actor import Actor
from cardamom.kit.i18n import current_language
from cardamom.kit.localised import pick
from cardamom.merchants.places import language_choices
from cardamom.merchants.schemas import Merchant


def dashboard_frame(actor: Actor, merchant: Merchant) -> dict[str, Any]:
    """The values that console.html and times on a page need."""
    return {
        "merchant_name": pick(merchant.name, current_language(), fallback=merchant.language),
        "person_name": actor.name,
        "time_zone": merchant.time_zone,
    }


def language_links(query: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """The rows of the language switch: the same page in every language. query: of the address of this page."""
    others = [(name, value) for name, value in query if name != "lang"]
    return [
        (code, name, "?" + urlencode([("lang", code), *others])) for code, name in language_choices().items()
    ]
