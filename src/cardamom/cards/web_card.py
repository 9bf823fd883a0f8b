"""The card as its page shows it: the projection of a `CardView` that stands beside those for wallets.

Pure, in the language in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from cardamom.cards import words
from cardamom.cards.errors import ProgramClosed
from cardamom.cards.picture import picture_of
from cardamom.cards.schemas import EntryOut
from cardamom.cards.view import CardView
from cardamom.vouchers.rules import VoucherNow

#: What of its history a card shows on its first page.
LINES_ON_CARD: Final = 8
_PAST_VOUCHERS: Final = 6


class WebCard(msgspec.Struct, frozen=True, kw_only=True):
    """The values of card_body.html.

    seq: of the newest entry, 0 without one. revision: another text whenever the page would look different.
    """

    view: CardView
    card_url: str
    seq: int
    revision: str
    picture: Markup
    ended: str
    progress: str
    owed: str
    kept: str
    open_vouchers: Sequence[words.VoucherLine]
    past_vouchers: Sequence[words.VoucherLine]
    history: Sequence[words.HistoryLine]
    has_more_history: bool
    time_zone: str
    news: str


def to_web(view: CardView, entries: Sequence[EntryOut], *, card_url: str, seen: int | None = None) -> WebCard:
    """entries: the latest, one more than are shown where there are more. seen: the seq of the newest one that the
    reader knows; what came after it is news."""
    shown = entries[:LINES_ON_CARD]
    has_more = len(entries) > LINES_ON_CARD
    lines = words.history(view, shown, since=shown[-1].recorded_at if has_more else None)
    fresh = [] if seen is None else [entry for entry in entries if entry.seq > seen]
    return WebCard(
        view=view,
        card_url=card_url,
        seq=entries[0].seq if entries else 0,
        revision=_revision(view),
        picture=picture_of(view),
        ended=ProgramClosed().sentence() if view.program.status != "live" else "",
        progress=words.progress_sentence(view),
        owed=words.owed_sentence(view),
        kept=words.kept_sentence(view),
        open_vouchers=[_line(view, each, card_url) for each in view.open_vouchers],
        past_vouchers=[_line(view, each, card_url) for each in view.past_vouchers[:_PAST_VOUCHERS]],
        history=lines[:LINES_ON_CARD],
        has_more_history=has_more or len(lines) > LINES_ON_CARD,
        time_zone=view.merchant.time_zone,
        news=words.news_sentence(fresh),
    )


def _line(view: CardView, each: VoucherNow, card_url: str) -> words.VoucherLine:
    return words.voucher_line(view, each, url=f"{card_url}/vouchers/{each.voucher.id}")


def _revision(view: CardView) -> str:
    uses = sum(each.uses_left for each in view.vouchers)
    look = f"{view.program.version}.{view.program.status}"
    return f"{view.card.revision}.{len(view.open_vouchers)}.{len(view.past_vouchers)}.{uses}.{look}"
