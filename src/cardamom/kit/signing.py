"""Secrets, signatures and encryption.

A secret that is only looked up is stored as its hash; what must be read again is encrypted with the instance's key.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
import string
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cardamom.kit import clock
from cardamom.kit.catalogs import _
from cardamom.kit.errors import Malformed

KEY_LENGTH = 32

_ALPHABET = string.ascii_letters + string.digits
_SECRET_LENGTH = 43  # log2(62**43) is 256 bits
_PREFIX = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_NONCE_LENGTH = 12
_FORMAT = b"\x01"


class SignatureInvalid(Malformed):
    """A signed token was changed, was made for something else, or is too old. It does not say which."""

    code = "signature_invalid"

    def sentence(self) -> str:
        return _("This link is not valid any more.")


def new_secret(prefix: str) -> str:
    """256 random bits as letters and digits behind a visible prefix: "cdm" gives "cdm_4vW…".

    The prefix tells people and secret scanners what they have found. A double click selects the whole.
    """
    if _PREFIX.fullmatch(prefix) is None:
        raise ValueError("a prefix is lower-case letters and digits, without the underscore at its end")
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _position in range(_SECRET_LENGTH))}"


def hash_secret(secret: str) -> bytes:
    """What is stored of a secret, 32 bytes. For secrets of ours only: a password needs a slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def sign(payload: bytes, *, key: bytes, purpose: str, now: datetime | None = None) -> str:
    """A token for a URL or a form that carries the payload, readable by anybody, and the time of signing.

    purpose: a token made for one purpose is refused for every other.
    """
    seconds = int((now or clock.now()).timestamp())
    body = f"{_encoded(payload)}.{_encoded(seconds.to_bytes(6, 'big'))}"
    return f"{body}.{_signature(body, key=key, purpose=purpose)}"


def unsign(token: str, *, key: bytes, purpose: str, now: datetime, max_age_seconds: int) -> bytes:
    """The payload of a token. Raises SignatureInvalid."""
    body, _dot, signature = token.rpartition(".")
    try:
        # As text: several base64 texts decode to the same bytes, and only one of them is ours.
        if not hmac.compare_digest(signature.encode(), _signature(body, key=key, purpose=purpose).encode()):
            raise SignatureInvalid
        payload, seconds = (_decoded(part) for part in body.split("."))
    except ValueError as error:
        raise SignatureInvalid from error
    age_seconds = int(now.timestamp()) - int.from_bytes(seconds, "big")
    if age_seconds > max_age_seconds:
        raise SignatureInvalid
    return payload


def _signature(body: str, *, key: bytes, purpose: str) -> str:
    if len(key) < KEY_LENGTH:
        raise ValueError(f"a key has at least {KEY_LENGTH} bytes")
    purpose_key = hmac.digest(key, b"cardamom.signing." + purpose.encode(), "sha256")
    return _encoded(hmac.digest(purpose_key, body.encode(), "sha256"))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


class Undecryptable(Exception):
    """The key is not the one it was encrypted with, or the data was changed. A fault of the installation."""


def encrypt(key: bytes, plaintext: bytes, *, context: str = "") -> bytes:
    """Encrypt with AES-256-GCM and a random nonce.

    context: where this belongs, such as the table and the row's id; it is not stored and must be given again to
    decrypt, so that a value cannot be moved to another row.
    """
    nonce = os.urandom(_NONCE_LENGTH)
    return _FORMAT + nonce + AESGCM(_checked(key)).encrypt(nonce, plaintext, context.encode())


def decrypt(key: bytes, ciphertext: bytes, *, context: str = "") -> bytes:
    """The plaintext that `encrypt` was given. Raises Undecryptable."""
    start = len(_FORMAT) + _NONCE_LENGTH
    if not ciphertext.startswith(_FORMAT) or len(ciphertext) < start:
        raise Undecryptable("not made by encrypt")
    try:
        return AESGCM(_checked(key)).decrypt(
            ciphertext[len(_FORMAT) : start], ciphertext[start:], context.encode()
        )
    except InvalidTag as error:
        raise Undecryptable("another key, or changed data") from error


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_LENGTH:
        raise ValueError(f"a key has {KEY_LENGTH} bytes")
    return key
