"""Stamp art: how long all strips of a new design take, in a process that has drawn nothing yet and in one that has."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Final

import msgspec

from cardamom.wallet.art.drawing import FORMATS, Inks, Order, Stamps
from cardamom.wallet.art.pictures import Uploads
from cardamom.wallet.art.studio import draw

_GOAL: Final = 10
_ROUNDS: Final = 40
_FIRST: Final = Stamps(
    inks=Inks(background="#16382a", ink="#fffdf8", accent="#f2b84b"),
    goal=_GOAL,
    milestones=(5,),
    icon="cup",
    pattern="emblem",
    direction="ltr",
    numbering="latn",
)
#: Nothing that was drawn for the first can be used again.
_SECOND: Final = Stamps(
    inks=Inks(background="#fffdf8", ink="#16211b", accent="#1f5b38"),
    goal=_GOAL,
    milestones=(4,),
    icon="croissant",
    pattern="dots",
    direction="rtl",
    numbering="arabext",
)


class StripFigures(msgspec.Struct, frozen=True, kw_only=True):
    """strips: how many there are of a design (11 states in 3 densities). weight_bytes: of all of them.

    cold_seconds: in a process that has just started. warm_seconds: another design in the same process.
    strips_per_second: of the largest density, in a design that was drawn before; PNG is most of it.
    """

    strips: int
    weight_bytes: int
    cold_seconds: float
    warm_seconds: float
    strips_per_second: float


def measure_strips() -> StripFigures:
    """In a process of its own, one thread."""
    done = subprocess.run([sys.executable, "-m", __name__], capture_output=True, check=True)
    return msgspec.json.decode(done.stdout, type=StripFigures)


def _measured() -> StripFigures:
    weight, cold = _all_strips(_FIRST)
    _weight, warm = _all_strips(_SECOND)
    largest = [Order(kind="strip", balance=balance, scale=3) for balance in range(_GOAL + 1)]
    began = time.perf_counter()
    for number in range(_ROUNDS):
        draw(_FIRST, largest[number % len(largest)], Uploads({}))
    rate = _ROUNDS / (time.perf_counter() - began)
    return StripFigures(
        strips=len(_orders()),
        weight_bytes=weight,
        cold_seconds=cold,
        warm_seconds=warm,
        strips_per_second=rate,
    )


def _all_strips(design: Stamps) -> tuple[int, float]:
    """(bytes, seconds) of every state in every density."""
    began = time.perf_counter()
    weight = sum(len(draw(design, order, Uploads({}))) for order in _orders())
    return weight, time.perf_counter() - began


def _orders() -> list[Order]:
    return [
        Order(kind="strip", balance=balance, scale=scale)
        for balance in range(_GOAL + 1)
        for scale in FORMATS["strip"].scales
    ]


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_measured()))
