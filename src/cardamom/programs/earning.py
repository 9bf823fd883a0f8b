"""What one visit earns, and whether it may earn now. Pure; the caller has put the visit on the shop's clock."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from cardamom.kit.errors import Refused
from cardamom.kit.money import MAX_MINOR, AmountMalformed, AmountTooLarge, Money
from cardamom.programs.definition import HappyHour, Rules
from cardamom.programs.errors import (
    AmountRequired,
    BelowMinimum,
    Cooldown,
    CurrencyMismatch,
    DailyCap,
    LocationNotIncluded,
    StampsByAmount,
    StampsMalformed,
    StampsTooMany,
)
from cardamom.programs.progress import Progress, Visit

_DAY_MINUTES = 24 * 60
_ONE_DAY = timedelta(days=1)


def hindrance(
    visit: Visit,
    progress: Progress,
    rules: Rules,
    *,
    local: datetime,
    day: str,
    time_zone: str,
    currency: str,
) -> Refused | None:
    """Why this visit earns nothing, or None. What is wrong with the request is said before what is too soon.

    local: visit.at on the shop's wall clock. day: its calendar day (ISO). currency: the merchant's.
    """
    if rules.locations is not None and visit.location_id not in rules.locations:
        return LocationNotIncluded()
    earn = rules.earn
    if visit.amount is not None:
        wrong = _wrong_amount(visit.amount, currency, earn.minimum_minor)
        if wrong is not None:
            return wrong
    elif earn.per == "amount" or earn.minimum_minor is not None:
        return AmountRequired()
    if visit.stamps is not None:
        if earn.per == "amount":
            return StampsByAmount()
        if visit.stamps < 1:
            return StampsMalformed()
        if visit.stamps > rules.stamps_cap:
            return StampsTooMany(cap=rules.stamps_cap)
    return _too_soon(visit, progress, rules, local, time_zone) or _too_often(
        progress, rules, local, day, time_zone
    )


def _wrong_amount(amount: Money, currency: str, minimum_minor: int | None) -> Refused | None:
    if amount.currency != currency:
        return CurrencyMismatch(currency=currency, given=amount.currency[:8])
    if amount.minor < 1:
        return AmountMalformed()
    if amount.minor > MAX_MINOR:
        return AmountTooLarge(limit_minor=MAX_MINOR, currency=currency)
    if minimum_minor is not None and amount.minor < minimum_minor:
        return BelowMinimum(minimum_minor=minimum_minor, currency=currency)
    return None


def _too_soon(
    visit: Visit, progress: Progress, rules: Rules, local: datetime, time_zone: str
) -> Refused | None:
    """Two visits that lie closer together than the cooldown are one, in whichever order they arrive.

    A visit without a stamp (a small amount that is only carried) counts too: otherwise the same bill entered twice
    would be carried twice.
    """
    last_at = progress.last_at
    if last_at is None or rules.cooldown_seconds == 0:
        return None
    cooldown = timedelta(seconds=rules.cooldown_seconds)
    if abs(visit.at - last_at) >= cooldown:
        return None
    next_at = last_at + cooldown
    on_another_day = next_at.astimezone(local.tzinfo).date() != local.date()
    return Cooldown(next_at=_iso(next_at), time_zone=time_zone, on_another_day=on_another_day)


def _too_often(progress: Progress, rules: Rules, local: datetime, day: str, time_zone: str) -> Refused | None:
    """The cap of a calendar day.

    A visit of an earlier day that arrives late is counted apart: it must not use up today's visits, and a till cannot
    bring any number of them.
    """
    cap, latest = rules.daily_cap, progress.day
    if cap is None or latest is None or day > latest:
        return None
    counted = progress.today if day == latest else progress.late
    if counted < cap:
        return None
    midnight = datetime.combine(local.date() + _ONE_DAY, time(), tzinfo=local.tzinfo)
    return DailyCap(cap=cap, next_at=_iso(midnight), time_zone=time_zone)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def earned(visit: Visit, rules: Rules, *, carry_minor: int, local: datetime) -> tuple[int, int]:
    """The stamps of a visit that nothing hinders, and the money that is carried on.

    Of a purchase above `stamps_cap` the surplus is not carried: only the rest of the division is.
    """
    earn = rules.earn
    rest = carry_minor
    if earn.per == "amount" and earn.minor and visit.amount is not None:
        money = carry_minor + visit.amount.minor
        units = max(money // earn.minor, 0)  # below 0 while an undone purchase is still owed
        rest = money - units * earn.minor
        stamps = units * earn.stamps
    else:
        stamps = earn.stamps if visit.stamps is None else visit.stamps
    if rules.happy_hours:
        stamps *= multiplier_at(local, rules.happy_hours)
    return min(stamps, rules.stamps_cap), rest


def multiplier_at(local: datetime, happy_hours: list[HappyHour]) -> int:
    """The best multiplier in force at a moment on the shop's wall clock; they do not add up. 1 outside all of them."""
    minute = local.hour * 60 + local.minute
    weekday = local.isoweekday()
    day_before = weekday - 1 or 7
    best = 1
    for hours in happy_hours:
        start, end = minute_of(hours.start), minute_of(hours.end)
        if end <= start:
            end += _DAY_MINUTES
        runs = weekday in hours.weekdays and start <= minute < end
        still_runs = day_before in hours.weekdays and minute + _DAY_MINUTES < end
        if runs or still_runs:
            best = max(best, hours.multiplier)
    return best


@lru_cache(maxsize=24 * 60 + 1)
def minute_of(clock_time: str) -> int:
    """The minute of the day of "HH:MM", 0 to 1440 ("24:00"). Raises ValueError for anything else."""
    hour, mark, minute = clock_time.partition(":")
    if (
        len(clock_time) != 5
        or mark != ":"
        or not (clock_time.isascii() and hour.isdigit() and minute.isdigit())
    ):
        raise ValueError(f"not a time of day: {clock_time!r}")
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > _DAY_MINUTES:
        raise ValueError(f"not a time of day: {clock_time!r}")
    return minutes
