"""Stamps on a strip, a hero or a poster.

A sheet is drawn twice, without stamps and with all of them. Every state between is cut together from the two: the
places of stamps do not touch, so what is left to do for a state is to paste and to write the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec
from PIL import Image

from cardamom.cards.art import Colours, readable_colours
from cardamom.cards.stamp_places import Field, Spot, spots_in, turn_of
from cardamom.kit.digits import to_script
from cardamom.kit.languages import Direction
from cardamom.wallet.art import sprites
from cardamom.wallet.art.drawing import Inks, Kind, Order, Stamps
from cardamom.wallet.art.paper import (
    as_png,
    drawn_palette,
    in_palette,
    mixed_palette,
    photo_palette,
    printed_paper,
    veiled_cover,
)
from cardamom.wallet.art.pictures import Uploads, stamp_of_picture

#: In points: the radius below which a number could not be read on a phone.
_SMALLEST_NUMBERED: Final = 10.0
#: A state that was not filled yet is drawn on this much of the shop's colour where a cover lies behind.
_PLACE_SHARE: Final = 0.9


def centred(
    width: float, *, left: float, top: float, bottom: float, largest: float, full_rows: float = 0.8
) -> Field:
    """Rows in the middle: a pass has nothing else at its edges to align them with."""
    return Field(
        width=width,
        left=left,
        top=top,
        right=width - left,
        bottom=bottom,
        largest=largest,
        gap=0.6,
        centred=True,
        full_rows=full_rows,
    )


_FIELDS: Final[Mapping[Kind, Field]] = {
    "strip": centred(375, left=18, top=13, bottom=131, largest=86),
    "hero": centred(1032, left=52, top=34, bottom=302, largest=212),
    "background": centred(345, left=24, top=84, bottom=330, largest=92, full_rows=0.75),
}
#: What a point of our layouts is in a picture whose points are pixels of its own.
_POINT: Final[Mapping[Kind, float]] = {"hero": 2.4}


class Sheet(msgspec.Struct, frozen=True):
    """Both states of all places, and where each place is, in the order in which they are filled."""

    empty: Image.Image
    full: Image.Image
    boxes: tuple[tuple[int, int, int, int], ...]

    def at(self, balance: int) -> Image.Image:
        """The sheet with so many stamps on it."""
        state = self.empty.copy()
        for box in self.boxes[:balance]:
            state.paste(self.full.crop(box), box)
        return state


def draw_stamps(drawing: Stamps, order: Order, uploads: Uploads) -> bytes:
    """One state as a PNG file with a palette."""
    return as_png(sheet_of(drawing, order.kind, order.scale, uploads).at(order.balance))


@lru_cache(maxsize=24)
def sheet_of(drawing: Stamps, kind: Kind, scale: int, uploads: Uploads) -> Sheet:
    """Both states in one palette."""
    order = Order(kind=kind, scale=scale)
    paper = _paper(drawing, order, uploads)
    painter = Painter(drawing, uploads, scale=scale, field=_FIELDS[kind], point=scale * _POINT.get(kind, 1.0))
    empty, full = paper.copy(), paper
    painter.paint_empty(empty)
    painter.paint_full(full)
    palette = _palette_of(drawing, empty, full, uploads)
    return Sheet(in_palette(empty, palette), in_palette(full, palette), painter.boxes())


def _palette_of(drawing: Stamps, empty: Image.Image, full: Image.Image, uploads: Uploads) -> Image.Image:
    colours = colours_of(drawing.inks)
    if not (uploads.has(drawing.cover) or uploads.has(drawing.stamp)):
        return drawn_palette(colours)
    both = Image.new("RGB", (empty.width, 2 * empty.height))
    both.paste(empty, (0, 0))
    both.paste(full, (0, empty.height))
    # Behind a cover nothing has to be the colour of the pass around it; below a stamp the paper has.
    return photo_palette(both) if uploads.has(drawing.cover) else mixed_palette(colours, both)


def colours_of(inks: Inks) -> Colours:
    """What is drawn of the shop's colours, corrected as on its pages."""
    return readable_colours(background=inks.background, ink=inks.ink, accent=inks.accent)


