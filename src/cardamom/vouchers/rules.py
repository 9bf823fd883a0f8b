"""The life of a voucher as expressions: what it promises, from when to when, and whether it can be used now.

issued -> active -> redeemed | expired | cancelled. The recorded status is what somebody last wrote; what counts is
`status_at`, which enforces the dates whatever the expiry job did. A refusal is returned, never raised.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal

import msgspec

from cardamom.kit.clock import local_day, zone
from cardamom.kit.errors import Refused
from cardamom.kit.localised import Localised
from cardamom.kit.money import Money
from cardamom.programs.schemas import RedeemCode, Reward, RewardTerms, Validity
from cardamom.vouchers.errors import (
    RedemptionNotAllowed,
    VoucherAlreadyRedeemed,
    VoucherCancelled,
    VoucherExpired,
    VoucherLocation,
    VoucherNotYetActive,
)

Kind = Literal["award", "voucher"]
Redemption = Literal["self", "staff", "code"]
#: How a voucher was used: the holder tapped, staff scanned, the holder revealed a code for the till, a program asked.
Via = Literal["self", "staff", "code", "api"]

#: Who may use a voucher with these terms. Staff and programs always may: they have checked what they see.
_ALLOWED: dict[str, frozenset[str]] = {
    "self": frozenset({"self", "staff", "api"}),
    "staff": frozenset({"staff", "api"}),
    "code": frozenset({"code", "staff", "api"}),
}


class Status(StrEnum):
    #: Exists, and waits for its first valid moment (the next visit).
    ISSUED = "issued"
    ACTIVE = "active"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was promised: copied from the reward when the voucher is issued, and never changed afterwards.

    uses: how often in all. value: what it is worth to the holder. cost: what it costs the shop.
    locations: where it is accepted; None is everywhere.
    """

    kind: Kind
    title: Localised
    redemption: Redemption
    validity: Validity
    description: Localised = {}
    image: str | None = None
    code: RedeemCode | None = None
    active_from: Literal["now", "next_visit"] = "now"
    locations: list[str] | None = None
    value: Money | None = None
    cost: Money | None = None
    uses: int = 1


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """The last time a voucher was used: what a second attempt is told. Kept as the state of its account."""

    at: datetime
    via: Via


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """An issued reward."""

    merchant_id: str
    id: str
    code: str
    #: What was last recorded; `status_at` says what counts.
    status: Status
    terms: Terms
    #: The shop's, for what people are told.
    time_zone: str
    issued_at: datetime
    card_id: str | None = None
    customer_id: str | None = None
    program_id: str | None = None
    reward_id: str | None = None
    #: The goal that earned it, and the operation that issued it.
    cycle: int | None = None
    goal_at: int | None = None
    operation_id: str | None = None
    active_at: datetime | None = None
    expires_at: datetime | None = None
    #: The last redemption, unless that was undone.
    redemption_id: str | None = None
    redeemed_at: datetime | None = None
    redeemed_via: Via | None = None
    drawn_code: str | None = None


class Redeemed(msgspec.Struct, frozen=True, kw_only=True):
    """One use is granted. pool: a code of this pool has to be drawn, else nothing was granted."""

    status: Status
    uses_left: int
    pool: str | None = None


class VoucherNow(msgspec.Struct, frozen=True):
    """A voucher with the balance of its account."""

    voucher: Voucher
    uses_left: int


def full_terms(
    said: RewardTerms, *, kind: Kind, title: Localised, description: Localised, image: str | None
) -> Terms:
    """The terms of a voucher, from the texts and the terms of a reward, or of a person who issues one by hand."""
    return Terms(kind=kind, title=title, description=description, image=image, **msgspec.structs.asdict(said))


def terms_of(reward: Reward) -> Terms:
    """The terms of a voucher that is issued for a reward now. Raises ValueError for a lottery, which issues prizes."""
    if reward.kind == "lottery":
        raise ValueError("a lottery is played before it issues anything")
    return full_terms(
        reward.terms, kind=reward.kind, title=reward.title, description=reward.description, image=reward.image
    )


def redeem_code(voucher: Voucher) -> str | None:
    """The code for the till, which is shown at redemption and not before."""
    code = voucher.terms.code
    if code is None or voucher.redeemed_at is None:
        return None
    return code.text if code.kind == "shared" else voucher.drawn_code


def validity(terms: Terms, *, issued_at: datetime, time_zone: str) -> tuple[datetime | None, datetime | None]:
    """From when (None: not yet, it waits for the next visit) and until when (None: for ever) a voucher is valid.

    The end is the first instant at which it is no longer valid, a midnight of the shop. The day of issue is a gift:
    "1 day" ends with tomorrow, whatever the hour. A month ends on the same day of the next month, or on that month's
    last. Time runs from the issue, also for a voucher that becomes active at the next visit.
    """
    active_at = issued_at if terms.active_from == "now" else None
    last_day = _last_day(terms.validity, local_day(issued_at, time_zone=time_zone))
    return active_at, None if last_day is None else _end_of(last_day, time_zone)


