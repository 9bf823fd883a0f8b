"""Uploaded pictures inside drawings: decoded once, and cut to the shape of a stamp."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from typing import Final

from PIL import Image

from cardamom.kit.pictures import is_see_through, rounded
from cardamom.wallet.art import sprites

#: How much of a stamp is picture; the rest is its rim.
_INNER_SHARE: Final = 0.88


class Uploads:
    """The uploaded pictures that a drawing needs, by their hash.

    Two of these are the same when they hold the same hashes: a hash says what is in the picture.
    """

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = dict(contents)
        self._names = frozenset(contents)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Uploads) and self._names == other._names

    def __hash__(self) -> int:
        return hash(self._names)

    def has(self, name: str | None) -> bool:
        return name in self._names

    def find(self, name: str | None) -> Image.Image | None:
        """The picture with its alpha channel; None for no name, and for one that is not stored."""
        return None if name is None or name not in self._names else _decoded(self._contents[name])


@lru_cache(maxsize=32)
def _decoded(content: bytes) -> Image.Image:
    """What we encoded ourselves (`kit.pictures`)."""
    with Image.open(BytesIO(content)) as image:
        return image.convert("RGBA")


def stamp_of_picture(picture: Image.Image, radius: float, turn: int, ink: str) -> Image.Image:
    """A picture as a stamp: round, turned a little, with a rim of ink that is not quite even."""
    side = sprites.sprite_side(radius)
    edge = sprites.inked(radius, turn)
    stamp = Image.new("RGBA", (side, side), ink)
    inner = round(radius * _INNER_SHARE) * 2
    mine = rounded(picture, inner)
    if is_see_through(picture):
        mine = mine.rotate(-turn, Image.Resampling.BICUBIC)
    stamp.alpha_composite(mine, ((side - inner) // 2, (side - inner) // 2))
    stamp.putalpha(edge)
    return stamp
