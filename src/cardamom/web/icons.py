"""The pictures of the interface as inlined SVG: Lucide's outlines from the vendored folder, and Cardamom's own mark."""

import re
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

STATIC = Path(__file__).parent / "static"

# Arrows that mean "onward" and "back" turn round in a right-to-left page; clocks, ticks and codes never do.
_MIRRORED = frozenset(
    {
        "arrow-left",
        "arrow-right",
        "chevron-left",
        "chevron-right",
        "log-out",
        "undo-2",
        "external-link",
    }
)
_CONTENT = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@lru_cache(maxsize=128)
def icon(name: str) -> Markup:
    """A Lucide icon as decoration: hidden from screen readers, coloured by the text, sized by the type.

    Raises FileNotFoundError for a name that was not vendored (scripts/vendor.lock.json).
    """
    mirrored = " icon-mirrored" if name in _MIRRORED else ""
    return _inlined(
        STATIC / "vendor" / "lucide" / f"{name}.svg", classes=f"icon{mirrored}", stroke_width="1.75"
    )


@lru_cache(maxsize=1)
def mark() -> Markup:
    """Cardamom's pod, in the colour of the text."""
    return _inlined(STATIC / "brand" / "mark.svg", classes="mark", stroke_width="2")


def _inlined(file: Path, *, classes: str, stroke_width: str) -> Markup:
    match = _CONTENT.search(file.read_text())
    if match is None:
        raise ValueError(f"not an SVG file: {file.name}")
    outline = Markup(" ".join(match[1].split()))  # of a file that comes with us, never a merchant's
    return Markup(
        '<svg class="{}" aria-hidden="true" viewBox="0 0 24 24" width="20" height="20" fill="none"'
        ' stroke="currentColor" stroke-width="{}" stroke-linecap="round" stroke-linejoin="round">{}</svg>'
    ).format(classes, stroke_width, outline)
