"""Google's own description of its passes, as a check that runs before a document leaves the process.

`walletobjects.json` is a trimmed copy of the official discovery document (scripts/walletobjects); a JSON Schema is
made of it: unknown keys are forbidden, what "Required." begins is required, int64 is a string of digits, lower-case
enum values are gone since they are deprecated. What the document says only in prose is in `limits`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args

import jsonschema_rs

from cardamom.kit.i18n import _
from cardamom.wallet.google.limits import (
    ALSO_REQUIRED,
    COUNTS,
    LENGTHS,
    PATTERNS,
    RANGES,
    SET_BY_GOOGLE,
    Place,
)
from cardamom.wallet.lint.findings import Finding, error, warning
from cardamom.wallet.lint.json_shape import Fault, inside, problems, short
from cardamom.wallet.lint.lengths import visible_characters

Document = Mapping[str, Any]

#: What can be sent: the resources by the name in their address, and the bodies of the other calls.
Kind = Literal[
    "loyaltyClass",
    "loyaltyObject",
    "offerClass",
    "offerObject",
    "genericClass",
    "genericObject",
    "addMessageRequest",
    "modifyLinkedOfferObjectsRequest",
    "jwtResource",
    "jwtValidateRequest",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
_CODES: dict[Fault, str] = {
    "unknown": "google_unknown_field",
    "required": "google_required_field",
    "value": "google_unknown_value",
    "type": "google_wrong_type",
    "shape": "google_wrong_form",
    "range": "google_out_of_range",
}
_INT32 = {"minimum": -(2**31), "maximum": 2**31 - 1}


@lru_cache(maxsize=1)
def discovery() -> dict[str, Any]:
    """The trimmed discovery document: `revision`, `resources` with their methods, `schemas`."""
    text = files("cardamom.wallet.google").joinpath("walletobjects.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def check(kind: Kind, document: Document) -> list[Finding]:
    """What Google would refuse in a document that is inserted or updated, or not show as it is."""
    return [*_schema_findings(_validator(kind), document), *_limit_findings(_schema_name(kind), document)]


def walk(kind: Kind, document: Document) -> Iterator[tuple[str, str, Any, str]]:
    """Each value that the schema knows, from the outside in: (schema, property, value, path)."""
    return _walk(_schema_name(kind), document, "")


def _schema_name(kind: Kind) -> str:
    return kind[0].upper() + kind[1:]


@cache
def _validator(kind: Kind) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({**_definitions(), "$ref": _reference(_schema_name(kind))})


@lru_cache(maxsize=1)
def _definitions() -> dict[str, Any]:
    return {"$defs": {name: _definition(name) for name in discovery()["schemas"]}}


def _required(name: str) -> list[str]:
    properties = discovery()["schemas"][name].get("properties", {})
    marked = [
        key for key, value in properties.items() if value.get("description", "").startswith("Required.")
    ]
    return list(dict.fromkeys([*marked, *ALSO_REQUIRED.get(name, ())]))


def _definition(name: str) -> dict[str, Any]:
    properties = discovery()["schemas"][name].get("properties", {})
    return {
        "type": "object",
        "additionalProperties": False,
        "required": _required(name),
        "properties": {key: _property((name, key), value) for key, value in properties.items()},
    }


def _property(place: Place, described: Document) -> dict[str, Any]:
    if "$ref" in described:
        return {"$ref": _reference(described["$ref"])}
    if described["type"] == "array":
        return {"type": "array", "items": _property(place, described["items"])}
    made: dict[str, Any] = {"type": described["type"]}
    if described.get("format") == "int64":
        made["pattern"] = r"^-?[0-9]{1,19}$"
    if described.get("format") == "int32":
        made |= _INT32
    if "enum" in described:
        old = described.get("enumDeprecated", [False] * len(described["enum"]))
        made["enum"] = [value for value, is_old in zip(described["enum"], old, strict=True) if not is_old]
    if pattern := PATTERNS.get(place):
        made["pattern"] = pattern
    if between := RANGES.get(place):
        made["minimum"], made["maximum"] = between
    return made


def _reference(name: str) -> str:
    return f"#/$defs/{name}"


def _schema_findings(validator: jsonschema_rs.Draft202012Validator, document: Document) -> list[Finding]:
    return [error(_CODES[one.fault], one.where, one.sentence) for one in problems(validator, document)]


def _limit_findings(schema: str, document: Document) -> Iterator[Finding]:
    for name, key, value, where in _walk(schema, document, ""):
        if (limit := LENGTHS.get((name, key))) is not None:
            yield from _too_long(value, where, limit)
        count = COUNTS.get((name, key))
        if count is not None and isinstance(value, list) and len(value) > count.most:
            sentence = _("There are %(number)s entries; Google takes %(most)s at most.") % {
                "number": len(value),
                "most": count.most,
            }
            made = error if count.is_refused else warning
            yield made("google_too_many", where, sentence)
        if (name, key) in SET_BY_GOOGLE:
            yield warning("google_read_only", where, _("Google sets this itself and ignores what is sent."))
        elif discovery()["schemas"][name]["properties"][key].get("deprecated"):
            yield warning("google_deprecated", where, _("Google no longer uses this field."))


def _too_long(value: object, where: str, limit: int) -> Iterator[Finding]:
    for text in _texts(value):
        if visible_characters(text) > limit:
            sentence = _("%(text)s is longer than %(limit)s characters; Google may cut it.")
            yield warning("google_long_text", where, sentence % {"text": short(text), "limit": limit})


def _texts(value: object) -> Iterator[str]:
    """The text, or those of a LocalizedString."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        inner = [value.get("defaultValue"), *_list(value.get("translatedValues"))]
        yield from (
            one["value"] for one in inner if isinstance(one, Mapping) and isinstance(one.get("value"), str)
        )


def _walk(schema: str, document: object, where: str) -> Iterator[tuple[str, str, Any, str]]:
    if not isinstance(document, Mapping):
        return
    properties = discovery()["schemas"][schema].get("properties", {})
    for key, value in document.items():
        if key not in properties:
            continue
        path = inside(where, key)
        yield schema, key, value, path
        described = properties[key]
        if "$ref" in described:
            yield from _walk(described["$ref"], value, path)
        elif "$ref" in described.get("items", {}):
            for place, member in enumerate(_list(value)):
                yield from _walk(described["items"]["$ref"], member, f"{path}[{place}]")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
