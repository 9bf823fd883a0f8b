"""Settings as they were given: a value, or the path of a file that holds it (`NAME_FILE`)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

import msgspec

from cardamom.db.problems import SettingProblem

#: A certificate or an account is a few kilobytes; what is larger was named by mistake.
_MOST_BYTES = 256 * 1024


class Material(msgspec.Struct, frozen=True):
    """A certificate, key or account: PEM, JSON, or anything binary (PKCS #12, DER) as a file or in base64.

    With a path it can be read again when the file changes. Its text is never shown.
    """

    name: str
    value: str | None = None
    path: Path | None = None

    def __repr__(self) -> str:
        """Without the value, which is a secret."""
        return f"Material({self.name}, path={self.path})"

    def read(self) -> bytes:
        """The bytes as they are now, out of base64. Raises SettingProblem with the reason."""
        raw = self._raw()
        found = _unwrapped(raw)
        if found is None and self.path is None:
            raise SettingProblem(self.name, "must be PEM, JSON or base64.")
        return raw if found is None else found

    def read_text(self) -> str:
        """As text just as it stands, without white space around it: for passwords. Raises SettingProblem."""
        try:
            return self._raw().decode().strip()
        except UnicodeDecodeError as error:
            raise SettingProblem(self.name, "is not text.") from error

    def _raw(self) -> bytes:
        if self.path is None:
            return (self.value or "").encode()
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise unreadable(self.name, self.path, error.strerror or "it is not a file") from error
        if not content.strip():
            raise empty(self.name, self.path)
        if len(content) > _MOST_BYTES:
            raise unreadable(self.name, self.path, "it is too large to be one")
        return content

    def stamp(self) -> tuple[int, int, int] | None:
        """Changes when the file does: (inode, time of change, size). None for a value, and for a file that is away."""
        if self.path is None:
            return None
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def text_of(said: Mapping[str, str], name: str) -> str | None:
    """A setting or the content of the file that its `_FILE` twin names. Empty counts as not set."""
    given = _given(said, name)
    if given is None or given.path is None:
        return None if given is None else given.value
    try:
        content = given.path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is not text"
        raise unreadable(name, given.path, reason) from error
    if not content:
        raise empty(name, given.path)
    return content


def material_of(said: Mapping[str, str], name: str) -> Material | None:
    """What a setting or its `_FILE` twin gives, read once so that the start stops when it cannot be."""
    given = _given(said, name)
    if given is not None:
        given.read()
    return given


def password_of(said: Mapping[str, str], name: str) -> Material | None:
    """As `material_of`, for what is text whatever it looks like."""
    given = _given(said, name)
    if given is not None:
        given.read_text()
    return given


def _given(said: Mapping[str, str], name: str) -> Material | None:
    direct, path = said.get(name, ""), said.get(f"{name}_FILE", "")
    if direct and path:
        raise SettingProblem(name, f"is given twice: remove {name} or {name}_FILE.")
    if not direct and not path:
        return None
    return Material(name, value=direct or None, path=Path(path) if path else None)


def unreadable(name: str, path: Path, reason: str) -> SettingProblem:
    """The file that a setting names cannot be read."""
    return SettingProblem(f"{name}_FILE", f"names {path}, which cannot be read: {reason}.")


def empty(name: str, path: Path) -> SettingProblem:
    """The file that a setting names says nothing."""
    return SettingProblem(f"{name}_FILE", f"names {path}, which is empty.")


def _unwrapped(content: bytes) -> bytes | None:
    """PEM and JSON as they are, base64 decoded; None for anything else."""
    if b"-----BEGIN " in content or content.lstrip().startswith(b"{"):
        return content
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
