"""What an owner gave us for a wallet: sealed with the instance's key, in one row and for that row only."""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal

import msgspec

from cardamom.kit.signing import decrypt, encrypt

WalletName = Literal["apple", "google"]

_PURPOSE = b"cardamom.wallet.credential"


class AppleMaterial(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Files as they came: the certificate (.p12, .cer, PEM) and what it lacks."""

    certificate: bytes
    key: bytes | None = None
    password: str | None = None
    wwdr: bytes | None = None
    nfc_public_key: str | None = None


class GoogleMaterial(msgspec.Struct, frozen=True, kw_only=True):
    """A service account's JSON key and the issuer that it writes for."""

    account: bytes
    issuer: str


def seal(secret_key: bytes, material: AppleMaterial | GoogleMaterial, *, context: str) -> bytes:
    """Encrypt for the row that `context` names (`context_of`)."""
    return encrypt(secret_key, msgspec.json.encode(material), context=context)


def unseal_apple(secret_key: bytes, sealed: bytes, *, context: str) -> AppleMaterial:
    """Raises Undecryptable under another instance key."""
    return msgspec.json.decode(decrypt(secret_key, sealed, context=context), type=AppleMaterial)


def unseal_google(secret_key: bytes, sealed: bytes, *, context: str) -> GoogleMaterial:
    """Raises Undecryptable under another instance key."""
    return msgspec.json.decode(decrypt(secret_key, sealed, context=context), type=GoogleMaterial)


def context_of(merchant_id: str, credential_id: str) -> str:
    """Where a sealed value belongs."""
    return f"wallet_credential/{merchant_id}/{credential_id}"


def likeness(secret_key: bytes, material: AppleMaterial | GoogleMaterial) -> str:
    """The same for the same material, and tells nothing about it: sealing differs each time, a repetition must not."""
    key = hmac.digest(secret_key, _PURPOSE, "sha256")
    return hmac.digest(key, msgspec.json.encode(material), hashlib.sha256).hex()
