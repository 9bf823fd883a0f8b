"""Whether a callback is from Google and for us: ECv2SigningOnly.

Pure. Google Wallet, "Use callbacks"; Google Pay "Payment data cryptography for merchants", the signing half of it.
Everything that a message could choose for itself (protocol, sender, recipient) is a constant or a setting of ours.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from cardamom.wallet.google.errors import CallbackForged

PROTOCOL: Final = "ECv2SigningOnly"
SENDER: Final = "GooglePayPasses"
#: A real one has about 1,200 bytes.
MOST_BYTES: Final = 16_384
_LENGTH_BYTES: Final = 4
#: A signed key has one signature for each root key that is in use.
_MOST_SIGNATURES: Final = 8


class RootKey(msgspec.Struct, frozen=True):
    """A key of Google's that signs the keys that sign. expires_at: aware."""

    key: EllipticCurvePublicKey
    expires_at: datetime


class SigningKey(msgspec.Struct, frozen=True, rename="camel"):
    """A key as Google writes it down. key_value: base64 of a SubjectPublicKeyInfo; key_expiration: milliseconds."""

    key_value: str
    key_expiration: str | int
    protocol_version: str = PROTOCOL


class _Intermediate(msgspec.Struct, frozen=True, rename="camel"):
    signed_key: str
    signatures: list[str]


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """A callback as it arrives; nothing in it is believed yet."""

    signature: str
    intermediate_signing_key: _Intermediate
    protocol_version: str
    signed_message: str


class Callback(msgspec.Struct, frozen=True, rename="camel"):
    """What a holder did with a pass: saved it to their wallet, or deleted it there."""

    class_id: str
    object_id: str
    event_type: Literal["save", "del"]
    exp_time_millis: int | str
    nonce: str
    count: int | None = None


def read_envelope(body: bytes) -> Envelope:
    """The parts of a callback. Raises CallbackForged for what has none."""
    if len(body) > MOST_BYTES:
        raise CallbackForged
    try:
        return msgspec.json.decode(body, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CallbackForged from error


def claimed(envelope: Envelope) -> Callback:
    """What an envelope says without being believed: for finding out whose it would be. Raises CallbackForged."""
    try:
        return msgspec.json.decode(envelope.signed_message.encode(), type=Callback)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise CallbackForged from error


def verify_signing_key(
    envelope: Envelope, *, roots: Iterable[RootKey], now: datetime
) -> EllipticCurvePublicKey:
    """The key that Google's root keys vouch for. Raises CallbackForged.

    protocolVersion is compared and not used: what was signed is put together from our own constant.
    """
    if envelope.protocol_version != PROTOCOL:
        raise CallbackForged
    signed = _joined(SENDER, PROTOCOL, envelope.intermediate_signing_key.signed_key)
    signatures = envelope.intermediate_signing_key.signatures[:_MOST_SIGNATURES]
    good = [root for root in roots if root.expires_at > now]
    if not any(_verifies(root.key, signature, signed) for root in good for signature in signatures):
        raise CallbackForged
    key = _signing_key(envelope.intermediate_signing_key.signed_key)
    if instant(key.key_expiration) <= now:
        raise CallbackForged
    return public_key(key.key_value)


def verify_message(
    envelope: Envelope, *, key: EllipticCurvePublicKey, issuer_id: str, now: datetime
) -> Callback:
    """What Google told us. Raises CallbackForged.

    key: as `verify_signing_key` returned it. issuer_id: the one that we are configured with, whatever the message says.
    """
    signed = _joined(SENDER, issuer_id, PROTOCOL, envelope.signed_message)
    if not _verifies(key, envelope.signature, signed):
        raise CallbackForged
    callback = claimed(envelope)
    own = f"{issuer_id}."
    is_ours = callback.object_id.startswith(own) and callback.class_id.startswith(own)
    if not is_ours or instant(callback.exp_time_millis) <= now:
        raise CallbackForged
    return callback


def nonce_key(issuer_id: str, nonce: str) -> str:
    """The idempotency key of a callback: the same one is heard once, however often it comes."""
    return "google-callback-" + hashlib.sha256(f"{issuer_id}|{nonce}".encode()).hexdigest()


def public_key(key_value: str) -> EllipticCurvePublicKey:
    """A P-256 key. Raises CallbackForged for any other."""
    try:
        key = load_der_public_key(base64.b64decode(key_value, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise CallbackForged from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise CallbackForged
    return key


def instant(milliseconds: str | int) -> datetime:
    """An instant that Google writes as milliseconds since 1970, mostly in a string. Raises CallbackForged."""
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1_000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise CallbackForged from error


def _signing_key(signed_key: str) -> SigningKey:
    try:
        return msgspec.json.decode(signed_key.encode(), type=SigningKey)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise CallbackForged from error


def _joined(*parts: str) -> bytes:
    """Each part behind its length: four bytes, little-endian, and it counts bytes, not characters."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(_LENGTH_BYTES, "little") + part for part in encoded)


def _verifies(key: EllipticCurvePublicKey, signature: str, signed: bytes) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), signed, ECDSA(SHA256()))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
