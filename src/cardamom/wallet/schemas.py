"""Wallets as the API takes and shows them. What signs is never shown again."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

import msgspec

from cardamom.wallet.credential_errors import CredentialMissing, CredentialNotEncoded
from cardamom.wallet.sealed import AppleMaterial, GoogleMaterial, WalletName
from cardamom.wallet.standing import Source, Standing

#: A file: PEM as it is, or anything in base64.
FileText = Annotated[str, msgspec.Meta(max_length=200_000, description="PEM text, or the file in base64.")]


class AppleIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pass type certificate with what it needs. A .p12 may bring its key and Apple's intermediate certificate."""

    certificate: FileText
    key: FileText | None = None
    password: Annotated[str, msgspec.Meta(max_length=1_000)] | None = None
    wwdr: FileText | None = None
    nfc_public_key: Annotated[str, msgspec.Meta(max_length=2_000)] | None = None

    def material(self) -> AppleMaterial:
        """Raises CredentialMissing and CredentialNotEncoded."""
        return AppleMaterial(
            certificate=_content(self.certificate, "certificate"),
            key=None if not self.key else _content(self.key, "key"),
            password=self.password or None,
            wwdr=None if not self.wwdr else _content(self.wwdr, "wwdr"),
            nfc_public_key=self.nfc_public_key or None,
        )


class GoogleIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service account's JSON key, as an object, and the issuer id of the Google Wallet console."""

    service_account: dict[str, Any]
    issuer: Annotated[str, msgspec.Meta(max_length=40)]

    def material(self) -> GoogleMaterial:
        return GoogleMaterial(account=msgspec.json.encode(self.service_account), issuer=self.issuer)


class WalletOut(msgspec.Struct, frozen=True, kw_only=True):
    """One wallet of the business.

    source: whose keys are in force, the business's own or the installation's; null without any. issuer: the pass type
    identifier, or Google's issuer id. account: the service account's address. is_ready: passes can be given out.
    problem: the code of what is wrong, with its sentence. saved: passes of cards and vouchers in this wallet.
    """

    wallet: WalletName
    source: Source | None
    is_ready: bool
    issuer: str | None
    team: str | None
    account: str | None
    expires_at: datetime | None
    is_test: bool
    has_nfc: bool
    problem: str | None
    sentence: str | None
    saved: int


class Wallets(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand with both."""

    apple: WalletOut
    google: WalletOut


def shown(standing: Standing, *, saved: int) -> WalletOut:
    """What the API says of a wallet, its sentence in the language in force."""
    problem = standing.problem
    return WalletOut(
        wallet=standing.wallet,
        source=standing.source,
        is_ready=standing.is_ready,
        issuer=standing.issuer,
        team=standing.team,
        account=standing.account,
        expires_at=standing.expires_at,
        is_test=standing.is_test,
        has_nfc=standing.has_nfc,
        problem=None if problem is None else problem.code,
        sentence=None if problem is None else problem.sentence(),
        saved=saved,
    )


def _content(text: str, field: str) -> bytes:
    if not text.strip():
        raise CredentialMissing(field=field)
    if "-----BEGIN " in text:
        return text.encode()
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CredentialNotEncoded(field=field) from error
