"""JSON that must have a certain shape: read without trusting it, and compared with a JSON Schema in sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, NoReturn

import jsonschema_rs
import msgspec

from cardamom.kit.i18n import _

#: What can be wrong with a value. shape: the form of a text. format: a format of the schema, named in `detail`.
Fault = Literal["unknown", "required", "value", "type", "shape", "range", "format"]

_FAULTS: dict[str, Fault] = {
    "additionalProperties": "unknown",
    "required": "required",
    "enum": "value",
    "const": "value",
    "type": "type",
    "pattern": "shape",
    "format": "format",
}
#: JSON that is nested deeper is nobody's pass; the schema's validator would need as much stack.
DEEPEST = 100


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Where a document is not as the schema says."""

    fault: Fault
    where: str
    sentence: str
    detail: str


class NotJson(ValueError):
    """It is no JSON that we read. `str()` is the sentence for it."""


class Read(msgspec.Struct, frozen=True):
    """A JSON object and the keys that it has twice, of which readers take either."""

    document: dict[str, Any]
    twice: tuple[str, ...]


def read_object(content: bytes) -> Read:
    """A JSON object in UTF-8 (RFC 8259). Raises NotJson."""
    document, twice = read_json(content)
    if not isinstance(document, dict):
        raise NotJson(_("This must be a JSON object."))
    return Read(document, twice)


def read_json(content: bytes) -> tuple[Any, tuple[str, ...]]:
    """Any JSON in UTF-8, and the keys that an object in it has twice. Raises NotJson."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJson(_("This is not UTF-8.")) from error
    if text.startswith("\ufeff"):
        raise NotJson(_("This begins with a byte order mark, which JSON does not have."))
    twice: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in pairs:
            if key in made:
                twice.append(key)
            made[key] = value
        return made

    try:
        document = json.loads(text, object_pairs_hook=unique, parse_constant=_no_constant)
    except RecursionError as error:
        raise NotJson(_("This is nested too deeply.")) from error
    except ValueError as error:
        raise NotJson(_("This is not JSON: %(reason)s.") % {"reason": error}) from error
    if _is_deeper(document, DEEPEST):
        raise NotJson(_("This is nested too deeply."))
    try:
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotJson(
            _("This has half of a character: an escaped surrogate without its other half.")
        ) from error
    return document, tuple(dict.fromkeys(twice))


def problems(validator: jsonschema_rs.Draft202012Validator, document: Any) -> Iterator[Problem]:
    """What the schema does not allow, outer values first."""
    for found in validator.iter_errors(document):
        where = path(found.instance_path)
        facts = found.kind.as_dict()
        fault = _FAULTS.get(found.kind.name, "range")
        match fault:
            case "unknown":
                for key in facts["unexpected"]:
                    sentence = _("There is no field %(key)s here.") % {"key": key}
                    yield Problem(fault=fault, where=inside(where, key), sentence=sentence, detail=key)
            case "required":
                key = facts["property"]
                sentence = _("The required field %(key)s is missing.") % {"key": key}
                yield Problem(fault=fault, where=inside(where, key), sentence=sentence, detail=key)
            case "value":
                sentence = _unknown_value(found.instance, facts)
                yield Problem(fault=fault, where=where, sentence=sentence, detail="")
            case "type":
                sentence = _wrong_type(found.instance, facts["types"])
                yield Problem(fault=fault, where=where, sentence=sentence, detail="")
            case "shape":
                sentence = _("%(value)s does not have the form that is wanted here.")
                sentence %= {"value": short(found.instance)}
                yield Problem(fault=fault, where=where, sentence=sentence, detail="")
            case "format":
                yield Problem(
                    fault=fault, where=where, sentence=short(found.instance), detail=facts["format"]
                )
            case _:
                sentence = _("%(value)s is outside of what is allowed.") % {"value": short(found.instance)}
                yield Problem(fault="range", where=where, sentence=sentence, detail=found.kind.name)


def inside(where: str, key: str) -> str:
    """The path of a member."""
    return f"{where}.{key}" if where else key


def path(parts: list[str | int]) -> str:
    """`locations[0].latitude`."""
    made = ""
    for part in parts:
        made = f"{made}[{part}]" if isinstance(part, int) else inside(made, part)
    return made


def short(value: object) -> str:
    """A value as it is quoted in a sentence."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _is_deeper(value: Any, levels: int) -> bool:
    waiting = [(value, 0)]
    while waiting:
        outer, level = waiting.pop()
        if level > levels:
            return True
        inner = outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ()
        waiting.extend((one, level + 1) for one in inner if isinstance(one, dict | list))
    return False


def _unknown_value(value: object, facts: dict[str, Any]) -> str:
    options = facts.get("options", [facts.get("expected_value")])
    if isinstance(value, str) and value.upper() != value and all(_is_capital(one) for one in options):
        sentence = _("%(value)s is not known. Values are in capital letters; the older ones are gone.")
        return sentence % {"value": short(value)}
    return _("%(value)s is not one of %(options)s.") % {
        "value": short(value),
        "options": ", ".join(map(str, options)),
    }


def _is_capital(option: object) -> bool:
    return isinstance(option, str) and option == option.upper()


def _wrong_type(value: object, types: list[str]) -> str:
    if isinstance(value, str) and {"number", "integer"} & set(types):
        return _("%(value)s is a number in quotes: write it without them.") % {"value": short(value)}
    if isinstance(value, int | float) and not isinstance(value, bool) and types == ["string"]:
        return _("%(value)s must be in quotes here.") % {"value": short(value)}
    return _("This must be of the type %(type)s.") % {"type": ", ".join(types)}
