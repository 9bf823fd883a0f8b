"""Uploaded pictures inside drawings: decoded once, and cut to the shape of a stamp or a sign."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from typing import Final

from PIL import Image, ImageChops, ImageOps, ImageStat

from cardamom.cards.art import Colours
from cardamom.kit.colour import contrast
from cardamom.wallet.art import sprites

#: Alpha below which a picture counts as see-through somewhere.
_OPEN: Final = 240
#: How different the colours of a stamp's picture and of the ink below it must be.
_ENOUGH: Final = 1.9


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


def is_see_through(picture: Image.Image) -> bool:
    """Whether a picture has a shape of its own, and is no plain rectangle."""
    low, _high = picture.getchannel("A").getextrema()
    return isinstance(low, int | float) and low < _OPEN


def stamp_of_picture(picture: Image.Image, radius: float, turn: int, colours: Colours) -> Image.Image:
    """A picture as a stamp: a photograph is cut round, a drawing without a ground is put on ink."""
    side = sprites.sprite_side(radius)
    stamp = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    ink = sprites.inked(radius, turn)
    if not is_see_through(picture):
        photo = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
        photo.putalpha(ink)
        stamp.alpha_composite(photo)
        stamp.paste(colours.stamp, (0, 0), sprites.ring(radius, max(1.0, radius * 0.05)))
        return stamp
    ground, rim = _ground_for(picture, colours)
    stamp.paste(ground, (0, 0), ink)
    stamp.paste(rim, (0, 0), ImageChops.multiply(sprites.ring(radius * 0.97, max(1.0, radius * 0.06)), ink))
    drawn = contained(picture, (round(radius * 1.24), round(radius * 1.24)))
    drawn = drawn.rotate(-turn, Image.Resampling.BICUBIC, expand=True)
    stamp.alpha_composite(drawn, ((side - drawn.width) // 2, (side - drawn.height) // 2))
    return stamp


def contained(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture without its empty edges, as large as fits."""
    box = picture.getchannel("A").point(lambda value: 255 if value > 8 else 0).getbbox()
    return ImageOps.contain(picture.crop(box) if box else picture, size, Image.Resampling.LANCZOS)


def _ground_for(picture: Image.Image, colours: Colours) -> tuple[str, str]:
    """(ground, rim): the ink of the stamps, or the paper where the picture would be lost on the ink."""
    if contrast(mean_colour(picture), colours.stamp) >= _ENOUGH:
        return colours.stamp, colours.stamp
    return colours.on_stamp, colours.stamp


def mean_colour(picture: Image.Image) -> str:
    """The colour of what is not see-through, on average."""
    alpha = picture.getchannel("A")
    mean = ImageStat.Stat(picture.convert("RGB"), alpha).mean
    return "#" + "".join(f"{round(channel):02x}" for channel in mean)