def _last_day(promised: Validity, issued_on: date) -> date | None:
    match promised:
        case Validity(kind="days", n=int(n)):
            return issued_on + timedelta(days=n)
        case Validity(kind="months", n=int(n)):
            return _months_later(issued_on, n)
        case Validity(kind="fixed", date=date() as last_day):
            return last_day
        case _:
            return None


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last: 31 January and one month is 28 or 29 February."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _end_of(day: date, time_zone: str) -> datetime:
    """The first instant after a day of the shop, in UTC.

    Where clocks skip midnight, this is the instant of the skip; where midnight comes twice, the first of the two.
    """
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone(time_zone)).astimezone(UTC)


def status_at(voucher: Voucher, now: datetime) -> Status:
    """The status that counts at an instant: an open voucher whose time is over is expired, recorded or not."""
    is_open = voucher.status in {Status.ISSUED, Status.ACTIVE}
    if is_open and voucher.expires_at is not None and voucher.expires_at <= now:
        return Status.EXPIRED
    return voucher.status


def redeem(
    voucher: Voucher,
    *,
    uses_left: int,
    last_use: Use | None,
    via: Via,
    location_id: str | None,
    now: datetime,
) -> Redeemed | Refused:
    """Whether one use is granted to this asker, here and now.

    uses_left: the balance of the voucher's account, which decides whatever the recorded status says.
    """
    refusal = _life_refusal(voucher, uses_left=uses_left, last_use=last_use, now=now)
    refusal = refusal or _asker_refusal(voucher.terms, via=via, location_id=location_id)
    if refusal is not None:
        return refusal
    return Redeemed(
        status=Status.ACTIVE if uses_left > 1 else Status.REDEEMED,
        uses_left=uses_left - 1,
        pool=_pool_to_draw_from(voucher, uses_left=uses_left),
    )


def _life_refusal(voucher: Voucher, *, uses_left: int, last_use: Use | None, now: datetime) -> Refused | None:
    match status_at(voucher, now):
        case Status.CANCELLED:
            return VoucherCancelled()
        case Status.EXPIRED:
            return _expired(voucher)
        case Status.ISSUED:
            return VoucherNotYetActive(active_from=voucher.terms.active_from)
        case Status.REDEEMED:
            return _already_redeemed(voucher, last_use)
        case Status.ACTIVE:
            return _already_redeemed(voucher, last_use) if uses_left < 1 else None


def _already_redeemed(voucher: Voucher, last_use: Use | None) -> Refused:
    if last_use is None:
        raise ValueError("a voucher without uses left has no last use")
    return VoucherAlreadyRedeemed(
        redeemed_at=last_use.at.isoformat(), via=last_use.via, time_zone=voucher.time_zone
    )


def _expired(voucher: Voucher) -> Refused:
    if voucher.expires_at is None:
        raise ValueError("an expired voucher has no end")
    last_day = local_day(voucher.expires_at - timedelta(microseconds=1), time_zone=voucher.time_zone)
    return VoucherExpired(expired_at=voucher.expires_at.isoformat(), last_day=last_day.isoformat())


def _asker_refusal(terms: Terms, *, via: Via, location_id: str | None) -> Refused | None:
    if via not in _ALLOWED[terms.redemption]:
        return RedemptionNotAllowed(redemption=terms.redemption, via=via)
    # A holder's phone does not know where it is; whoever hands the reward over must.
    is_at_counter = via in {"staff", "api"}
    if terms.locations is not None and is_at_counter and location_id not in terms.locations:
        return VoucherLocation(locations=terms.locations)
    return None


def _pool_to_draw_from(voucher: Voucher, *, uses_left: int) -> str | None:
    """Each use takes a code of its own; one that was drawn for a use that was undone still waits for its use."""
    code = voucher.terms.code
    has_unused_code = voucher.drawn_code is not None and uses_left == voucher.terms.uses
    if code is None or code.kind != "pool" or has_unused_code:
        return None
    return code.pool


def reopened(voucher: Voucher, now: datetime) -> Status:
    """The status of a voucher that gets a use back: active again, or expired when its time is over.

    One that was cancelled or had expired with uses left stays what it is.
    """
    if voucher.status is Status.REDEEMED:
        return status_at(msgspec.structs.replace(voucher, status=Status.ACTIVE), now)
    return status_at(voucher, now)


def cancel_refusal(voucher: Voucher, *, last_use: Use | None, now: datetime) -> Refused | None:
    """Why a voucher cannot be taken back: it was used up, its time is over, or it was taken back before."""
    match status_at(voucher, now):
        case Status.ISSUED | Status.ACTIVE:
            return None
        case Status.REDEEMED:
            return _already_redeemed(voucher, last_use)
        case Status.EXPIRED:
            return _expired(voucher)
        case Status.CANCELLED:
            return VoucherCancelled()
