"""Acts in the order in which they happen, sent in handfuls that the ledger can decide together.

Between two cards the order within a few hours does not matter: an operation's id follows the instant that is told. On
one card it does, and is kept.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import count

import msgspec

from cardamom.cli.demo.plan import BETWEEN_VISITS
from cardamom.ledger.commands import Command, Outcome

#: Sent at once, at most.
IN_FLIGHT = 1_000
#: Acts of one kind share a batch. On one card they stand in this order: who joins is stamped, then uses a voucher.
_ORDER = ("card.join", "card.stamp", "voucher.redeem")


def nothing(_outcome: Outcome) -> Iterable[Act]:
    """What follows from most acts."""
    return ()


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happens at an instant. then: what follows from its outcome."""

    at: datetime
    command: Command
    then: Callable[[Outcome], Iterable[Act]] = nothing


class Stage:
    """All that is still to happen, soonest first."""

    def __init__(self, *, until: datetime) -> None:
        self._until = until
        self._acts: list[tuple[datetime, int, Act]] = []
        self._number = count()

    def add(self, acts: Iterable[Act]) -> None:
        """What would happen after the end does not happen."""
        for act in acts:
            if act.at <= self._until:
                heapq.heappush(self._acts, (act.at, next(self._number), act))

    def take(self) -> list[Act]:
        """The next acts, those of one kind together; none when all has happened."""
        taken: list[Act] = []
        while self._acts and len(taken) < IN_FLIGHT:
            # Within that time no customer comes twice.
            if taken and self._acts[0][0] - taken[0].at > BETWEEN_VISITS:
                break
            taken.append(heapq.heappop(self._acts)[2])
        return sorted(taken, key=_rank)


def _rank(act: Act) -> int:
    kind = act.command.kind
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)