def _paper(drawing: Stamps, order: Order, uploads: Uploads) -> Image.Image:
    colours = colours_of(drawing.inks)
    cover = uploads.find(drawing.cover)
    if cover is not None:
        return veiled_cover(cover, order.size, colours)
    return printed_paper(
        order.size,
        colours,
        pattern=drawing.pattern,
        icon=drawing.icon,
        direction=drawing.direction,
        scale=order.scale * _POINT.get(order.kind, 1.0),
    )


class Painter:
    """Puts the stamps of a drawing on a picture. point: pixels of what is a point of our layouts."""

    def __init__(
        self, drawing: Stamps, uploads: Uploads, *, scale: float, field: Field, point: float
    ) -> None:
        self._drawing = drawing
        self._colours = colours_of(drawing.inks)
        self._own = uploads.find(drawing.stamp)
        self._has_cover = uploads.has(drawing.cover)
        self._spots = _scaled(field, drawing.goal, drawing.direction, scale)
        self._is_numbered = self._spots[0].radius >= _SMALLEST_NUMBERED * point
        self._gifts = {drawing.goal, *drawing.milestones}

    def boxes(self) -> tuple[tuple[int, int, int, int], ...]:
        """The square of each place: (left, upper, right, lower)."""
        side = sprites.sprite_side(self._spots[0].radius)
        corners = [(round(spot.x - side / 2), round(spot.y - side / 2)) for spot in self._spots]
        return tuple((x, y, x + side, y + side) for x, y in corners)

    def paint_empty(self, image: Image.Image) -> None:
        """Every place as it is before its stamp."""
        for spot in self._spots:
            self._paint_vacant(image, spot)

    def paint_full(self, image: Image.Image) -> None:
        """Every place with its stamp."""
        for spot in self._spots:
            self._paint_pressed(image, spot)

    def paint(self, image: Image.Image, *, balance: int) -> None:
        """The first places with stamps, the others without."""
        for spot in self._spots:
            if spot.number <= balance:
                self._paint_pressed(image, spot)
            else:
                self._paint_vacant(image, spot)

    def _paint_vacant(self, image: Image.Image, spot: Spot) -> None:
        colours = self._colours
        if self._has_cover:
            mask = sprites.disc(spot.radius).point(lambda value: int(value * _PLACE_SHARE))
            _put(image, mask, spot, colours.background)
        if spot.number in self._gifts:
            sprite, under, over = sprites.promised("gift", spot.radius), colours.stamp, colours.stamp
        else:
            words = to_script(str(spot.number), self._drawing.numbering) if self._is_numbered else ""
            sprite, under, over = sprites.vacant(words, spot.radius), colours.hairline, colours.soft
        _put(image, sprite.under, spot, under)
        _put(image, sprite.over, spot, over)

    def _paint_pressed(self, image: Image.Image, spot: Spot) -> None:
        is_gift = spot.number in self._gifts
        turn = turn_of(spot.number)
        if self._own is not None and not is_gift:
            mine = stamp_of_picture(self._own, spot.radius, turn, self._colours.stamp)
            image.paste(mine, _corner(mine, spot), mine.getchannel("A"))
            return
        sprite = sprites.pressed("gift" if is_gift else self._drawing.icon, spot.radius, turn)
        _put(image, sprite.under, spot, self._colours.stamp)
        _put(image, sprite.over, spot, self._colours.on_stamp)


def _put(image: Image.Image, mask: Image.Image, spot: Spot, colour: str) -> None:
    image.paste(colour, _corner(mask, spot), mask)


def _corner(sprite: Image.Image, spot: Spot) -> tuple[int, int]:
    return round(spot.x - sprite.width / 2), round(spot.y - sprite.height / 2)


def _scaled(field: Field, goal: int, direction: Direction, scale: float) -> list[Spot]:
    return [
        Spot(spot.number, spot.x * scale, spot.y * scale, round(spot.radius * scale, 1))
        for spot in spots_in(field, goal, direction=direction)
    ]
