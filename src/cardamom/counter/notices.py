"""Notices to the owner in words: what happened, and where to do something about it.

The kinds are named as the jobs that record them name them (a test compares); importing those would bring the worker's
libraries into every web process.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cardamom.kit.i18n import _, ngettext, say_date, say_number
from cardamom.kit.text import isolate
from cardamom.merchants.schemas import Notice


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it is shown. url: where to do something about it, with its words; "" for nowhere."""

    notice: Notice
    words: str
    act: str = ""
    url: str = ""


def told(notices: Sequence[Notice]) -> list[Told]:
    """In the language in force, in the order in which they come."""
    return [_told(notice) for notice in notices]


def _told(notice: Notice) -> Told:
    match notice.kind:
        case "pool_emptied":
            words = _(
                "The pool %(name)s has no codes left. Vouchers that draw from it wait until you import more."
            )
            return Told(
                notice=notice,
                words=words % {"name": isolate(notice.facts["name"])},
                act=_("Import codes"),
                url="/app/vouchers",
            )
        case "wallet_certificate_ends":
            return Told(
                notice=notice, words=_of_a_certificate(notice), act=_("Open the wallets"), url="/app/wallet"
            )
        case "apple_certificate_refused":
            words = _(
                "Apple refuses the certificate for %(pass_type)s, so cards in Apple Wallet are not updated. It may "
                "have been revoked. Add a new certificate for the same pass type."
            )
            return Told(
                notice=notice,
                words=words % {"pass_type": isolate(notice.facts["pass_type"])},
                act=_("Open the wallets"),
                url="/app/wallet",
            )
        case "books_unsound":
            faults = notice.facts["faults"]
            words = ngettext(
                "The nightly check found %(count)s fault in the books. Nothing was changed. Tell whoever runs it.",
                "The nightly check found %(count)s faults in the books. Nothing was changed. Tell whoever runs it.",
                faults,
            )
            return Told(notice=notice, words=words % {"count": say_number(faults)})
    return Told(notice=notice, words=notice.kind)


def _of_a_certificate(notice: Notice) -> str:
    days: int = notice.facts["days"]
    if days == 0:
        return _(
            "Your Apple certificate has expired. Cards in Apple Wallet stay, but new ones cannot be added and none "
            "is updated. Add a new certificate for the same pass type."
        )
    words = ngettext(
        "Your Apple certificate expires in less than %(count)s day, on %(day)s. Request a new one for the same pass "
        "type now: then nobody notices.",
        "Your Apple certificate expires in less than %(count)s days, on %(day)s. Request a new one for the same pass "
        "type now: then nobody notices.",
        days,
    )
    return words % {"count": say_number(days), "day": isolate(say_date(notice.facts["expires_at"][:10]))}
