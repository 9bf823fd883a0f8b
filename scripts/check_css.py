"""Refuse left and right in our styles: every page is laid out in both directions.

    check_css.py [ROOT]        ROOT is the checkout, by default the one this file is in

Looked at are `.css` files, `<style>` elements, `style` and `align` attributes in templates, and `element.style` in
JavaScript. Physical are properties (`margin-left`), values (`text-align: right`) and shorthands whose two sides
differ (`padding: 0 4px 0 8px`). A rule whose selector names a direction (`:dir(rtl)`, `[dir="rtl"]`) may be physical:
that is how a gradient or an arrow is mirrored. Vendored files are not ours.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import tinycss2

Finding = tuple[int, str]  # line, what is wrong

PHYSICAL_NAME = re.compile(r"(^|-)(left|right)(-|$)")
NAMES_A_DIRECTION = re.compile(r":dir\(|\[dir\b")
FOUR_SIDES = {
    "inset",
    "margin",
    "padding",
    "border-width",
    "border-style",
    "border-color",
    "scroll-margin",
    "scroll-padding",
}
SCRIPTED = re.compile(
    r"\.style\.(left|right|\w+(?:Left|Right)\w*)\b|\.style\.setProperty\(\s*[\"']([\w-]*(?:left|right)[\w-]*)"
)


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = False
    for path in sorted((root / "src").rglob("*")):
        if "vendor" in path.parts or not path.is_file():
            continue
        for line, problem in findings(path):
            found = True
            print(f"{path.relative_to(root)}:{line}: {problem}")
    return 1 if found else 0


def findings(path: Path) -> list[Finding]:
    """What is physical in one file; nothing for a kind of file that has no styles."""
    if path.suffix == ".css":
        return list(
            in_rules(tinycss2.parse_stylesheet(text_of(path), skip_comments=True, skip_whitespace=True))
        )
    if path.suffix in {".html", ".svg"}:
        return list(in_markup(text_of(path)))
    if path.suffix in {".js", ".mjs"}:
        return list(in_script(text_of(path)))
    return []


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def in_rules(nodes: Sequence[Any]) -> Iterator[Finding]:
    """Walk parsed rules, at-rules and declarations, nested ones included."""
    for node in nodes:
        if node.type == "declaration":
            yield from in_declaration(node)
        elif node.type == "qualified-rule":
            if not NAMES_A_DIRECTION.search(tinycss2.serialize(node.prelude)):
                yield from in_rules(tinycss2.parse_blocks_contents(node.content))
        elif node.type == "at-rule" and node.content is not None:
            yield from in_rules(tinycss2.parse_blocks_contents(node.content))


def in_declaration(declaration: Any) -> Iterator[Finding]:
    """One `name: value`, looked at for its name, its words and its sides."""
    name = declaration.lower_name
    line = declaration.source_line
    if PHYSICAL_NAME.search(name):
        yield line, f"{name} is physical: use its inline-start or inline-end form"
    for word in words(declaration.value):
        if word in {"left", "right"}:
            yield line, f"{name}: {word} is physical: use start or end"
    sides = [
        tinycss2.serialize([token])
        for token in declaration.value
        if token.type not in {"whitespace", "comment"}
    ]
    if sides_differ(name, sides):
        yield (
            line,
            f"{name} sets different left and right sides: use {name}-inline or its start and end forms",
        )


def words(tokens: Sequence[Any]) -> Iterator[str]:
    """The bare words of a value, also those inside functions; not the text of strings and addresses."""
    for token in tokens:
        if token.type == "ident":
            yield token.lower_value
        elif token.type == "function":
            yield from words(token.arguments)


def sides_differ(name: str, sides: Sequence[str]) -> bool:
    if name in FOUR_SIDES:
        return len(sides) == 4 and sides[1] != sides[3]
    if name == "border-radius" and "/" not in sides and 2 <= len(sides) <= 4:
        # top-left, top-right, bottom-right, bottom-left; a missing one is its opposite corner's
        corners = [*sides, *{2: (sides[0], sides[1]), 3: (sides[1],), 4: ()}[len(sides)]]
        return corners[0] != corners[1] or corners[2] != corners[3]
    return False


class StylesInMarkup(HTMLParser):
    """Collects the styles of a template. Template tags are text to this parser, and stay where they are."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Finding] = []
        self._inside_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside_style = tag == "style"
        line = self.getpos()[0]
        for name, value in attrs:
            if name == "align" and value in {"left", "right"}:
                self.found.append((line, f'align="{value}" is physical: use start or end in a style'))
            if name == "style" and value:
                declarations = tinycss2.parse_blocks_contents(value)
                self.found.extend((line, problem) for _, problem in in_rules(declarations))

    def handle_endtag(self, tag: str) -> None:
        self._inside_style = False

    def handle_data(self, data: str) -> None:
        if self._inside_style:
            first = self.getpos()[0] - 1
            rules = tinycss2.parse_stylesheet(data)
            self.found.extend((first + line, problem) for line, problem in in_rules(rules))


def in_markup(text: str) -> Iterator[Finding]:
    parser = StylesInMarkup()
    parser.feed(text)
    yield from parser.found


def in_script(text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), start=1):
        for match in SCRIPTED.finditer(line):
            yield (
                number,
                f"style {match.group(1) or match.group(2)} is physical: use the inline-start or inline-end form",
            )


if __name__ == "__main__":
    sys.exit(main())
