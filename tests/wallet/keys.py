"""Keys of wallets as owners and operators give them: in files, in base64, over the API."""

import base64
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cardamom.db.given import Material
from cardamom.db.wallet_settings import WalletSettings
from cardamom.wallet.apple.test_authority import (
    Authority,
    IssuedCertificate,
    issue_certificate,
    new_authority,
)
from cardamom.wallet.sealed import AppleMaterial, GoogleMaterial
from tests.wallet.google_console import service_account

ISSUER = "3388000000012345678"
ROBOT = "wallet@cafe.iam.example"
OWN_PASS_TYPE = "pass.example.cafe"
OWN_TEAM = "CAFETEAM01"
GOOGLES_TOKENS = "https://oauth2.googleapis.com/token"


def a_certificate(authority: Authority, *, days: int = 365, **more: Any) -> IssuedCertificate:
    """Of the cafe's own pass type, unless `more` says otherwise. On a curve, which is made at once."""
    named = {"pass_type": OWN_PASS_TYPE, "team": OWN_TEAM, "key_kind": "ec", **more}
    return issue_certificate(authority, now=datetime.now(UTC), days=days, **named)


@cache
def an_authority() -> Authority:
    """For tests elsewhere, made once; those of the wallets have a fixture."""
    return new_authority(now=datetime.now(UTC))


@cache
def a_pass_certificate() -> IssuedCertificate:
    """The same each time: a request that is repeated has the same body."""
    return a_certificate(an_authority())


def apple_body(authority: Authority, issued: IssuedCertificate) -> dict[str, str]:
    """What the API takes: PEM as it is, or base64."""
    return {
        "certificate": issued.certificate_pem.decode(),
        "key": base64.b64encode(issued.key_pem).decode(),
        "wwdr": authority.wwdr_pem.decode(),
    }


def apple_material(authority: Authority, issued: IssuedCertificate) -> AppleMaterial:
    return AppleMaterial(certificate=issued.certificate_pem, key=issued.key_pem, wwdr=authority.wwdr_pem)


def google_body(*, token_uri: str = GOOGLES_TOKENS) -> dict[str, Any]:
    return {"service_account": service_account(ROBOT, token_uri=token_uri), "issuer": ISSUER}


def google_material() -> GoogleMaterial:
    body = google_body()
    return GoogleMaterial(account=_json(body["service_account"]), issuer=ISSUER)


def as_files(folder: Path, authority: Authority, issued: IssuedCertificate) -> WalletSettings:
    """An installation's settings with its certificate in files; called again it replaces them."""
    folder.mkdir(exist_ok=True)
    for name, content in (
        ("certificate", issued.certificate_pem),
        ("key", issued.key_pem),
        ("wwdr", authority.wwdr_pem),
    ):
        (folder / f"{name}.pem").write_bytes(content)
    return WalletSettings(
        apple_certificate=Material("CARDAMOM_APPLE_CERTIFICATE", path=folder / "certificate.pem"),
        apple_key=Material("CARDAMOM_APPLE_KEY", path=folder / "key.pem"),
        apple_wwdr=Material("CARDAMOM_APPLE_WWDR", path=folder / "wwdr.pem"),
        google_service_account=Material(
            "CARDAMOM_GOOGLE_SERVICE_ACCOUNT", value=_json(google_body()["service_account"]).decode()
        ),
        google_issuer=ISSUER,
    )


def _json(value: dict[str, Any]) -> bytes:
    return msgspec.json.encode(value)
