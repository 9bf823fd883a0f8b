"""Notices to the owner in words: what happened, and where to do something about it.

The kinds are named as the jobs that record them name them (a test compares); importing those would bring the worker's
libraries into every web process.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cardamom.kit.i18n import _, ngettext, say_number
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
        case "books_unsound":
            faults = notice.facts["faults"]
            words = ngettext(
                "The nightly check found %(count)s fault in the books. Nothing was changed. Tell whoever runs it.",
                "The nightly check found %(count)s faults in the books. Nothing was changed. Tell whoever runs it.",
                faults,
            )
            return Told(notice=notice, words=words % {"count": say_number(faults)})
    return Told(notice=notice, words=notice.kind)
