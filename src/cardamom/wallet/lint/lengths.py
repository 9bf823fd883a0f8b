"""How long a text is for people."""

from __future__ import annotations

import unicodedata

from cardamom.cards.lettering import graphemes


def visible_characters(text: str) -> int:
    """The number of graphemes that are seen: what only sets a direction takes no room."""
    return sum(1 for one in graphemes(text) if unicodedata.category(one[0]) != "Cf")
