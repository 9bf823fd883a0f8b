"""The picture of a shop's card on a phone's home screen: its stamp, in its colours.

The stamp keeps to the middle, because phones cut the edges into a circle or a rounded square.
"""

from __future__ import annotations

from functools import lru_cache

import resvg_py

from cardamom.cards.stamp_icons import STAMP_ICONS
from cardamom.kit.colour import SHAPE_CONTRAST, correct
from cardamom.programs.schemas import Design

#: Pixels. The largest that phones ask for; they make smaller ones of it.
SIZE = 512
_RADIUS = 184
_DRAWN = 212


def home_icon_svg(design: Design) -> str:
    """A square without margins of its own."""
    background = design.colours.background
    stamp = correct(design.colours.accent, on=background, ratio=SHAPE_CONTRAST)
    on_stamp = correct(background, on=stamp, ratio=SHAPE_CONTRAST)
    middle, scale = SIZE / 2, _DRAWN / 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="{background}"/>'
        f'<g transform="translate({middle:g} {middle:g}) rotate(-8)">'
        f'<circle r="{_RADIUS}" fill="{stamp}"/>'
        f'<circle r="{_RADIUS - 22}" fill="none" stroke="{on_stamp}" stroke-opacity=".45" stroke-width="5"/>'
        f'<g transform="scale({scale:.3f}) translate(-12 -12)" fill="none" stroke="{on_stamp}" stroke-width="1.9" '
        f'stroke-linecap="round" stroke-linejoin="round">{STAMP_ICONS[design.icon]}</g></g></svg>'
    )


def home_icon_png(design: Design) -> bytes:
    """The same for phones that take no SVG."""
    return _drawn(home_icon_svg(design))


@lru_cache(maxsize=256)
def _drawn(svg: str) -> bytes:
    return resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
