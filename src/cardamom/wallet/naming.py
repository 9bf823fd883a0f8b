"""Public names of passes and classes: Apple's serial numbers, the suffixes of Google's ids.

A name begins with the merchant's handle, which the directory leads from, and ends with an id in hexadecimal. Google
allows letters, digits, ".", "_" and "-" in a suffix (Google Wallet REST reference); Apple any text.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from cardamom.kit.ids import is_id
from cardamom.merchants.rules import HANDLE_ALPHABET, HANDLE_LENGTH

ClassKind = Literal["program", "reward"]

_LETTERS: Final[dict[ClassKind, str]] = {"program": "p", "reward": "r"}
_KINDS: Final[dict[str, ClassKind]] = {letter: kind for kind, letter in _LETTERS.items()}

_NAME = re.compile(rf"([{re.escape(HANDLE_ALPHABET)}]{{{HANDLE_LENGTH}}})\.([pr]?)([0-9a-f]{{32}})")


class PassName(msgspec.Struct, frozen=True):
    """What the public name of a pass says."""

    handle: str
    binding_id: str


class ClassName(msgspec.Struct, frozen=True):
    """What the public name of one of Google's classes says. subject_id: of the program or the reward."""

    handle: str
    kind: ClassKind
    subject_id: str


def pass_name(handle: str, binding_id: str) -> str:
    """`<handle>.<binding id without dashes>`: Apple's serialNumber."""
    return f"{handle}.{binding_id.replace('-', '')}"


def split_name(name: str) -> PassName | None:
    """None for what is no name of a pass."""
    found = _split(name)
    return None if found is None or found[1] else PassName(found[0], found[2])


def class_name(handle: str, kind: ClassKind, subject_id: str) -> str:
    """`<handle>.p<program id>` or `<handle>.r<reward id>`, without dashes."""
    return f"{handle}.{_LETTERS[kind]}{subject_id.replace('-', '')}"


def split_class_name(name: str) -> ClassName | None:
    """None for what is no name of a class."""
    found = _split(name)
    return None if found is None or not found[1] else ClassName(found[0], _KINDS[found[1]], found[2])


def issued_name(issuer: str, name: str) -> str:
    """Google's id of an object or a class: `<issuer>.<name>`."""
    return f"{issuer}.{name}"


def split_issued_name(id: str, *, issuer: str) -> str | None:
    """The name behind a Google id of this issuer; None for an id of another."""
    return id[len(issuer) + 1 :] if id.startswith(f"{issuer}.") else None


def _split(name: str) -> tuple[str, str, str] | None:
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    handle, letter, digits = found.groups()
    id = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return (handle, letter, id) if is_id(id) else None
