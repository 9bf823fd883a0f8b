"""The translations of a pass: `<language>.lproj/pass.strings`, lines of `"KEY" = "value";` (Apple, "Strings Files")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from cardamom.kit.i18n import _
from cardamom.wallet.lint.apple_bundle import Files
from cardamom.wallet.lint.apple_fields import Field, change_sentence, fields, length_findings, measured
from cardamom.wallet.lint.findings import Finding, error, joined, warning
from cardamom.wallet.lint.json_shape import short

_FILE = re.compile(r"(?P<language>[^/]+)\.lproj/pass\.strings")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*|Base")
_SKIPPED = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_ENTRY = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=\s*"((?:[^"\\]|\\.)*)"\s*;', re.DOTALL)
_ESCAPE = re.compile(r"\\(U[0-9A-Fa-f]{4}|u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class Strings(msgspec.Struct, frozen=True):
    """The texts of a file. broken_line: the first that cannot be read, None when all can."""

    texts: dict[str, str]
    twice: tuple[str, ...]
    broken_line: int | None


class NotText(ValueError):
    """The file is in no encoding that phones read."""


def read_strings(content: bytes) -> Strings:
    """UTF-8, or UTF-16 with a byte order mark. Raises NotText."""
    text = _decoded(content)
    texts: dict[str, str] = {}
    twice: list[str] = []
    at = _skip(text, 0)
    while at < len(text):
        match = _ENTRY.match(text, at)
        if match is None:
            return Strings(texts, tuple(twice), text.count("\n", 0, at) + 1)
        key, value = (_ESCAPE.sub(_unescaped, part) for part in match.groups())
        if key in texts:
            twice.append(key)
        texts[key] = value
        at = _skip(text, match.end())
    return Strings(texts, tuple(twice), None)


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotText from error


def _skip(text: str, at: int) -> int:
    match = _SKIPPED.match(text, at)
    return match.end() if match else at


def _unescaped(match: re.Match[str]) -> str:
    escaped = match[1]
    if len(escaped) == 5:
        return chr(int(escaped[1:], 16))
    return _ESCAPES.get(escaped, escaped)


def word_findings(files: Files, document: Mapping[str, Any]) -> Iterator[Finding]:
    """Everything about the translations."""
    languages: dict[str, dict[str, str]] = {}
    for name, content in files.items():
        if not (match := _FILE.fullmatch(name)):
            continue
        if not _LANGUAGE.fullmatch(match["language"]):
            sentence = _("%(folder)s is not the name of a language, so nobody sees these texts.")
            yield error("strings_language", name, sentence % {"folder": short(match["language"])})
        try:
            strings = read_strings(content)
        except NotText:
            yield error("strings_encoding", name, _("This file is neither UTF-8 nor UTF-16."))
            continue
        yield from _file_findings(name, strings)
        languages[name] = strings.texts
    yield from _missing_findings(languages)
    yield from _use_findings(languages, document)


def _file_findings(name: str, strings: Strings) -> Iterator[Finding]:
    if strings.broken_line is not None:
        sentence = _('Line %(line)s is not of the form "KEY" = "value"; and phones stop reading there.')
        yield error("strings_syntax", name, sentence % {"line": strings.broken_line})
    for key in strings.twice:
        yield error("strings_twice", joined(name, key), _("This text is there twice."))


def _missing_findings(languages: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    every = dict.fromkeys(key for texts in languages.values() for key in texts)
    for name, texts in languages.items():
        for key in every:
            if key not in texts:
                sentence = _("This text is missing here; other languages have it.")
                yield warning("strings_missing", joined(name, key), sentence)


def _use_findings(
    languages: Mapping[str, Mapping[str, str]], document: Mapping[str, Any]
) -> Iterator[Finding]:
    used = set(_texts(document))
    for name, texts in languages.items():
        for key in texts:
            if key not in used:
                sentence = _("Nothing in the pass is this text, so its translation is not shown.")
                yield warning("strings_unused", joined(name, key), sentence)
    for field in fields(document):
        yield from _change_findings(field, languages)
        for part, text, limit in measured(field):
            for name, texts in languages.items():
                for finding in length_findings(field, part, texts.get(text, ""), limit):
                    yield msgspec.structs.replace(finding, where=joined(name, text))


def _change_findings(field: Field, languages: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """The message is a text of its own, or the name of one in every language."""
    message = field.content.get("changeMessage")
    if not isinstance(message, str) or not message:
        return
    said = {name: texts[message] for name, texts in languages.items() if message in texts}
    for name, text in said.items():
        if "%@" not in text:
            yield error("change_message", joined(name, message), change_sentence())
    if not said and "%@" not in message:
        yield error("change_message", field.where, change_sentence())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
