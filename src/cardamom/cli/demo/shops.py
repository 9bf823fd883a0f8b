"""The invented businesses as their files in `shops/` describe them: texts as their owners would write them."""

from __future__ import annotations

from importlib import resources
from typing import Literal

import msgspec

from cardamom.access.permissions import Role
from cardamom.kit.localised import Localised
from cardamom.merchants.schemas import NewLocation, NewMerchant
from cardamom.programs.schemas import ProgramIn, RewardIn

#: In the order in which they are shown.
NAMES = ("cafe", "bakery", "barber", "carwash")


class Worker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who works there."""

    role: Role
    name: str
    login: str


class PoolOfCodes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Codes of another system: `prefix` and random characters, `count` of them."""

    name: str
    prefix: str
    count: int


class Gift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A voucher that is now and then issued by hand, as an apology."""

    title: Localised
    description: Localised
    validity_days: int


class Rhythm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When people come.

    regular_gap_days: between two visits of a regular, on average. weekdays: weights by ISO number; 0 is closed.
    hours: weights by hour of the shop's clock. opens, closes: by weekday, where a day differs.
    """

    regular_gap_days: float
    weekdays: dict[int, float]
    hours: dict[int, float]
    opens: dict[int, int]
    closes: dict[int, int]


class Purchases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people spend where stamps go by amount, in minor units of the shop's currency."""

    least_minor: int
    most_minor: int
    step_minor: int


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The card that is shown to visitors of the demo: stamps of each visit, all at one hour of the shop's clock.

    Their sum makes one full card and 7 of the next. keeps: the reward whose latest voucher waits to be used.
    """

    name: str
    keeps: str
    hour: int
    stamps: list[int]


class Phones(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers that nobody has: E.164, `prefix` and so many digits."""

    prefix: str
    digits: int


class Customers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who comes. Names are pairs: as they are written, and in the letters of an e-mail address."""

    count: int
    phone: Phones
    given: list[tuple[str, str]]
    family: list[tuple[str, str]]


class Shop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An invented business.

    rewards, pools: under keys by which programs and rewards name them in place of ids.
    wrong_card: the reason that a manager gives for taking a stamp back.
    """

    merchant: NewMerchant
    branch: NewLocation | None
    tills: list[str]
    people: list[Worker]
    rewards: dict[str, RewardIn]
    programs: list[ProgramIn]
    gift: Gift
    wrong_card: str
    rhythm: Rhythm
    purchases: Purchases
    sample: Sample
    customers: Customers
    pools: dict[str, PoolOfCodes] = {}

    def person(self, role: Literal["owner", "staff"]) -> Worker:
        """The first one in a role: the one whose login is shown."""
        return next(worker for worker in self.people if worker.role == role)


def load_shops() -> list[Shop]:
    """All of them."""
    folder = resources.files(__package__) / "shops"
    return [msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=Shop) for name in NAMES]
