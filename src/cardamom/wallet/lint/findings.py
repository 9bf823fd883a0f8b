"""What a look at a pass can find."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

#: error: a phone refuses the pass, or drops what the shop wanted to show. warning: it works and could be better.
Severity = Literal["error", "warning"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as the maker of the wallet wants it.

    code: stable, for programs (docs/reference/pass-findings.md). where: a file of the bundle, a path in a document, or
    both with a space between; "" for the whole. sentence: for people, in the language in force.
    """

    severity: Severity
    code: str
    where: str
    sentence: str


def error(code: str, where: str, sentence: str) -> Finding:
    """Something because of which the pass is refused or shown wrongly."""
    return Finding(severity="error", code=code, where=where, sentence=sentence)


def warning(code: str, where: str, sentence: str) -> Finding:
    """Something that works and could be better."""
    return Finding(severity="warning", code=code, where=where, sentence=sentence)


def has_error(findings: Iterable[Finding]) -> bool:
    """Whether a wallet would refuse what these were found in, or show it wrongly."""
    return any(finding.severity == "error" for finding in findings)


def joined(*parts: str) -> str:
    """A place in a place: a file and a path in it."""
    return " ".join(part for part in parts if part)
