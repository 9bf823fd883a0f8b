"""The colours of a pass: the shop's, corrected until they can be read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cardamom.kit.colour import correct
from cardamom.programs.schemas import Colours


@lru_cache(maxsize=512)
def pass_colours(chosen: Colours) -> Mapping[str, str]:
    """Background, values and labels. Labels are small: they need the contrast of text, whatever colour they have."""
    ground = chosen.background
    return {
        "backgroundColor": rgb(ground),
        "foregroundColor": rgb(correct(chosen.ink, on=ground)),
        "labelColor": rgb(correct(chosen.accent, on=ground)),
    }


def rgb(colour: str) -> str:
    """ "#1f5b38" as "rgb(31, 91, 56)" (PassKit package format)."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"
