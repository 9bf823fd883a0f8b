"""Who comes when: ninety days of a shop, made up from its rhythm. Pure, and the same for the same seed."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random
from typing import Literal

import msgspec

from cardamom.cli.demo.shops import Shop
from cardamom.kit.clock import zone

DAYS = 90
#: Nobody comes again sooner, mishaps aside.
BETWEEN_VISITS = timedelta(hours=8)
#: The sample's visits end so many days before now, and begin so many.
_SAMPLE_DAYS = (1, 72)

#: What sometimes goes wrong at a counter: one card read twice, a second try too early, the wrong person's card, and a
#: mistake that is only noticed in the evening.
Mishap = Literal["double_read", "too_early", "wrong_card", "found_later"]
_MISHAPS: dict[Mishap, float] = {
    "double_read": 0.02,
    "too_early": 0.03,
    "wrong_card": 0.015,
    "found_later": 0.004,
}

#: (share of the customers, visits compared with a regular)
_KINDS = ((0.28, 1.0), (0.42, 0.3), (0.30, 0.06))


class PlannedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One visit. stamps: a number that staff chose; None is what the rules give. amount_minor: what was paid."""

    at: datetime
    stamps: int | None = None
    amount_minor: int | None = None
    mishap: Mishap | None = None


class PlannedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who joins and comes. program: its place in the shop's list.

    redeems: how likely they use a voucher. joins_by_staff: not by themselves at the join page.
    """

    name: str | None
    phone: str | None
    email: str | None
    birthday: str | None
    language: str
    consents: bool
    joins_at: datetime
    joins_by_staff: bool
    program: int
    visits: list[PlannedVisit]
    redeems: float
    is_sample: bool = False


class Planner:
    """Makes up the customers of one shop up to an instant."""

    def __init__(self, shop: Shop, *, time_zone: str, until: datetime) -> None:
        self._shop = shop
        self._zone = zone(time_zone)
        self._until = until
        self._random = Random(f"cardamom demo {shop.merchant.slug}")  # noqa: S311 - a story, no secret
        self._numbers = self._random.sample(range(10**shop.customers.phone.digits), shop.customers.count + 1)

    def customers(self) -> list[PlannedCustomer]:
        """All of them, the sample first."""
        return [self._sample(), *(self._customer(n) for n in range(self._shop.customers.count))]

    def _customer(self, number: int) -> PlannedCustomer:
        random = self._random
        given, family = random.choice(self._shop.customers.given), random.choice(self._shop.customers.family)
        program = 0 if random.random() < 0.78 else 1
        form = self._shop.programs[program].join_form
        joins_at = self._moment(self._joining_day())
        says_name = form.name == "required" or random.random() < 0.85
        return PlannedCustomer(
            name=f"{given[0]} {family[0]}" if says_name else None,
            phone=self._phone(number) if form.phone != "off" and random.random() < 0.65 else None,
            email=f"{given[1]}.{family[1]}@example.com"
            if form.email != "off" and random.random() < 0.55
            else None,
            birthday=self._birthday() if form.birthday != "off" and random.random() < 0.4 else None,
            language=self._language(),
            consents=random.random() < 0.45,
            joins_at=joins_at,
            joins_by_staff=random.random() < 0.2,
            program=program,
            visits=self._visits(joins_at, program),
            redeems=random.choice((0.5, 0.8, 0.95)),
        )

    def _sample(self) -> PlannedCustomer:
        """Regular visits that leave 7 stamps on the second card; the last voucher is not used."""
        sample = self._shop.sample
        last, first = _SAMPLE_DAYS
        step = (first - last) / (len(sample.stamps) - 1)
        days = [self._open_day(first - round(index * step)) for index in range(len(sample.stamps))]
        visits = [
            PlannedVisit(at=self._at(day, sample.hour, 7 + index), stamps=stamps)
            for index, (day, stamps) in enumerate(zip(days, sample.stamps, strict=True))
        ]
        form = self._shop.programs[0].join_form
        return PlannedCustomer(
            name=sample.name,
            phone=self._phone(self._shop.customers.count) if form.phone != "off" else None,
            email=None,
            birthday=self._birthday() if form.birthday != "off" else None,
            language=self._shop.merchant.language,
            consents=True,
            joins_at=visits[0].at - timedelta(minutes=4),
            joins_by_staff=False,
            program=0,
            visits=visits,
            redeems=1.0,
            is_sample=True,
        )

    def _phone(self, number: int) -> str:
        phone = self._shop.customers.phone
        return f"{phone.prefix}{self._numbers[number]:0{phone.digits}}"

    def _birthday(self) -> str:
        random = self._random
        day = datetime(random.randint(1958, 2008), 1, 1, tzinfo=self._zone) + timedelta(
            days=random.randrange(365)
        )
        return f"{day:%Y-%m-%d}" if random.random() < 0.7 else f"--{day:%m-%d}"

    def _language(self) -> str:
        languages = self._shop.merchant.languages or [self._shop.merchant.language]
        return languages[0] if self._random.random() < 0.88 else self._random.choice(languages)

    def _joining_day(self) -> datetime:
        """More at the beginning, when the poster is new, then a steady few."""
        first = (
            self._random.triangular(0, DAYS, DAYS)
            if self._random.random() < 0.7
            else self._random.uniform(76, DAYS)
        )
        return self._day(max(1, round(first)))

    def _visits(self, joins_at: datetime, program: int) -> list[PlannedVisit]:
        often = self._random.choices([kind[1] for kind in _KINDS], [kind[0] for kind in _KINDS])[0]
        gap_days = self._shop.rhythm.regular_gap_days / often
        at = joins_at + timedelta(minutes=2)
        visits: list[PlannedVisit] = []
        while at < self._until:
            visits.append(self._visit(at, program))
            earliest = at + BETWEEN_VISITS
            gap = timedelta(days=self._random.gammavariate(2.2, gap_days / 2.2))
            at = self._moment((at + gap).astimezone(self._zone))
            if at < earliest:
                at = self._moment((earliest + timedelta(days=1)).astimezone(self._zone))
        return visits

    def _visit(self, at: datetime, program: int) -> PlannedVisit:
        amount_minor = None
        if self._shop.programs[program].rules.earn.per == "amount":
            money = self._shop.purchases
            spent = self._random.triangular(money.least_minor, money.most_minor, money.least_minor * 2)
            amount_minor = round(spent / money.step_minor) * money.step_minor
        stamps = 2 if amount_minor is None and self._random.random() < 0.06 else None
        return PlannedVisit(at=at, stamps=stamps, amount_minor=amount_minor, mishap=self._mishap())

    def _mishap(self) -> Mishap | None:
        happens = self._random.random()
        for mishap, share in _MISHAPS.items():
            happens -= share
            if happens < 0:
                return mishap
        return None

    def _day(self, days_ago: int) -> datetime:
        return self._until.astimezone(self._zone) - timedelta(days=days_ago)

    def _open_day(self, days_ago: int) -> datetime:
        """That day, or the last one before it on which the shop is open."""
        day = self._day(days_ago)
        while not self._shop.rhythm.weekdays[day.isoweekday()]:
            day -= timedelta(days=1)
        return day

    def _moment(self, day: datetime) -> datetime:
        """A likely moment of a day, or of the next one when people are likelier to come then. In UTC."""
        rhythm = self._shop.rhythm
        busiest = max(rhythm.weekdays.values())
        while self._random.random() * busiest > rhythm.weekdays[day.isoweekday()]:
            day += timedelta(days=1)
        weekday = day.isoweekday()
        opens, closes = rhythm.opens.get(weekday, 0), rhythm.closes.get(weekday, 24)
        hours = {hour: weight for hour, weight in rhythm.hours.items() if opens <= hour < closes}
        hour = self._random.choices(list(hours), list(hours.values()))[0]
        return self._at(day, hour, self._random.randrange(60))

    def _at(self, day: datetime, hour: int, minute: int) -> datetime:
        """In UTC, with seconds: nobody comes at the full minute."""
        local = datetime.combine(
            day.date(), time(hour, minute, self._random.randrange(60)), tzinfo=self._zone
        )
        return local.astimezone(self._until.tzinfo)
