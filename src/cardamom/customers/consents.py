"""What a person may consent to, and the checked form of giving and withdrawing it. Pure."""

from typing import Final, Literal, get_args

import msgspec

from cardamom.customers.errors import ConsentUnworded
from cardamom.kit.languages import SUPPORTED
from cardamom.kit.text import clean
from cardamom.merchants.errors import LanguageUnsupported

#: How a message would reach the person. Each is asked for on its own.
Channel = Literal["email", "sms", "whatsapp", "telegram", "push", "wallet"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)

#: Service messages (the link to a card, the end of a voucher one holds) need no consent and are no purpose.
Purpose = Literal["marketing", "profiling"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)

#: Where it was said. An import without proof is no consent and is not recorded as one.
Source = Literal["join_form", "customer_page", "staff", "api", "import", "messenger"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)

WORDING_LIMIT: Final = 2_000


class ConsentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A consent given or withdrawn. wording: the words the person saw, in `language`; a withdrawal may have none."""

    channel: Channel
    purpose: Purpose
    granted: bool
    language: str
    wording: str = ""


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent that may be recorded."""

    channel: Channel
    purpose: Purpose
    granted: bool
    language: str
    wording: str


def check_consent(given: ConsentIn) -> Consent:
    """Raises ConsentUnworded for a consent to nothing, TextTooLong, LanguageUnsupported."""
    wording = clean(given.wording, limit=WORDING_LIMIT)
    if given.granted and not wording:
        raise ConsentUnworded(field="wording")
    if given.language not in SUPPORTED:
        raise LanguageUnsupported(field="language")
    return Consent(
        channel=given.channel,
        purpose=given.purpose,
        granted=given.granted,
        language=given.language,
        wording=wording,
    )
