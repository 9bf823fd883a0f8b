"""The fields of a pass: where they may stand, how many are shown, and what their values must be.

Source: Apple, "PassFields" and "PassFieldContent"; Wallet drops silently what does not fit, so each drop is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from cardamom.kit.i18n import _
from cardamom.wallet.lint.apple_bundle import PASS
from cardamom.wallet.lint.apple_schema import GROUPS, LEGACY_STYLES, POSTER, is_date
from cardamom.wallet.lint.findings import Finding, error, joined, warning
from cardamom.wallet.lint.json_shape import short
from cardamom.wallet.lint.lengths import visible_characters

Document = Mapping[str, Any]

#: How many fields of these groups together a style shows. Groups that a style does not know show none.
_ROOM: Mapping[str, tuple[tuple[frozenset[str], int], ...]] = {
    style: tuple((frozenset(groups.split()), count) for groups, count in room.items())
    for style, room in {
        "storeCard": {"headerFields": 3, "primaryFields": 1, "secondaryFields auxiliaryFields": 4},
        "coupon": {"headerFields": 3, "primaryFields": 1, "secondaryFields auxiliaryFields": 4},
        "generic": {"headerFields": 3, "primaryFields": 1, "secondaryFields": 4, "auxiliaryFields": 4},
        "eventTicket": {"headerFields": 3, "primaryFields": 1, "secondaryFields": 4, "auxiliaryFields": 8},
        "boardingPass": {"headerFields": 3, "primaryFields": 2, "secondaryFields": 4, "auxiliaryFields": 5},
        POSTER: {"headerFields": 1, "primaryFields": 4, "footerFields": 1},
    }.items()
}
_GROUPS_OF: Mapping[str, frozenset[str]] = {
    style: frozenset({"backFields"}).union(*(groups for groups, _count in room))
    for style, room in _ROOM.items()
}
#: Beyond this many characters phones cut with an ellipsis. A guide with room to spare, since Apple publishes no rule.
_LONGEST_VALUE: Mapping[str, int] = {
    "headerFields": 14,
    "primaryFields": 40,
    "secondaryFields": 34,
    "auxiliaryFields": 34,
    "footerFields": 48,
}
_LONGEST_LABEL = 26
_DATES = ("dateStyle", "timeStyle", "isRelative", "ignoresTimeZone")
_NUMBERS = ("numberStyle", "currencyCode")
_TAG = re.compile(r"</?\s*([A-Za-z][A-Za-z0-9]*)")


class Field(msgspec.Struct, frozen=True):
    """A field and where it stands."""

    style: str
    group: str
    content: Document
    where: str


def fields(document: Document) -> Iterator[Field]:
    """Every field of every style that is one as far as JSON goes."""
    for style in (*LEGACY_STYLES, POSTER):
        groups = document.get(style)
        if not isinstance(groups, Mapping):
            continue
        for group in GROUPS:
            members = groups.get(group)
            for place, content in enumerate(members if isinstance(members, list) else ()):
                if isinstance(content, Mapping):
                    where = joined(PASS, f"{style}.{group}[{place}]")
                    yield Field(style, group, content, where)


def field_findings(document: Document) -> Iterator[Finding]:
    """Everything about the fields."""
    found = list(fields(document))
    yield from _room_findings(found)
    yield from _key_findings(found)
    for field in found:
        yield from _format_findings(field)
        yield from _place_findings(field)
        yield from _text_findings(field)


def _room_findings(found: list[Field]) -> Iterator[Finding]:
    for style, room in _ROOM.items():
        for groups, most in room:
            number = sum(1 for field in found if field.style == style and field.group in groups)
            if number > most:
                where = joined(PASS, " + ".join(f"{style}.{group}" for group in GROUPS if group in groups))
                sentence = _("These are %(number)s fields; %(most)s are shown.")
                yield error("field_overflow", where, sentence % {"number": number, "most": most})
    for field in found:
        is_extra = field.style == "eventTicket" and field.group == "additionalInfoFields"
        if field.group not in _GROUPS_OF[field.style] and not is_extra:
            sentence = _("A pass of this style does not show this group of fields.")
            yield error("field_group", field.where, sentence)


def _key_findings(found: list[Field]) -> Iterator[Finding]:
    seen: set[object] = set()
    for field in found:
        key = field.content.get("key")
        if isinstance(key, str) and key in seen:
            sentence = _("The key %(key)s is there twice. It is unique in the whole pass, across styles too.")
            yield error("field_key_twice", field.where, sentence % {"key": short(key)})
        seen.add(key if isinstance(key, str) else None)


def change_sentence() -> str:
    """What is wrong with a message that does not show the new value."""
    sentence = _("The message of a change has no %(place)s for the new value, so nobody is told.")
    return sentence % {"place": "%@"}


def _format_findings(field: Field) -> Iterator[Finding]:
    content, value = field.content, field.content.get("value")
    has_date = [key for key in _DATES if key in content]
    has_number = [key for key in _NUMBERS if key in content]
    if "numberStyle" in content and "currencyCode" in content:
        sentence = _("A field has a numberStyle or a currencyCode, not both.")
        yield error("field_two_formats", field.where, sentence)
    elif has_date and has_number:
        sentence = _("A field is formatted as a date or as a number, not both.")
        yield error("field_two_formats", field.where, sentence)
    if has_date and not (isinstance(value, str) and is_date(value)):
        sentence = _("%(key)s is for dates with a time and a zone; this value is none.")
        yield error("field_not_date", field.where, sentence % {"key": has_date[0]})
    if has_number and not isinstance(value, int | float):
        sentence = _("%(key)s is for numbers; this value is none.")
        yield error("field_not_number", field.where, sentence % {"key": has_number[0]})


def _place_findings(field: Field) -> Iterator[Finding]:
    content, group = field.content, field.group
    if "textAlignment" in content and group in {"primaryFields", "backFields"}:
        sentence = _("Primary fields and those on the back have no textAlignment.")
        yield error("field_alignment", field.where, sentence)
    if "dataDetectorTypes" in content and group != "backFields":
        sentence = _("Only fields on the back have dataDetectorTypes.")
        yield warning("field_detectors", field.where, sentence)
    if "row" in content and (field.style, group) != ("eventTicket", "auxiliaryFields"):
        yield warning("field_row", field.where, _("Only auxiliary fields of an event ticket have a row."))
    attributed = content.get("attributedValue")
    if isinstance(attributed, str):
        others = {tag.lower() for tag in _TAG.findall(attributed)} - {"a"}
        if others:
            sentence = _("Wallet shows links with <a href> here and no other markup: %(tags)s.")
            yield warning("field_markup", field.where, sentence % {"tags": ", ".join(sorted(others))})


def _text_findings(field: Field) -> Iterator[Finding]:
    """Of texts as they stand; translations are measured where they are."""
    for part, text, limit in measured(field):
        yield from length_findings(field, part, text, limit)


def measured(field: Field) -> Iterator[tuple[str, str, int]]:
    """The texts of a field that have little room: (label or value, text, how many characters)."""
    limit = _LONGEST_VALUE.get(field.group)
    if limit is None:
        return
    for part, most in (("label", _LONGEST_LABEL), ("value", limit)):
        text = field.content.get(part)
        if isinstance(text, str):
            yield part, text, most


def length_findings(field: Field, part: str, text: str, limit: int) -> Iterator[Finding]:
    """A warning for a text that will be cut. part: label or value."""
    if visible_characters(text) > limit:
        sentence = _("%(text)s is longer than %(limit)s characters; a phone will cut it.")
        yield warning("text_long", f"{field.where}.{part}", sentence % {"text": short(text), "limit": limit})
