"""Stamps, rings, icons and digits as alpha masks, drawn once for each size.

A mask has no colour: every shop whose stamps are as large and carry the same icon shares it. Lengths are in pixels.
"""

from __future__ import annotations

import math
from functools import lru_cache
from io import BytesIO
from typing import Final

import msgspec
import resvg_py
from PIL import Image, ImageChops, ImageDraw

from cardamom.cards.stamp_icons import STAMP_ICONS
from cardamom.cards.stamp_places import inked_edge
from cardamom.wallet.art.letters import draw_digits

#: Shapes are drawn so many times larger and then made smaller, because Pillow draws without smoothing.
_SUPER: Final = 4
_CURVE_STEPS: Final = 8
#: How much wider than its stamp a sprite is: the edge of a stamp is not quite round (`inked_edge`).
_ROOM: Final = 1.025


class Sprite(msgspec.Struct, frozen=True):
    """Two masks of one size, to be painted over each other in two colours."""

    under: Image.Image
    over: Image.Image

    def corner(self, x: float, y: float) -> tuple[int, int]:
        """Where its upper left corner goes so that its middle is here."""
        return round(x - self.under.width / 2), round(y - self.under.height / 2)


@lru_cache(maxsize=2_048)
def pressed(icon: str, radius: float, turn: int) -> Sprite:
    """A stamp by hand: ink below; ring and icon, turned a little, on it."""
    side = sprite_side(radius)
    over = _circle(side, radius * 0.86, stroke=max(radius * 0.032, 1.0)).point(
        lambda value: value * 45 // 100
    )
    drawn = _icon_at(icon, 2 * side, radius * 1.02 * 2).rotate(-turn, Image.Resampling.BICUBIC).reduce(2)
    return Sprite(inked(radius, turn), ImageChops.lighter(over, drawn))


@lru_cache(maxsize=512)
def inked(radius: float, turn: int) -> Image.Image:
    """What the stamp itself leaves on the paper."""
    side = sprite_side(radius)
    mask = Image.new("L", (side * _SUPER, side * _SUPER), 0)
    middle = side * _SUPER / 2
    around = math.radians(turn)
    outline = [
        (
            middle + x * math.cos(around) - y * math.sin(around),
            middle + x * math.sin(around) + y * math.cos(around),
        )
        for x, y in _rounded(inked_edge(radius * _SUPER, phase=turn))
    ]
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    return mask.reduce(_SUPER)


@lru_cache(maxsize=256)
def promised(icon: str, radius: float) -> Sprite:
    """A place where something will be given: a tint below; edge and icon on it."""
    side = sprite_side(radius)
    stroke = max(radius * 0.045, 1.0)
    edge = _circle(side, radius - stroke / 2, stroke=stroke)
    under = _disc(side, radius - stroke / 2).point(lambda value: value * 12 // 100)
    return Sprite(under, ImageChops.lighter(edge, _icon_at(icon, side, radius * 0.92)))


@lru_cache(maxsize=2_048)
def vacant(number: str, radius: float) -> Sprite:
    """An empty place: a ring below, its number on it. number: "" where it could not be read."""
    side = sprite_side(radius)
    stroke = max(radius * 0.028, 1.0)
    over = Image.new("L", (side, side), 0)
    if number:
        digits = draw_digits(number, size=radius * 0.62)
        over.paste(digits, ((side - digits.width) // 2, (side - digits.height) // 2))
    return Sprite(_circle(side, radius - stroke / 2, stroke=stroke), over)


@lru_cache(maxsize=256)
def disc(radius: float) -> Image.Image:
    """A plain round."""
    return _disc(sprite_side(radius), radius)


@lru_cache(maxsize=256)
def ring(radius: float, stroke: float) -> Image.Image:
    """A plain circle; stroke: how thick, outwards from the radius given less half of it."""
    return _circle(sprite_side(radius), radius - stroke / 2, stroke=stroke)


@lru_cache(maxsize=256)
def icon_mask(icon: str, size: int) -> Image.Image:
    """An icon as it stands in the middle of a square, its 24 units as wide as the square."""
    outline = STAMP_ICONS.get(icon, STAMP_ICONS["check"])
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="{size}" height="{size}" fill="none" '
        f'stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{outline}</svg>'
    )
    drawn = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    with Image.open(BytesIO(drawn)) as image:
        return image.getchannel("A")


def sprite_side(radius: float) -> int:
    """How wide the sprite of a stamp is: even, so that it has a middle."""
    return 2 * math.ceil(radius * _ROOM)


def _icon_at(icon: str, side: int, size: float) -> Image.Image:
    """An icon in the middle of a larger square."""
    drawn = icon_mask(icon, max(1, round(size)))
    mask = Image.new("L", (side, side), 0)
    mask.paste(drawn, ((side - drawn.width) // 2, (side - drawn.height) // 2))
    return mask


def _disc(side: int, radius: float) -> Image.Image:
    mask = Image.new("L", (side * _SUPER, side * _SUPER), 0)
    ImageDraw.Draw(mask).circle((side * _SUPER / 2,) * 2, radius * _SUPER, fill=255)
    return mask.reduce(_SUPER)


def _circle(side: int, radius: float, *, stroke: float) -> Image.Image:
    """stroke: its thickness, half of it on each side of the radius."""
    mask = Image.new("L", (side * _SUPER, side * _SUPER), 0)
    pen, middle = ImageDraw.Draw(mask), (side * _SUPER / 2,) * 2
    pen.circle(middle, (radius + stroke / 2) * _SUPER, fill=255)
    pen.circle(middle, (radius - stroke / 2) * _SUPER, fill=0)
    return mask.reduce(_SUPER)


def _rounded(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points joined by quadratic curves through the middles between them."""
    curve = []
    for (x0, y0), (x1, y1), (x2, y2) in zip(
        points, [*points[1:], points[0]], [*points[2:], *points[:2]], strict=True
    ):
        start, end = ((x0 + x1) / 2, (y0 + y1) / 2), ((x1 + x2) / 2, (y1 + y2) / 2)
        for step in range(_CURVE_STEPS):
            t = step / _CURVE_STEPS
            curve.append(
                (
                    (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * x1 + t * t * end[0],
                    (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * y1 + t * t * end[1],
                )
            )
    return curve
