"""What a browser without a script sends when somebody fills in a form of ours."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from httpx import Response

from tests.customers.visitors import Visitor

Fields = dict[str, list[str]]

_NOT_SENT = {"submit", "button", "file", "image", "reset"}


async def submit(
    visitor: Visitor,
    page: Response,
    action: str,
    changes: Mapping[str, str | list[str]] | None = None,
    *,
    lang: str = "",
    **more: Any,
) -> Response:
    """Send the form of a page that leads to an address, with some fields changed. Several values are a list.

    lang: of the answer, where it is not the visitor's own.
    """
    fields = fields_of(page.text, action)
    for name, value in (changes or {}).items():
        fields[name] = value if isinstance(value, list) else [value]
    spoken = f"{action}{'&' if '?' in action else '?'}lang={lang}" if lang else action
    return await visitor.post(spoken, data=fields, **more)


def fields_of(html: str, action: str) -> Fields:
    """The fields of the form with this address, as they stand. Fails where the page has no such form."""
    reader = _FormReader(action)
    reader.feed(html)
    assert reader.is_found, f"no form leads to {action}:\n{html}"
    return reader.fields


class _FormReader(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self.is_found = False
        self._action = action
        self._is_inside = False
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = not self.is_found and given.get("action") == self._action
            self.is_found = self.is_found or self._is_inside
        if not self._is_inside:
            return
        match tag:
            case "input":
                self._read_input(given)
            case "select":
                self._select = given["name"]
            case "option" if self._select:
                is_first = self._select not in self.fields
                if is_first or "selected" in given:
                    self.fields[self._select] = [given.get("value", "")]
            case "textarea":
                self._textarea = given["name"]
                self.fields[self._textarea] = [""]

    def _read_input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        is_ticked = kind not in {"radio", "checkbox"} or "checked" in given
        if "name" in given and kind not in _NOT_SENT and is_ticked:
            self.fields.setdefault(given["name"], []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "form":
                self._is_inside = False
            case "select":
                self._select = ""
            case "textarea":
                self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._is_inside and self._textarea:
            self.fields[self._textarea][0] += data.lstrip("\r\n")
