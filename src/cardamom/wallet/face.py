"""What a pass shows, before any wallet's format: the facts of a `CardView` and its words in every language of the shop.

Pure. `apple.passes` and `google.objects` project these and nothing else, so that the wallets cannot
say different things. How the words are made is in `wallet.wording`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from cardamom.cards.view import CardView
from cardamom.kit.digits import Numbering
from cardamom.kit.languages import Direction
from cardamom.programs.schemas import Design
from cardamom.vouchers.rules import Status


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """A card in one language. Numbers are written in the digits of the shop; "" is nothing to say.

    description: the card for those who do not see it ("7 of 10 stamps, next reward: a free coffee").
    progress: "7/10". next_reward: what the next goal gives. to_go: how far it is, as a sentence.
    rewards_ready: how many vouchers can be used now, "" for none; rewards_label is a shorter word above that number.
    kept: until when the stamps stay.
    *_label: what stands above a value. *_news: what the lock screen says of a change, with "%@" for the new value; at
    most one of them says something. ended: why the card is over, or its program; ended_in_short: in a word or two.
    """

    language: str
    direction: Direction
    numbering: Numbering
    shop: str
    program: str
    headline: str
    description: str
    progress_label: str
    progress: str
    progress_news: str
    next_reward_label: str
    next_reward: str
    to_go: str
    rewards_label: str
    rewards_ready_label: str
    rewards_ready: str
    rewards_ready_news: str
    holder_label: str
    holder: str
    number_label: str
    number: str
    kept: str
    how_to_label: str
    how_to: str
    terms_label: str
    terms: str
    page_label: str
    nearby: str
    ended: str
    ended_in_short: str


class VoucherWording(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher in one language. note: its state with its day ("Until 3 May", "Used on ..."). nearby: as for a card.

    hint: how one is used that is not scanned, where a pass has a back with links.
    """

    language: str
    direction: Direction
    numbering: Numbering
    shop: str
    title: str
    description: str
    details_label: str
    details: str
    validity_label: str
    note: str
    status_label: str
    status: str
    status_news: str
    hint: str
    uses_label: str
    uses: str
    page_label: str
    nearby: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An open location of the shop that was put on the map. Degrees, WGS 84."""

    id: str
    latitude: float
    longitude: float
    name: Mapping[str, str]


class VoucherFace(msgspec.Struct, frozen=True, kw_only=True):
    """An issued reward as a wallet shows it.

    code: what the till scans; "" where the pass must not show it (a voucher that the holder uses by a tap or as a
    code for a till of another maker is used on its page). page: its address. is_over: used, expired or withdrawn.
    expires_at: the first instant at which it is no longer valid. picture: hash of an uploaded one. places: where it is
    accepted, as long as it can be used.
    """

    id: str
    reward_id: str | None
    status: Status
    code: str
    page: str
    expires_at: datetime | None
    is_over: bool
    picture: str | None
    places: tuple[Place, ...]
    wordings: Mapping[str, VoucherWording]


class CardFace(msgspec.Struct, frozen=True, kw_only=True):
    """A card as a wallet shows it.

    code: what the till scans, digits only. page: the address of the card's own page. language: the holder's, else the
    shop's; the pass is written in it, with the other `wordings` as translations.
    is_over: closed, replaced by a renewed link, or of an archived program without a voucher left to use. What is over
    has no code or places any more. places: where stamps are given. vouchers: open ones first, at most fifty.
    rotating_key: hexadecimal, where the program asks for rotating codes, else None (programs.schemas.Design.code).
    """

    view: CardView
    handle: str
    design: Design
    language: str
    code: str
    page: str
    is_over: bool
    rotating_key: str | None
    places: tuple[Place, ...]
    vouchers: tuple[VoucherFace, ...]
    wordings: Mapping[str, Wording]

    @property
    def wording(self) -> Wording:
        """In the pass's own language."""
        return self.wordings[self.language]
