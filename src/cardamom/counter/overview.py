"""Numbers for the first page of the dashboard. Reads only; the caller opens the transaction."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.stamping import StampCard
from cardamom.cards.tables import cards
from cardamom.customers.tables import customers
from cardamom.kit.calendars import from_hijri, from_jalali, hijri, jalali
from cardamom.kit.clock import local_day, zone
from cardamom.kit.ids import new_id
from cardamom.kit.languages import Calendar
from cardamom.ledger.tables import accounts, operations
from cardamom.programs.tables import program_versions, programs
from cardamom.vouchers.redeeming import RedeemVoucher
from cardamom.vouchers.tables import vouchers

#: A card is close to its reward when so many stamps are missing.
CLOSE: Final = 2
_SHOWN_CLOSE = 6
#: An id is made a moment before or after the row's own time is taken.
_ID_SKEW = timedelta(minutes=5)


class Period(msgspec.Struct, frozen=True):
    """Since when the numbers count: the first instants of the shop's day and of its month."""

    day: datetime
    month: datetime


class Count(msgspec.Struct, frozen=True):
    """How many today, and in this month up to now."""

    today: int
    month: int


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """What a shop did. cards: open ones, since ever. Stamps and redemptions that were taken back do not count."""

    cards: int
    new_cards: Count
    stamps: Count
    issued: Count
    redeemed: Count


class CloseCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card that will soon get its reward."""

    id: str
    number: str
    name: str | None
    balance: int
    goal: int
    to_go: int


class FirstSteps(msgspec.Struct, frozen=True, kw_only=True):
    """What a new shop has done."""

    has_program: bool
    has_card: bool
    has_stamp: bool

    @property
    def are_done(self) -> bool:
        return self.has_program and self.has_card and self.has_stamp


def period_of(now: datetime, *, time_zone: str, calendar: Calendar) -> Period:
    """Today and this month on the shop's wall clock and in its calendar."""
    today = local_day(now, time_zone=time_zone)
    return Period(day=_begin(today, time_zone), month=_begin(_first_of_month(today, calendar), time_zone))


def _first_of_month(day: date, calendar: Calendar) -> date:
    match calendar:
        case "jalali":
            year, month, _day = jalali(day)
            return from_jalali(year, month, 1)
        case "hijri":
            year, month, _day = hijri(day)
            return from_hijri(year, month, 1)
        case _:
            return day.replace(day=1)


def _begin(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone(time_zone))


async def numbers_since(tx: AsyncConnection, merchant_id: str, period: Period) -> Numbers:
    """Three statements over this month's rows."""
    # Ids carry the time at which they were made, and no row was recorded after that: so the primary key finds this
    # month's rows, and `recorded_at` has the last word (a history that was told later has young ids and old times).
    youngest = new_id(period.month - _ID_SKEW)
    new_cards = await _counted(tx, merchant_id, period, cards.c.created_at, cards.c.id >= youngest)
    issued = await _counted(tx, merchant_id, period, vouchers.c.issued_at, vouchers.c.id >= youngest)
    done = await _done(tx, merchant_id, period, youngest)
    total = sa.select(sa.func.count()).where(cards.c.merchant_id == merchant_id, cards.c.closed_at.is_(None))
    return Numbers(
        cards=(await tx.execute(total)).scalar_one(),
        new_cards=new_cards,
        stamps=Count(int(done.stamps_today), int(done.stamps_month)),
        issued=issued,
        redeemed=Count(done.redeemed_today, done.redeemed_month),
    )


async def _counted(
    tx: AsyncConnection,
    merchant_id: str,
    period: Period,
    at: sa.Column[Any],
    is_young: sa.ColumnElement[bool],
) -> Count:
    row = (
        await tx.execute(
            sa.select(
                sa.func.count().filter(at >= period.day).label("today"), sa.func.count().label("month")
            ).where(at.table.c.merchant_id == merchant_id, is_young, at >= period.month)
        )
    ).one()
    return Count(row.today, row.month)


