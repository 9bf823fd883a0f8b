"""Vouchers and pools as they are read and written from outside (DESIGN section 7)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from cardamom.kit.i18n import _, current_language
from cardamom.kit.localised import Localised, pick
from cardamom.kit.money import Money
from cardamom.kit.text import isolate
from cardamom.ledger.commands import Outcome
from cardamom.programs.schemas import RewardTerms
from cardamom.vouchers.rules import Kind, Redemption, Status, Via, VoucherNow, redeem_code, status_at

#: One import takes at most so many codes; more come with the next.
MAX_CODES = 10_000
_Code = Annotated[str, msgspec.Meta(max_length=200)]


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """An issued reward.

    status counts now: expired from `expires_at` on. expires_at: the first instant at which it is no longer valid.
    card, customer, program, reward: ids. uses_left: how often it can still be used.
    redeem_code: for a till of another maker; null until the voucher is redeemed.
    """

    id: str
    code: str
    kind: Kind
    status: Status
    title: Localised
    description: Localised
    image: str | None
    redemption: Redemption
    issued_at: datetime
    active_at: datetime | None
    expires_at: datetime | None
    locations: list[str] | None
    value: Money | None
    card: str | None
    customer: str | None
    program: str | None
    reward: str | None
    uses: int
    uses_left: int
    redeemed_at: datetime | None
    redeemed_via: Via | None
    redeem_code: str | None


class Vouchers(msgspec.Struct, frozen=True, kw_only=True):
    """A page of vouchers, newest first; `next` is the cursor of the following page."""

    items: list[Voucher]
    next: str | None


class VoucherIn(RewardTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A voucher by hand: for a reward, or on terms of its own with a title.

    card, customer: whose it is, where a card brings its customer; without either it belongs to whoever holds its code.
    """

    card: str | None = None
    customer: str | None = None
    reward: str | None = None
    title: Localised | None = None
    description: Localised = msgspec.field(default_factory=dict)
    kind: Kind = "voucher"


class RedemptionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where and by what a voucher is used. location: an id. occurred_at: the device's clock."""

    location: str | None = None
    device: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    occurred_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class RedemptionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: accepted, or refused with a stable reason. The sentence is for the person who waits."""

    outcome: Literal["accepted", "refused"]
    reason: str | None
    sentence: str
    operation: str
    voucher: Voucher


class CancellationIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a voucher is taken back, for the journal."""

    reason: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """Codes that another system gave out, for vouchers to draw from. left: those that nobody has drawn yet."""

    id: str
    name: str
    left: int
    created_at: datetime


class Pools(msgspec.Struct, frozen=True, kw_only=True):
    """A page of pools; `next` is the cursor of the following page."""

    items: list[Pool]
    next: str | None


class PoolIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(max_length=500)]


class CodesIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Codes to add, one per line."""

    codes: Annotated[list[_Code], msgspec.Meta(min_length=1, max_length=MAX_CODES)]


class RejectedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was not taken. line: its number, from 1."""

    line: int
    reason: str
    sentence: str


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did. rejected: how many lines were not taken; lines: the first of them."""

    operation: str
    added: int
    rejected: int
    lines: list[RejectedLine]
    pool: Pool


def shown(found: VoucherNow, *, now: datetime) -> Voucher:
    """A voucher as it stands at an instant."""
    voucher, terms = found.voucher, found.voucher.terms
    return Voucher(
        id=voucher.id,
        code=voucher.code,
        kind=terms.kind,
        status=status_at(voucher, now),
        title=terms.title,
        description=terms.description,
        image=terms.image,
        redemption=terms.redemption,
        issued_at=voucher.issued_at,
        active_at=voucher.active_at,
        expires_at=voucher.expires_at,
        locations=terms.locations,
        value=terms.value,
        card=voucher.card_id,
        customer=voucher.customer_id,
        program=voucher.program_id,
        reward=voucher.reward_id,
        uses=terms.uses,
        uses_left=found.uses_left,
        redeemed_at=voucher.redeemed_at,
        redeemed_via=voucher.redeemed_via,
        redeem_code=redeem_code(voucher),
    )


def sentence_of(outcome: Outcome) -> str:
    """What a redemption says to the person who waits, in the language in force."""
    if not outcome.accepted:
        return outcome.refusal().sentence()
    language = current_language()
    title = pick(outcome.facts["title"], language, fallback=language)
    return _("Redeemed: %(title)s.") % {"title": isolate(title)}
