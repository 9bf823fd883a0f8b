"""A file that somebody calls a pass: what it is, by what is in it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cryptography import x509

from cardamom.kit.i18n import _
from cardamom.wallet.lint.apple import lint_pass_json, lint_pkpass
from cardamom.wallet.lint.findings import Finding, error
from cardamom.wallet.lint.google import lint_google_file
from cardamom.wallet.lint.json_shape import NotJson, read_json

#: The largest .pkpasses that phones take; nothing that is a pass is larger.
MOST_FILE_BYTES = 150_000_000
_ZIP = b"PK"


def lint_file(content: bytes, *, roots: Sequence[x509.Certificate] = ()) -> list[Finding]:
    """Of a .pkpass, a .pkpasses, a pass.json, or JSON or a save link for Google Wallet. Never raises."""
    if len(content) > MOST_FILE_BYTES:
        return [error("file_too_large", "", _("This file is larger than any pass."))]
    if content.startswith(_ZIP):
        return lint_pkpass(content, roots=roots)
    if _is_pass_json(content):
        return lint_pass_json(content)
    return lint_google_file(content)


def _is_pass_json(content: bytes) -> bool:
    try:
        document, _twice = read_json(content)
    except NotJson:
        return False
    return isinstance(document, Mapping) and bool({"passTypeIdentifier", "formatVersion"} & document.keys())
