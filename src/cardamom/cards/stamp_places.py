"""Where the stamps of a card go: the same rules for the card on a page and for the pictures of a pass.

Pure. Lengths are in the units of whoever draws.
"""

from __future__ import annotations

import math

import msgspec

from cardamom.kit.languages import Direction

_GAP_SHARE = 0.16
_MAX_ROW_GAP_SHARE = 0.5
# Degrees. No two neighbours are turned alike, whatever the length of a row.
_TURNS = (-9, 6, -4, 12, -7, 9, -13, 5, 10, -6, 4, -11, 8)
_EDGE_POINTS = 12


class Spot(msgspec.Struct, frozen=True):
    """Where a stamp goes: its number from 1, its middle and its radius."""

    number: int
    x: float
    y: float
    radius: float


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a picture that the stamps fill. width: of the whole picture, in which rtl is mirrored.

    settled: how much of the room above and below the stamps is above them. gap: between two stamps of a row at most,
    in diameters; what is left over stands at the end, or on both sides where rows are `centred`. full_rows: how much
    of the best size is enough if every row is full with it.
    """

    width: float
    left: float
    top: float
    right: float
    bottom: float
    largest: float
    settled: float = 0.5
    gap: float = 1.15
    centred: bool = False
    full_rows: float = 0.86


def spots_in(field: Field, goal: int, *, direction: Direction) -> list[Spot]:
    """The places of all stamps, in the order in which they are filled: from the side where reading begins."""
    columns = _columns(field, goal)
    rows = math.ceil(goal / columns)
    diameter = _diameter(field, columns, rows)
    across, down = _steps(field, columns, rows, diameter)
    room = field.bottom - field.top - diameter - down * (rows - 1)
    top = field.top + room * field.settled
    left = field.left
    if field.centred:
        left += (field.right - field.left - diameter - across * (columns - 1)) / 2
    found = []
    for place in range(goal):
        row, column = divmod(place, columns)
        from_start = left + diameter / 2 + column * across
        x = from_start if direction == "ltr" else field.width - from_start
        found.append(
            Spot(place + 1, round(x, 1), round(top + diameter / 2 + row * down, 1), round(diameter / 2, 1))
        )
    return found


def _steps(field: Field, columns: int, rows: int, diameter: float) -> tuple[float, float]:
    """From the middle of a stamp to the next one, across and down."""
    across = min((field.right - field.left - diameter) / max(1, columns - 1), diameter * (1 + field.gap))
    down = min(
        (field.bottom - field.top - diameter) / max(1, rows - 1),
        max(diameter * (1 + _GAP_SHARE), min(across, diameter * (1 + _MAX_ROW_GAP_SHARE))),
    )
    return across, down


def _columns(field: Field, goal: int) -> int:
    """As many as give the largest stamps; a little less size is paid for rows that are full."""
    best = max(range(1, goal + 1), key=lambda columns: _diameter(field, columns, math.ceil(goal / columns)))
    largest = _diameter(field, best, math.ceil(goal / best))
    for columns in range(goal, 0, -1):
        if goal % columns == 0 and _diameter(field, columns, goal // columns) >= field.full_rows * largest:
            return columns
    return best


def _diameter(field: Field, columns: int, rows: int) -> float:
    across = (field.right - field.left) / (columns + (columns - 1) * _GAP_SHARE)
    down = (field.bottom - field.top) / (rows + (rows - 1) * _GAP_SHARE)
    return min(across, down, field.largest)


def turn_of(number: int) -> int:
    """By how many degrees the stamp at a place is turned: the same every time."""
    return _TURNS[number % len(_TURNS)]


def inked_edge(radius: float, *, phase: float) -> list[tuple[float, float]]:
    """A circle as ink leaves it: points of two slow waves along the edge, to be joined by curves."""
    points = []
    for step in range(_EDGE_POINTS):
        angle = step * math.tau / _EDGE_POINTS
        reach = radius * (1 + 0.014 * math.sin(2 * angle + phase) + 0.01 * math.sin(5 * angle - phase))
        points.append((reach * math.cos(angle), reach * math.sin(angle)))
    return points
