"""Taking stamps back.

Stamps come out of the balance first. What is missing has gone into a final goal: the last roll-over is undone, if
nothing that it or the cycle after it gave has been used. What is still missing is owed. So the totals stay right:

- `lifetime` falls by exactly what had been given, and so does `balance - owed`, wherever the stamps are taken from:
  from the balance (balance falls), from a goal that comes back (balance rises by the goal, which leaves the sum of
  `goal` entries, then falls) or from the future (owed rises).
- The balance ends in 0..goal-1: a roll-over is only undone while stamps are missing, so less than a goal is left of it.
- A milestone that fires twice would be paid twice. So one whose voucher was used stays reached, and a roll-over into a
  cycle with such a milestone is not undone: that cycle could not come again with its milestone still reached.
- Welcome stamps are never taken: within the first cycle the balance is at least the welcome stamps plus everything
  given and not undone, unless stamps expired, and what was given before an expiry cannot be undone.
- Stamps that expired since are gone already: to take them again would make the customer owe them.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import msgspec

from cardamom.kit.errors import Refused
from cardamom.programs.definition import Rules
from cardamom.programs.errors import StampsExpired
from cardamom.programs.progress import Given, Progress, Unstamped


class Issued(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A voucher that a goal issued, unless an undo took it back: its goal may have been reached again since.

    is_unused: not redeemed, not even once, and not expired.
    """

    cycle: int
    at: int
    operation_id: str
    is_unused: bool


def withdrawable_goals(issued: Iterable[Issued], progress: Progress) -> frozenset[tuple[int, int]]:
    """The goals (cycle, at) whose vouchers are all unused.

    Those from before an expiry are not among them: the stamps that paid for them have run out, nobody can give them
    back.
    """
    unused: set[tuple[int, int]] = set()
    used: set[tuple[int, int]] = set()
    for voucher in issued:
        is_settled = progress.expired_by is not None and voucher.operation_id < progress.expired_by
        (unused if voucher.is_unused and not is_settled else used).add((voucher.cycle, voucher.at))
    return frozenset(unused - used)


class _Cycle:
    """A card on its way back."""

    __slots__ = ("balance", "cycle", "earlier", "reached", "version", "withdrawn")

    def __init__(self, balance: int, progress: Progress) -> None:
        self.balance = balance
        self.cycle = progress.cycle
        self.version = progress.version
        self.reached = progress.reached
        self.earlier = progress.earlier
        self.withdrawn: list[tuple[int, int]] = []


def unstamp(
    given: Given,
    *,
    balance: int,
    progress: Progress,
    rules: Mapping[int, Rules],
    withdrawable: Collection[tuple[int, int]],
) -> Unstamped | Refused:
    """Take back what an operation gave.

    rules: by version, at least those of `versions_of(progress)`.
    withdrawable: goals (cycle, at) whose vouchers are all unused; see `withdrawable_goals`.
    """
    if progress.expired_by is not None and given.operation_id < progress.expired_by:
        return StampsExpired()
    card = _Cycle(balance, progress)
    moves: list[tuple[str, int]] = []
    while card.balance < given.granted:
        goal = _undo_roll_over(card, rules, withdrawable)
        if goal is None:
            break
        moves.append(("goal", goal))
    taken = min(given.granted, card.balance)
    _withdraw_milestones(card, card.balance - taken, withdrawable)
    card.balance -= taken
    if taken:
        moves.append(("undone", -taken))
    owed = given.granted - taken
    return Unstamped(
        balance=card.balance,
        progress=_forgotten(given, progress, card, owed=owed),
        moves=tuple(moves),
        withdrawn=tuple(card.withdrawn),
        owed=owed,
    )


def _undo_roll_over(
    card: _Cycle, rules: Mapping[int, Rules], withdrawable: Collection[tuple[int, int]]
) -> int | None:
    """Put the card back before its last roll-over and return the goal that comes back; None if something was used."""
    if card.cycle == 1:
        return None
    cycle = card.cycle - 1
    earlier, version = card.earlier, card.version
    if earlier and earlier[-1][1] == cycle:
        version, earlier = earlier[-1][0], earlier[:-1]
    before = rules[version]
    if before.reward is not None and (cycle, before.goal) not in withdrawable:
        return None
    if any((card.cycle, at) not in withdrawable for at in card.reached):
        return None
    card.withdrawn += [(card.cycle, at) for at in reversed(card.reached)]
    if before.reward is not None:
        card.withdrawn.append((cycle, before.goal))
    card.cycle, card.version, card.earlier = cycle, version, earlier
    card.balance += before.goal
    card.reached = [milestone.at for milestone in before.milestones]
    return before.goal


def _withdraw_milestones(card: _Cycle, left: int, withdrawable: Collection[tuple[int, int]]) -> None:
    """Milestones above what is left have not been reached, unless their voucher was used."""
    gone = [at for at in card.reached if at > left and (card.cycle, at) in withdrawable]
    card.withdrawn += [(card.cycle, at) for at in reversed(gone)]
    if gone:
        card.reached = [at for at in card.reached if at not in gone]


def _forgotten(given: Given, progress: Progress, card: _Cycle, *, owed: int) -> Progress:
    """The card's memory without a visit.

    The latest visit is forgotten whole, so that the right one can follow at once. Of an older one only the count is
    known.
    """
    is_latest = given.operation_id == progress.last_operation
    is_of_the_day = given.day is not None and given.day == progress.day
    is_of_an_earlier_day = given.day is not None and progress.day is not None and given.day < progress.day
    last_at: datetime | None = progress.prior_at if is_latest else progress.last_at
    return msgspec.structs.replace(
        progress,
        version=card.version,
        cycle=card.cycle,
        lifetime=progress.lifetime - given.granted,
        reached=card.reached,
        owed=progress.owed + owed,
        carry_minor=progress.carry_minor - given.carried_minor,
        last_at=last_at,
        last_device=None if is_latest else progress.last_device,
        last_operation=None if is_latest else progress.last_operation,
        prior_at=None if is_latest else progress.prior_at,
        today=max(progress.today - is_of_the_day, 0),
        late=max(progress.late - is_of_an_earlier_day, 0),
        earlier=card.earlier,
    )