async def _done(tx: AsyncConnection, merchant_id: str, period: Period, youngest: str) -> sa.Row[Any]:
    undo = operations.alias("undo")
    is_undone = sa.exists().where(
        undo.c.merchant_id == operations.c.merchant_id,
        undo.c.reverses == operations.c.id,
        undo.c.outcome == "accepted",
    )
    granted = sa.func.coalesce(operations.c.facts["granted"].astext.cast(sa.BigInteger), 0)
    is_redemption = operations.c.kind == RedeemVoucher.kind
    is_today = operations.c.recorded_at >= period.day
    stamps = sa.func.sum(sa.case((is_redemption, 0), else_=granted))

    def count(number: Any, label: str) -> Any:
        return sa.func.coalesce(number, 0).label(label)

    statement = sa.select(
        count(stamps.filter(is_today), "stamps_today"),
        count(stamps, "stamps_month"),
        count(sa.func.count().filter(is_redemption, is_today), "redeemed_today"),
        count(sa.func.count().filter(is_redemption), "redeemed_month"),
    ).where(
        operations.c.merchant_id == merchant_id,
        operations.c.id >= youngest,
        operations.c.recorded_at >= period.month,
        operations.c.kind.in_([StampCard.kind, RedeemVoucher.kind]),
        operations.c.outcome == "accepted",
        ~is_undone,
    )
    return (await tx.execute(statement)).one()


async def close_cards(tx: AsyncConnection, merchant_id: str) -> tuple[int, list[CloseCard]]:
    """How many cards are close to their reward, and the first of them, the closest first."""
    goal = program_versions.c.rules["goal"].astext.cast(sa.Integer)
    owed = sa.func.coalesce(accounts.c.state["owed"].astext.cast(sa.Integer), 0)
    to_go = goal - accounts.c.balance + owed
    statement = (
        sa.select(
            cards.c.id,
            cards.c.number,
            customers.c.name,
            accounts.c.balance,
            goal.label("goal"),
            to_go.label("to_go"),
            sa.func.count().over().label("found"),
        )
        .select_from(_CARDS_IN_THEIR_VERSION)
        .where(
            cards.c.merchant_id == merchant_id,
            cards.c.closed_at.is_(None),
            programs.c.status == "live",
            to_go <= CLOSE,
            accounts.c.balance > 0,
        )
        .order_by(to_go, accounts.c.state["last_at"].astext.desc().nulls_last(), cards.c.id)
        .limit(_SHOWN_CLOSE)
    )
    rows = (await tx.execute(statement)).mappings().all()
    shown = [CloseCard(**{name: row[name] for name in CloseCard.__struct_fields__}) for row in rows]
    return (rows[0]["found"] if rows else 0), shown


_CARDS_IN_THEIR_VERSION = (
    cards.join(accounts, sa.and_(accounts.c.merchant_id == cards.c.merchant_id, accounts.c.id == cards.c.id))
    .join(
        programs,
        sa.and_(programs.c.merchant_id == cards.c.merchant_id, programs.c.id == cards.c.program_id),
    )
    .join(
        program_versions,
        sa.and_(
            program_versions.c.merchant_id == cards.c.merchant_id,
            program_versions.c.program_id == cards.c.program_id,
            program_versions.c.version == accounts.c.state["version"].astext.cast(sa.Integer),
        ),
    )
    .outerjoin(
        customers,
        sa.and_(customers.c.merchant_id == cards.c.merchant_id, customers.c.id == cards.c.customer_id),
    )
)


async def first_steps(tx: AsyncConnection, merchant_id: str) -> FirstSteps:
    """Whether there is a live program, a card, a stamp."""

    def has(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists().where(*conditions)

    row = (
        (
            await tx.execute(
                sa.select(
                    has(programs.c.merchant_id == merchant_id, programs.c.status == "live").label(
                        "has_program"
                    ),
                    has(cards.c.merchant_id == merchant_id).label("has_card"),
                    has(
                        operations.c.merchant_id == merchant_id,
                        operations.c.kind == StampCard.kind,
                        operations.c.outcome == "accepted",
                    ).label("has_stamp"),
                )
            )
        )
        .mappings()
        .one()
    )
    return FirstSteps(**row)
