"""The pictures of the interface as inlined SVG: Lucide's outlines from the vendored folder, and Cardamom's own mark."""

import re
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

STATIC = Path(__file__).parent / "static"

# Arrows that mean "onward" and "back" turn round in a right-to-left page; clocks, ticks and codes never do.
_MIRRORED = frozenset(
    {"arrow-left", "arrow-right", "chevron-left", "chevron-right", "log-out", "undo-2", "external-link", "delete"}
)
_CONTENT = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@lru_cache(maxsize=128)
def icon(name: str) -> Markup:
    """A Lucide icon as decoration: hidden from screen readers, coloured by the text, sized by the type.

    Raises FileNotFoundError for a name that was not vendored (scripts/vendor.lock.json).
    """
    content = _inside((STATIC / "vendor" / "lucide" / f"{name}.svg").read_text())
    mirrored = " icon-mirrored" if name in _MIRRORED else ""
    return Markup(
        f'<svg class="icon{mirrored}" aria-hidden="true" viewBox="0 0 24 24" width="20" height="20" fill="none" '
        f'stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">{content}</svg>'
    )


@lru_cache(maxsize=1)
def mark() -> Markup:
    """Cardamom's pod, in the colour of the text."""
    content = _inside((STATIC / "brand" / "mark.svg").read_text())
    return Markup(
        f'<svg class="mark" aria-hidden="true" viewBox="0 0 24 24" width="24" height="24" fill="none" '
        f'stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{content}</svg>'
    )


def _inside(svg: str) -> str:
    match = _CONTENT.search(svg)
    if match is None:
        raise ValueError("not an SVG file")
    return " ".join(match[1].split())
