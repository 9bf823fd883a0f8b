"""A .pkpass as its reader sees it: files, `pass.json`, translations; and what OpenSSL says of its signature."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

_LINE = re.compile(r'"((?:[^"\\]|\\.)*)" = "((?:[^"\\]|\\.)*)";\n')
_ESCAPE = re.compile(r"\\(U[0-9a-f]{4}|.)", re.DOTALL)
_MEANINGS = {"n": "\n", "r": "\r", "t": "\t"}


class OpenedPass(msgspec.Struct, frozen=True):
    """files: by path."""

    files: dict[str, bytes]

    @property
    def document(self) -> dict[str, Any]:
        return msgspec.json.decode(self.files["pass.json"], type=dict[str, Any])

    @property
    def manifest(self) -> dict[str, str]:
        return msgspec.json.decode(self.files["manifest.json"], type=dict[str, str])

    def strings(self, language: str) -> dict[str, str]:
        return read_strings(self.files[f"{language}.lproj/pass.strings"])


def opened(content: bytes) -> OpenedPass:
    """Every file of a bundle; the archive checks its CRCs."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return OpenedPass({name: archive.read(name) for name in archive.namelist()})


def read_strings(content: bytes) -> dict[str, str]:
    """A reader of `.strings` that knows nothing but the format."""
    text, end, found = content.decode(), 0, {}
    for line in _LINE.finditer(text):
        assert line.start() == end, text[end : line.start()]
        end = line.end()
        found[_unescaped(line[1])] = _unescaped(line[2])
    assert end == len(text)
    return found


def _unescaped(text: str) -> str:
    def meaning(escape: re.Match[str]) -> str:
        said = escape[1]
        return chr(int(said[1:], 16)) if said[0] == "U" else _MEANINGS.get(said, said)

    return _ESCAPE.sub(meaning, text)


def all_fields(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The fields of every group of every style."""
    for style in ("storeCard", "coupon", "posterGeneric"):
        for group in document.get(style, {}).values():
            yield from group


def openssl_says(folder: Path, *, content: bytes, signature: bytes, root_pem: bytes) -> str | None:
    """None where `openssl cms -verify` takes the signature, else what it says against it."""
    for name, data in (("content", content), ("signature", signature), ("root.pem", root_pem)):
        (folder / name).write_bytes(data)
    # Without "any" the purpose of S/MIME is asked for, which pass certificates do not have.
    command = (
        "openssl cms -verify -binary -inform DER -in signature -content content -CAfile root.pem -purpose any"
    )
    ran = subprocess.run(command.split(), cwd=folder, capture_output=True, check=False)
    if ran.returncode:
        return ran.stderr.decode()
    assert ran.stdout == content
    return None
