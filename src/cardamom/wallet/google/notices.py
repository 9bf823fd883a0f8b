"""What a holder is told of by a notification, and how often: three for each pass in 24 hours, whatever they are about.

Pure. Google Wallet counts messages and updates together and refuses the fourth (QuotaExceededException). The last of
the three is kept for a reward that is ready: nobody should miss that because they had coffee twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from cardamom.vouchers.rules import Status
from cardamom.wallet.face import CardFace, VoucherFace
from cardamom.wallet.google.texts import Document, Texts, card_texts, localised, voucher_texts

WINDOW: Final = timedelta(hours=24)
PER_WINDOW: Final = 3
#: A change of the balance leaves one for a reward.
_FOR_BALANCES: Final = PER_WINDOW - 1
_HEADER: Final = 60
_BODY: Final = 240


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What Google was last told of a card, as its binding keeps it.

    document: the object, as our projection made it. balance: its stamps. ready: ids of the vouchers whose being ready
    is no news to its holder any more (`known_vouchers`).
    """

    document: Document
    balance: int
    ready: list[str]


class Message(msgspec.Struct, frozen=True):
    """A message to add, about a voucher that became ready. is_aloud: whether it notifies."""

    voucher_id: str
    document: Document
    is_aloud: bool


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What to tell with an update. notifies: whether the update itself does. messages: added after it.

    notices: the instants that count from now on.
    """

    notifies: bool
    messages: list[Message]
    notices: list[datetime]


def news(face: CardFace, *, told: Told, notices: Iterable[datetime], now: datetime) -> News:
    """Decide what the holder hears of a change. notices: of this pass so far; older ones than 24 hours do not count.

    A reward and the stamp that brought it are one piece of news. Stamps that were taken back are none, nor are
    vouchers that come back.
    """
    counted = [at for at in notices if at > now - WINDOW]
    fresh = [voucher for voucher in ready_vouchers(face) if voucher.id not in told.ready]
    messages = []
    for voucher in fresh:
        is_aloud = len(counted) < PER_WINDOW
        counted += [now] if is_aloud else []
        kind = "TEXT_AND_NOTIFY" if is_aloud else "TEXT"
        messages.append(Message(voucher.id, _message(face, voucher, kind=kind), is_aloud))
    notifies = not fresh and face.view.balance > told.balance and len(counted) < _FOR_BALANCES
    return News(notifies=notifies, messages=messages, notices=[*counted, now] if notifies else counted)


def ready_vouchers(face: CardFace) -> Sequence[VoucherFace]:
    """Those that can be used now."""
    return [voucher for voucher in face.vouchers if voucher.status is Status.ACTIVE]


def known_vouchers(face: CardFace, told: Collection[str]) -> list[str]:
    """The vouchers whose being ready is no news: those that the holder was told of, and those that are over.

    A redemption that is taken back brings a voucher back, and that is nothing for a lock screen. A face carries so
    many vouchers and no more: the list does not grow for ever.
    """
    return sorted(voucher.id for voucher in face.vouchers if voucher.is_over or voucher.id in told)


def _message(face: CardFace, voucher: VoucherFace, *, kind: str) -> Document:
    """A message about a reward. Its id is the voucher's: a message that is sent twice can be seen to be one."""
    header = card_texts(face.wordings, lambda words: words.rewards_ready_label)
    body = voucher_texts(voucher.wordings, lambda words: words.title)
    return {
        "id": f"ready-{voucher.id}",
        "messageType": kind,
        **_text("header", header, face.language, _HEADER),
        **_text("body", body, face.language, _BODY),
    }


def _text(name: str, texts: Texts, language: str, limit: int) -> Document:
    said = localised(texts, language=language, limit=limit)
    return {name: said["defaultValue"]["value"], f"localized{name.capitalize()}": said}
