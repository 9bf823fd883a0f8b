"""What a card holder's facts are called, for people."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from babel.dates import format_skeleton

from cardamom.customers.consents import Channel, Purpose, Source
from cardamom.kit.digits import to_script
from cardamom.kit.i18n import LazyText, current, lazy, say_date
from cardamom.kit.languages import parse_locale

CHANNEL_NAMES: Final[Mapping[Channel, LazyText]] = {
    "email": lazy("E-mail"),
    "sms": lazy("Text message"),
    "whatsapp": lazy("WhatsApp"),
    "telegram": lazy("Telegram"),
    "push": lazy("Notification"),
    "wallet": lazy("Wallet pass"),
}
PURPOSE_NAMES: Final[Mapping[Purpose, LazyText]] = {
    "marketing": lazy("Offers and news"),
    "profiling": lazy("Personal suggestions"),
}
SOURCE_NAMES: Final[Mapping[Source, LazyText]] = {
    "join_form": lazy("on the join page"),
    "customer_page": lazy("on their own page"),
    "staff": lazy("written down by staff"),
    "api": lazy("sent by another system"),
    "import": lazy("imported"),
    "messenger": lazy("in a messenger"),
}


def say_birthday(birthday: str) -> str:
    """A stored birthday in words. Without its year it is a Gregorian day whatever the calendar in force."""
    if not birthday.startswith("--"):
        return say_date(birthday)
    chosen = current()
    some_leap_year = date.fromisoformat(f"2000-{birthday.removeprefix('--')}")
    shown = format_skeleton("MMMMd", some_leap_year, locale=parse_locale(chosen.default_locale))
    return to_script(shown, chosen.numbering)
