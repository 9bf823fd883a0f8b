"""What an owner lays down for a program: how stamps are earned, what they lead to, and where the limits are.

Plain data, stored as `program_version.rules` and never changed. `programs.checks` says what makes sense.
"""

from typing import Literal

import msgspec

#: What a stamp program does when its owner says nothing.
COOLDOWN_SECONDS = 15 * 60
DAILY_CAP = 5
STAMPS_CAP = 30


class Earn(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """What one visit, or one amount, is worth.

    stamps: per visit, or for every full `minor` of the amount.
    minor: minor units of the merchant's currency; only with "amount". The rest is carried to the next purchase.
    minimum_minor: a purchase below it earns nothing; with it every visit needs its amount.
    """

    per: Literal["visit", "amount"] = "visit"
    stamps: int = 1
    minor: int | None = None
    minimum_minor: int | None = None


class Milestone(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A goal below the final one, with the id of its reward."""

    at: int
    reward: str


class HappyHour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time of the week that gives more stamps.

    weekdays: ISO numbers, Monday is 1. With hours that run past midnight the day is the one on which they begin.
    start, end: the shop's wall clock, "HH:MM"; the end is excluded, "24:00" is the end of the day, and an end that is
    not later than the start lies on the next day.
    """

    weekdays: list[int]
    start: str
    end: str
    multiplier: int


class Expiry(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """After so many days (of 24 hours) without a visit the stamps of the running cycle are lost. A card that was never
    stamped keeps its welcome stamps."""

    inactive_days: int


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a program's rules.

    reward: the id of the reward at the goal; None when the goal is its own reward.
    cooldown_seconds: 0 switches it off. daily_cap: visits per card and calendar day of the shop; None switches it off.
    stamps_cap: the most stamps that one visit or purchase may give, happy hours included.
    locations: ids; None means everywhere.
    """

    goal: int
    earn: Earn = Earn()
    reward: str | None = None
    milestones: list[Milestone] = []
    welcome_stamps: int = 0
    cooldown_seconds: int = COOLDOWN_SECONDS
    daily_cap: int | None = DAILY_CAP
    stamps_cap: int = STAMPS_CAP
    happy_hours: list[HappyHour] = []
    expiry: Expiry | None = None
    locations: list[str] | None = None
