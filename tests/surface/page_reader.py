"""Looks at the markup of a page: its language, its direction, its words, and what must not be in it."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit

#: The address of the installation in tests.
OURS = "https://cards.example.org"

#: A block of data is not run.
_DATA = {"application/json", "application/ld+json"}
_LOADED = {"src", "srcset", "action", "data", "formaction", "poster"}


class PageReader(HTMLParser):
    """faults: inline styles and scripts, and everything that would be loaded from somewhere else."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lang = ""
        self.dir = ""
        self.title = ""
        self.words = ""
        self.faults: list[str] = []
        self._is_in_title = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang, self.dir = given.get("lang", ""), given.get("dir", "")
        self._is_in_title = tag == "title"
        if tag == "style" or "style" in given:
            self.faults.append(f"an inline style in <{tag}>")
        if tag == "script" and "src" not in given and given.get("type") not in _DATA:
            self.faults.append("an inline script")
        for name, value in given.items():
            is_loaded = name in _LOADED or (tag == "link" and name == "href")
            if name.startswith("on"):
                self.faults.append(f"{name} in <{tag}>")
            elif (is_loaded and not _is_ours(value)) or value.startswith("javascript:"):
                self.faults.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._is_in_title:
            self.title += data

    def handle_endtag(self, tag: str) -> None:
        self._is_in_title = False


def _is_ours(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "data" or f"{parts.scheme}://{parts.netloc}" in {"://", OURS}
