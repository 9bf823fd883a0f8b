"""The bundle of a pass: a zip with a manifest of every file in it (PassKit package format).

Nothing in it is trusted: names, sizes and hashes are claims of whoever made it, and it is never unpacked to a disk.
"""

from __future__ import annotations

import hashlib
import re
import stat
import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import msgspec

from cardamom.kit.i18n import _
from cardamom.wallet.lint.findings import Finding, error, joined, warning
from cardamom.wallet.lint.json_shape import NotJson, read_object

Files = Mapping[str, bytes]

_MEGABYTE = 1024 * 1024
#: A pass is far below; what unpacks to more is read no further.
MOST_UNPACKED_BYTES = 150 * _MEGABYTE
MOST_FILES = 1_000
LARGE_PASS_BYTES = _MEGABYTE

MANIFEST, SIGNATURE, PASS = "manifest.json", "signature", "pass.json"

_SHA1 = re.compile(r"[0-9a-f]{40}")
_ENCRYPTED = 0x1
#: What the standard library says of bytes that are not the zip file they claim to be.
_UNREADABLE = (
    BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


class Opened(msgspec.Struct, frozen=True):
    """The files that could be read, and what was found on the way."""

    files: dict[str, bytes]
    findings: list[Finding]


def open_zip(data: bytes) -> Opened:
    """Every file of a zip, in memory. Never raises: what cannot be read is a finding."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            findings = list(_zip_findings(entries))
            if any(one.code == "zip_bomb" for one in findings):
                return Opened({}, findings)
            files = {}
            for entry in entries:
                if entry.compress_type in {ZIP_STORED, ZIP_DEFLATED} and not entry.flag_bits & _ENCRYPTED:
                    files[entry.filename] = _content(archive, entry)
    except _UNREADABLE as broken:
        return Opened({}, [error("zip_unreadable", "", _unreadable(broken))])
    return Opened(files, findings)


def _unreadable(broken: Exception) -> str:
    return _("This is not a zip file that can be read: %(reason)s.") % {"reason": broken}


def _content(archive: ZipFile, entry: ZipInfo) -> bytes:
    """The bytes of a file, no more than it declared: a bomb declares little. Raises BadZipFile."""
    with archive.open(entry) as opened:
        content = opened.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise BadZipFile(f"{entry.filename} has another size than it says")
    return content


def _zip_findings(entries: list[ZipInfo]) -> Iterator[Finding]:
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_UNPACKED_BYTES:
        yield error("zip_bomb", "", _("Unpacked, this is larger than any pass, so it was not unpacked."))
        return
    for name, count in Counter(entry.filename for entry in entries).items():
        if count > 1:
            yield error("zip_duplicate", name, _("This file is there twice; phones may read either."))
    for entry in entries:
        if _is_unsafe(entry):
            sentence = _("This path leads out of the bundle, or is a link. Files belong at the root.")
            yield error("zip_unsafe_path", entry.filename, sentence)
        if entry.flag_bits & _ENCRYPTED:
            yield error("zip_encrypted", entry.filename, _("This file is encrypted."))
        elif entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            sentence = _("This file is packed in a way that phones do not know: store or deflate it.")
            yield error("zip_method", entry.filename, sentence)


def _is_unsafe(entry: ZipInfo) -> bool:
    parts = entry.filename.split("/")
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    is_absolute = entry.filename.startswith("/") or ":" in parts[0]
    # zipfile itself cuts a name at a NUL and turns the separator of this system into a slash.
    return (
        is_link or is_absolute or ".." in parts or "\\" in entry.orig_filename or "\0" in entry.orig_filename
    )


def manifest_findings(files: Files) -> Iterator[Finding]:
    """Whether the manifest names every file but itself and the signature, with its SHA-1, and nothing else."""
    if MANIFEST not in files:
        yield error("manifest_missing", MANIFEST, _("The manifest is missing."))
        return
    try:
        read = read_object(files[MANIFEST])
    except NotJson as broken:
        yield error("manifest_not_json", MANIFEST, str(broken))
        return
    for name in read.twice:
        yield error("manifest_twice", joined(MANIFEST, name), _("This file is listed twice."))
    for name in (MANIFEST, SIGNATURE):
        if name in read.document:
            sentence = _(
                "The manifest must not list %(name)s: it lists every file except itself and the signature."
            )
            yield error("manifest_lists_itself", joined(MANIFEST, name), sentence % {"name": name})
    yield from _hash_findings(files, read.document)


def _hash_findings(files: Files, manifest: Mapping[str, object]) -> Iterator[Finding]:
    covered = {name: content for name, content in files.items() if name not in {MANIFEST, SIGNATURE}}
    for name, content in covered.items():
        listed = manifest.get(name)
        where = joined(MANIFEST, name)
        if listed is None:
            yield error("manifest_unlisted", where, _("The manifest does not list this file of the bundle."))
        elif not isinstance(listed, str) or not _SHA1.fullmatch(listed):
            sentence = _("The manifest gives no SHA-1 in lower-case hexadecimal digits for this file.")
            yield error("manifest_no_sha1", where, sentence)
        elif hashlib.sha1(content, usedforsecurity=False).hexdigest() != listed:
            sentence = _("This file is not the one that the manifest was made for: its SHA-1 differs.")
            yield error("manifest_hash", where, sentence)
    for name in manifest:
        if name not in files and name not in {MANIFEST, SIGNATURE}:
            sentence = _("The manifest lists a file that is not in the bundle.")
            yield error("manifest_absent", joined(MANIFEST, name), sentence)


def size_findings(data: bytes) -> Iterator[Finding]:
    """Whether the pass is small enough for a phone network."""
    if len(data) > LARGE_PASS_BYTES:
        sentence = _("The pass has %(size)s KB. Keep it well below 1 MB: it is fetched at every change.")
        yield warning("pass_large", "", sentence % {"size": len(data) // 1024})
