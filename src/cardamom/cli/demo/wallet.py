"""The demo's own authority: signed passes to look at, which no phone takes and nobody pushes to Apple.

A real certificate in the environment is used in its place. There is nothing like it for Google Wallet: Google keeps
the passes itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography import x509

from cardamom.kit.clock import now
from cardamom.wallet.apple.test_authority import issue_certificate, new_authority

FOLDER: Final = "wallet"
#: Setting -> file.
_FILES: Final[Mapping[str, str]] = {
    "CARDAMOM_APPLE_CERTIFICATE_FILE": "certificate.pem",
    "CARDAMOM_APPLE_KEY_FILE": "key.pem",
    "CARDAMOM_APPLE_WWDR_FILE": "wwdr.pem",
}
#: For `openssl cms -verify -CAfile`.
ROOT: Final = "root.pem"
#: A demo that is kept for a year gets a new certificate in time.
_LEAST_DAYS: Final = 30


def demo_keys(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The settings that name the demo's certificate, made at the first time; none where another one is given."""
    if _has_another(environment):
        return {}
    keys = folder / FOLDER
    if not _is_good(keys):
        _make(keys)
    return _named(keys)


def kept_keys(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """As `demo_keys`, and nothing is made: none either where the demo was never started."""
    keys = folder / FOLDER
    are_there = all((keys / name).exists() for name in _FILES.values())
    return _named(keys) if are_there and not _has_another(environment) else {}


def _has_another(environment: Mapping[str, str]) -> bool:
    names = ("CARDAMOM_APPLE_CERTIFICATE", "CARDAMOM_APPLE_CERTIFICATE_FILE")
    return any(environment.get(name) for name in names)


def _named(keys: Path) -> dict[str, str]:
    return {setting: str(keys / name) for setting, name in _FILES.items()}


def _is_good(keys: Path) -> bool:
    """Whether everything is there and lasts for a while."""
    if not all((keys / name).exists() for name in (*_FILES.values(), ROOT)):
        return False
    certificate = x509.load_pem_x509_certificate((keys / "certificate.pem").read_bytes())
    return (certificate.not_valid_after_utc - now()).days >= _LEAST_DAYS


def _make(keys: Path) -> None:
    """An authority and one certificate. Its own key is forgotten: a later certificate comes from a new one."""
    keys.mkdir(mode=0o700, exist_ok=True)
    authority = new_authority(now=now())
    issued = issue_certificate(authority, now=now())
    for name, content in (
        (ROOT, authority.root_pem),
        ("wwdr.pem", authority.wwdr_pem),
        ("key.pem", issued.key_pem),
        ("certificate.pem", issued.certificate_pem),
    ):
        _write(keys / name, content)


def _write(path: Path, content: bytes) -> None:
    """For this user's eyes only."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
