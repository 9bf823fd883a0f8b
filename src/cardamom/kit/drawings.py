"""SVG that people upload: checked before it is drawn, because a drawing can be a program.

Refused are entities (the billion laughs), copies of copies, references to anything outside of the file, pictures in
pictures other than PNG and JPEG, and nesting that no drawing needs. Scripts and links have no effect: they are not
drawn. Source of the risks: W3C "SVG Integration", and the limits that resvg leaves to its callers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

import resvg_py

MOST_BYTES: Final = 1024 * 1024
MOST_ELEMENTS: Final = 20_000
MOST_DEPTH: Final = 64
#: Pixels of the longer side.
EDGE: Final = 1_200
_MOST_ASPECT: Final = 20.0

_REFERENCES: Final = frozenset({"href", "{http://www.w3.org/1999/xlink}href"})
_INSIDE: Final = re.compile(r"#\S+|data:image/(?:png|jpe?g);base64,[A-Za-z0-9+/=\s]+")
_ADDRESS_IN_STYLE: Final = re.compile(r"@import|url\(\s*(?!['\"]?#)", re.IGNORECASE)
_LENGTH: Final = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*(?:px|pt|pc|mm|cm|in)?\s*")
_TEXTS: Final = frozenset({"text", "tspan", "textPath"})
_DRAWN_TWICE: Final = frozenset({"use", "pattern", "marker", "mask", "clipPath", "filter", "symbol"})


class BadDrawing(ValueError):
    """Not a drawing, or one that we do not draw."""


class TextInDrawing(BadDrawing):
    """It has letters, which would look different here, or not at all."""


def render(data: bytes) -> bytes:
    """The drawing as a PNG file with transparent ground. Raises BadDrawing."""
    text = checked_svg(data)
    root = _parsed(text)
    width, height = _size_of(root)
    try:
        return resvg_py.svg_to_bytes(
            svg_string=text, skip_system_fonts=True, width=width, height=height, dpi=96
        )
    except (ValueError, RuntimeError) as error:
        raise BadDrawing(str(error)) from error


def checked_svg(data: bytes) -> str:
    """The text of a drawing that is safe to draw. Raises BadDrawing."""
    if len(data) > MOST_BYTES:
        raise BadDrawing("larger than drawings are")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDrawing("not UTF-8") from error
    if "<!ENTITY" in text or "<!entity" in text or "\x00" in text:
        raise BadDrawing("entities")
    root = _parsed(text)
    if _name(root) != "svg":
        raise BadDrawing("not SVG")
    elements = list(root.iter())
    for element in elements:
        _check_element(element)
    if any(_name(element) in _TEXTS and "".join(element.itertext()).strip() for element in elements):
        raise TextInDrawing("text")
    _check_copies(root)
    return text


def _parsed(text: str) -> Element:
    """The tree, built piece by piece so that nesting is seen before it costs anything."""
    grower = _LimitedTree()
    parser = XMLParser(target=grower)  # noqa: S314 - entities were refused before, and nothing else is expanded
    try:
        for start in range(0, len(text), 65_536):
            parser.feed(text[start : start + 65_536])
        root = parser.close()
    except ParseError as error:
        raise BadDrawing(str(error)) from error
    if not isinstance(root, Element):
        raise BadDrawing("empty")
    return root


class _LimitedTree(TreeBuilder):
    """Raises BadDrawing for more elements, or deeper ones, than a drawing needs."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._count = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._count += 1
        if self._depth > MOST_DEPTH or self._count > MOST_ELEMENTS:
            raise BadDrawing("too deep or too long")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def _check_element(element: Element) -> None:
    for name, value in element.attrib.items():
        if name in _REFERENCES and not _INSIDE.fullmatch(value.strip()) and _name(element) != "a":
            raise BadDrawing("a reference to something outside")
        if name == "style" and _ADDRESS_IN_STYLE.search(value):
            raise BadDrawing("a style from outside")
    if _name(element) == "style" and _ADDRESS_IN_STYLE.search("".join(element.itertext())):
        raise BadDrawing("a style from outside")


def _check_copies(root: Element) -> None:
    """Raises BadDrawing where copies of copies would be more than a drawing may have, or contain themselves."""
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    known: dict[int, int] = {}
    open_ones: Counter[int] = Counter()

    def size_of(element: Element) -> int:
        key = id(element)
        if key in known:
            return known[key]
        if open_ones[key]:
            raise BadDrawing("a copy of itself")
        open_ones[key] += 1
        size = 1 + sum(size_of(child) for child in element) + sum(map(size_of, _copied_by(element, by_id)))
        open_ones[key] -= 1
        if size > MOST_ELEMENTS:
            raise BadDrawing("too many copies")
        known[key] = size
        return size

    try:
        size_of(root)
    except RecursionError as error:
        raise BadDrawing("copies of copies of copies") from error


_LINKED: Final = re.compile(r"url\(\s*['\"]?#([^'\")\s]+)")


def _copied_by(element: Element, by_id: dict[str | None, Element]) -> Iterator[Element]:
    """What this element draws again: by `use`, or by a pattern, mask, marker or filter that it names."""
    for name, value in element.attrib.items():
        if name in _REFERENCES and value.strip().startswith("#"):
            target = by_id.get(value.strip()[1:])
            if target is not None:
                yield target
        for linked in _LINKED.findall(value):
            target = by_id.get(linked)
            if target is not None and _name(target) in _DRAWN_TWICE:
                yield target


def _size_of(root: Element) -> tuple[int, int]:
    """Pixels of the picture: as large as we draw, in the drawing's own proportions."""
    box = [
        float(number) for number in re.split(r"[\s,]+", root.get("viewBox", "").strip()) if _is_number(number)
    ]
    if len(box) == 4:
        width, height = box[2], box[3]
    else:
        width, height = _length(root.get("width")), _length(root.get("height"))
    if not (0 < width < 1e7 and 0 < height < 1e7) or not 1 / _MOST_ASPECT <= width / height <= _MOST_ASPECT:
        raise BadDrawing("no size")
    scale = EDGE / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?", text) is not None


def _length(text: str | None) -> float:
    match = _LENGTH.fullmatch(text or "")
    return float(match[1]) if match else 0.0


def _name(element: Element) -> str:
    """Without its namespace."""
    return element.tag.rpartition("}")[2]
