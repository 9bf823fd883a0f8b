"""The texts of a pass in its own language, and `pass.strings` for every language of the shop (PassKit, localization).

A text stands in `pass.json` as the pass's own language has it, and is at the same time the key under which the other
languages translate it. So a phone in a language that the shop does not write shows the shop's words and not the names
of keys, and a change of a value is a change of `pass.json`, which is what phones compare to tell what is new.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar

W = TypeVar("W")

#: Tells two texts apart that are the same in the pass's own language and not in another. Nobody sees it.
_WORD_JOINER: Final = "\u2060"

_ESCAPES: Final = str.maketrans(
    {
        **{code: f"\\U{code:04x}" for code in (*range(0x20), 0x7F)},
        "\\": "\\\\",
        '"': '\\"',
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
    }
)
_SPECIAL: Final = re.compile(r'[\x00-\x1f\x7f"\\]')


class Texts(Generic[W]):
    """Collects the texts of one pass. wordings: by language; language: the pass's own."""

    def __init__(self, wordings: Mapping[str, W], *, language: str) -> None:
        self._wordings = wordings
        self._language = language
        self._translations: dict[str, tuple[str, ...]] = {}

    def text(self, said: Callable[[W], str]) -> str:
        """What stands in `pass.json` for a text; "" for one that the pass's own language does not have."""
        own = said(self._wordings[self._language])
        if not own:
            return ""
        translations = tuple([said(wording) or own for wording in self._wordings.values()])
        key = own
        while self._translations.setdefault(key, translations) != translations:
            key += _WORD_JOINER
        return key

    def files(self) -> dict[str, bytes]:
        """The files by their path in the bundle. The pass's own language has one too, or a phone that reads it would
        be shown the next language that it knows."""
        return {
            f"{code}.lproj/pass.strings": strings_file(
                {key: translations[place] for key, translations in self._translations.items()}
            )
            for place, code in enumerate(self._wordings)
        }


def strings_file(translations: Mapping[str, str]) -> bytes:
    """UTF-8, one line for each text. Marks of direction and isolates stay as they are: phones lay them out."""
    lines = [f'"{_escaped(key)}" = "{_escaped(text)}";\n' for key, text in translations.items()]
    return "".join(lines).encode()


def _escaped(text: str) -> str:
    """Hardly any text has something to escape, and looking is ten times cheaper than translating."""
    return text if _SPECIAL.search(text) is None else text.translate(_ESCAPES)
