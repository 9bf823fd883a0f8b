"""Everything that can be said of a .pkpass without a phone.

What Apple's Wallet refuses it refuses without a word; here each reason has one. A pass without a finding is not proven
to look well, but it can be added. Works on bytes of anybody: it never raises, and unpacks nothing to a disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from cryptography import x509

from cardamom.kit import clock
from cardamom.kit.i18n import _
from cardamom.wallet.lint.apple_bundle import (
    MANIFEST,
    PASS,
    Files,
    manifest_findings,
    open_zip,
    size_findings,
)
from cardamom.wallet.lint.apple_fields import field_findings, fields
from cardamom.wallet.lint.apple_images import image_findings
from cardamom.wallet.lint.apple_pass import rule_findings, shape_findings, styles_of
from cardamom.wallet.lint.apple_signature import Claims, signature_findings
from cardamom.wallet.lint.apple_words import word_findings
from cardamom.wallet.lint.findings import Finding, error, joined, warning
from cardamom.wallet.lint.json_shape import NotJson, Read, read_object

MOST_PASSES = 10
_PKPASS = ".pkpass"


def lint_pkpass(
    data: bytes, *, roots: Sequence[x509.Certificate] = (), now: datetime | None = None
) -> list[Finding]:
    """What is wrong with a .pkpass, or with each pass of a .pkpasses.

    roots: certificates that the signature must lead to; none: nothing is said of trust. now: the instant at which
    certificates are judged, by default this one.
    """
    at = now or clock.now()
    opened = open_zip(data)
    inner = {name: content for name, content in opened.files.items() if name.endswith(_PKPASS)}
    if inner and PASS not in opened.files:
        return [*opened.findings, *_several_findings(opened.files, inner, roots, at)]
    if not opened.files:
        return opened.findings or [error("zip_empty", "", _("This zip file is empty."))]
    return [*opened.findings, *size_findings(data), *_pass_findings(opened.files, roots, at)]


def lint_pass_json(content: bytes) -> list[Finding]:
    """What is wrong with a pass.json by itself: all but what its translations and pictures decide."""
    try:
        return list(_document_findings(read_object(content)))
    except NotJson as broken:
        return [error("pass_not_json", PASS, str(broken))]


def _several_findings(
    files: Files, inner: Files, roots: Sequence[x509.Certificate], now: datetime
) -> Iterator[Finding]:
    if len(inner) > MOST_PASSES:
        sentence = _("These are %(number)s passes; phones take %(most)s at once.")
        yield error("passes_too_many", "", sentence % {"number": len(inner), "most": MOST_PASSES})
    for name in files.keys() - inner.keys():
        yield warning("passes_other_file", name, _("This is not a pass."))
    seen: set[tuple[object, object]] = set()
    for name, content in inner.items():
        opened = open_zip(content)
        found = [*opened.findings, *size_findings(content), *_pass_findings(opened.files, roots, now)]
        yield from (msgspec.structs.replace(one, where=joined(name, one.where)) for one in found)
        identity = _identity(opened.files)
        if identity in seen:
            sentence = _("Another pass of the file has this type and serial number, so only one is added.")
            yield error("passes_twice", joined(name, PASS), sentence)
        if None not in identity:
            seen.add(identity)


def _identity(files: Files) -> tuple[object, object]:
    try:
        document = read_object(files.get(PASS, b"")).document
    except NotJson:
        return None, None
    pass_type, serial = document.get("passTypeIdentifier"), document.get("serialNumber")
    return (pass_type, serial) if isinstance(pass_type, str) and isinstance(serial, str) else (None, None)


def _pass_findings(files: Files, roots: Sequence[x509.Certificate], now: datetime) -> Iterator[Finding]:
    if PASS not in files:
        yield error("pass_missing", PASS, _missing_sentence(files))
    yield from manifest_findings(files)
    read: Read | None = None
    try:
        read = read_object(files[PASS]) if PASS in files else None
    except NotJson as broken:
        yield error("pass_not_json", PASS, str(broken))
    document = read.document if read is not None else {}
    if MANIFEST in files:
        claims = Claims(_text(document.get("passTypeIdentifier")), _text(document.get("teamIdentifier")))
        yield from signature_findings(files, claims, roots=roots, now=now)
    if read is not None:
        yield from _document_findings(read)
        yield from word_findings(files, read.document)
        yield from _strip_findings(files, read)
    yield from image_findings(files, styles_of(document))


def _missing_sentence(files: Files) -> str:
    if any(name.endswith(f"/{PASS}") for name in files):
        return _("pass.json is in a folder. Zip the files themselves, not the folder that they are in.")
    return _("pass.json is missing.")


def _document_findings(read: Read) -> Iterator[Finding]:
    for key in read.twice:
        sentence = _("The key %(key)s is there twice; phones may read either.") % {"key": key}
        yield error("pass_key_twice", joined(PASS, key), sentence)
    yield from shape_findings(read.document)
    yield from rule_findings(read.document)
    yield from field_findings(read.document)


def _strip_findings(files: Files, read: Read) -> Iterator[Finding]:
    if not any(name.rpartition("/")[2].startswith("strip") for name in files):
        return
    for field in fields(read.document):
        if field.style in {"storeCard", "coupon"} and field.group == "primaryFields":
            sentence = _("This field is drawn over the strip picture. Is that wanted?")
            yield warning("field_over_strip", field.where, sentence)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
