"""Where a card stands, what a visit brings, and what a step of the rules answers. Plain data.

Every struct here is a value: a step never changes one, it makes another.
"""

from datetime import datetime

import msgspec

from cardamom.kit.money import Money


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """All that a card remembers besides its balance: the `state` of its account.

    version: of the rules under which the running cycle began. earlier: (version, last cycle under it) of those before,
    oldest first; empty while the version never changed.
    lifetime: stamps ever given, welcome stamps included, undone ones not.
    reached: milestones of the running cycle that have fired, rising.
    owed: stamps that were taken back after they had been spent; the next ones pay for them.
    carry_minor: money that has not made a full stamp yet; below 0 when a purchase was undone after its rest was used.
    last_at, last_device, last_operation: of the latest visit by believed time. prior_at: of the one before it.
    day, today: the latest calendar day of the shop (ISO) with visits and their number. late: visits of earlier days
    that arrived while `day` was the latest.
    expired_by: the operation that found the stamps expired.
    waiting: ids of vouchers that become active at the next visit; kept here for the caller, never looked at.
    live_steps: the last periods whose rotating codes were used, rising; kept here for the caller, never looked at.
    """

    version: int
    cycle: int = 1
    lifetime: int = 0
    reached: list[int] = []
    owed: int = 0
    carry_minor: int = 0
    last_at: datetime | None = None
    last_device: str | None = None
    last_operation: str | None = None
    prior_at: datetime | None = None
    day: str | None = None
    today: int = 0
    late: int = 0
    expired_by: str | None = None
    earlier: list[tuple[int, int]] = []
    waiting: list[str] = []
    live_steps: list[int] = []


class Visit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A customer at the counter.

    at: when it happened, as far as the device's clock is believed (aware, UTC).
    stamps: a number that staff named, for several purchases at once; None means what the rules give.
    """

    at: datetime
    operation_id: str
    stamps: int | None = None
    amount: Money | None = None
    location_id: str | None = None
    device: str | None = None


class Crossed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A goal that this step reached. reward: the id of what it gives; only a final goal may give nothing."""

    at: int
    reward: str | None
    cycle: int
    final: bool


class Stamped(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a visit (or joining) does to a card.

    granted: stamps given, after multiplier and caps, before owed ones are taken.
    carried_minor: by how much the carried money changed.
    moves: (unit, delta) in order; units are stamp, welcome, goal, owed, expired. balance: after all of them.
    crossed: in the order in which they were reached.
    repeats: the operation of the first read, when this was the same card on the same device a moment later; then
    nothing else happens.
    """

    granted: int
    balance: int
    progress: Progress
    moves: tuple[tuple[str, int], ...] = ()
    crossed: tuple[Crossed, ...] = ()
    carried_minor: int = 0
    repeats: str | None = None


class Given(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an operation once gave, as its facts remember it: `granted` and `carried_minor` of its Stamped, `day` of the
    Progress it left."""

    operation_id: str
    granted: int
    carried_minor: int = 0
    day: str | None = None


class Unstamped(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What taking stamps back does to a card.

    moves: units are goal (a final goal comes back) and undone. withdrawn: (cycle, at) of the goals that have not been
    reached after all; their vouchers are to be cancelled. owed: stamps that could not be taken, owed from now on.
    """

    balance: int
    progress: Progress
    moves: tuple[tuple[str, int], ...] = ()
    withdrawn: tuple[tuple[int, int], ...] = ()
    owed: int = 0
