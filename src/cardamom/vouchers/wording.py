"""What vouchers and their lives are in words, in the language in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from cardamom.kit.clock import local_day
from cardamom.kit.i18n import LazyText, _, lazy, say_date
from cardamom.kit.text import isolate
from cardamom.vouchers.rules import Status, Voucher

STATUS_WORDS: Final[Mapping[Status, LazyText]] = MappingProxyType(
    {
        Status.ISSUED: lazy("Waiting"),
        Status.ACTIVE: lazy("Ready"),
        Status.REDEEMED: lazy("Used"),
        Status.EXPIRED: lazy("Expired"),
        Status.CANCELLED: lazy("Cancelled"),
    }
)
#: The kind of pill; saffron is for what waits for somebody, green for what is done.
STATUS_PILLS: Final[Mapping[Status, str]] = MappingProxyType(
    {
        Status.ISSUED: "info",
        Status.ACTIVE: "ready",
        Status.REDEEMED: "done",
        Status.EXPIRED: "idle",
        Status.CANCELLED: "idle",
    }
)
REDEMPTION_WORDS: Final[Mapping[str, LazyText]] = MappingProxyType(
    {
        "self": lazy("The customer taps to use it"),
        "staff": lazy("Staff scan it"),
        "code": lazy("Shows a code for the till"),
    }
)
VIA_WORDS: Final[Mapping[str, LazyText]] = MappingProxyType(
    {
        "self": lazy("On the customer's phone"),
        "staff": lazy("At the counter"),
        "code": lazy("By showing its code"),
        "api": lazy("Through another system"),
    }
)


def end_words(voucher: Voucher) -> str:
    """Until when it is or was valid."""
    if voucher.expires_at is None:
        return _("No end date")
    return _("Until %(day)s") % {"day": isolate(_last_day(voucher.expires_at, voucher.time_zone))}


def _last_day(expires_at: datetime, time_zone: str) -> str:
    """The last valid day: the end is the first instant that is no longer valid."""
    return say_date(local_day(expires_at - timedelta(microseconds=1), time_zone=time_zone).isoformat())


def movement_words(unit: str, delta: int) -> str:
    """What an entry of a voucher's account was."""
    match unit:
        case "use" if delta > 0:
            return _("Issued")
        case "use":
            return _("Used")
        case "undone":
            return _("Redemption taken back")
        case "expired":
            return _("Expired")
        case _:
            return _("Cancelled")


_ICONS: Final = {"undone": "undo-2", "expired": "hourglass", "cancelled": "ticket-x"}


def movement_icon(unit: str, delta: int) -> str:
    """A name of the interface's icons."""
    if unit == "use":
        return "ticket" if delta > 0 else "ticket-check"
    return _ICONS.get(unit, "history")
