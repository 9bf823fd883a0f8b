"""What a PATCH has to say: the fields that differ from what Google was last told.

Pure. A field goes as a whole: arrays are replaced by Google anyway, and of an object the parts that are gone are set to
null, so that it comes out the same whether the server merges objects (patch semantics) or replaces them.
"""

from __future__ import annotations

from typing import Any

from cardamom.wallet.google.texts import Document


def difference(shown: Document, wanted: Document) -> Document:
    """The body that makes `shown` into `wanted`; {} when they are equal. Gone fields are null."""
    changed = {
        name: _whole(shown.get(name), value) for name, value in wanted.items() if shown.get(name) != value
    }
    return {**changed, **{name: None for name in shown if name not in wanted}}


def _whole(before: Any, after: Any) -> Any:
    """The new value, with null for every part of the old one that is gone."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return after
    return {
        **{name: _whole(before.get(name), value) for name, value in after.items()},
        **{name: None for name in before if name not in after},
    }
