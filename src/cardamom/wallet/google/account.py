"""The service account that writes passes at Google: what its key file says, and signing with it.

RS256 by hand (RFC 7515, RFC 7518 section 3.3): a token is two JSON objects and a signature, and nothing of ours ever
reads one.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cardamom.wallet.google.errors import GoogleAccountMalformed

#: Large enough for every key; the files have two to three kilobytes.
MOST_BYTES: Final = 16_384
SCOPE: Final = "https://www.googleapis.com/auth/wallet_object.issuer"
_TOKEN_SECONDS: Final = 3_600
_LEAST_KEY_BITS: Final = 2_048
_GOOGLE: Final = ".googleapis.com"


class _KeyFile(msgspec.Struct, frozen=True):
    """Of the JSON that Google hands out with a new key, what we use."""

    type: str
    client_email: str
    private_key: str
    private_key_id: str
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


class ServiceAccount:
    """A service account with its private key, bound to one issuer of the Google Wallet console."""

    def __init__(
        self, *, issuer_id: str, email: str, key: RSAPrivateKey, key_id: str, token_uri: str
    ) -> None:
        self.issuer_id = issuer_id
        self.email = email
        self.key_id = key_id
        self.token_uri = token_uri
        self._key = key

    def __repr__(self) -> str:
        """Without the key."""
        return f"ServiceAccount(issuer_id={self.issuer_id!r}, email={self.email!r}, key_id={self.key_id!r})"

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A JSON Web Token, RS256."""
        header = {"alg": "RS256", "typ": "JWT", "kid": self.key_id}
        body = b".".join(_encoded(msgspec.json.encode(part)) for part in (header, claims))
        signature = self._key.sign(body, padding.PKCS1v15(), SHA256())
        return b".".join((body, _encoded(signature))).decode("ascii")

    def assertion(self, *, now: datetime) -> str:
        """What an access token is asked for with (RFC 7523), good for an hour."""
        at = int(now.timestamp())
        return self.sign(
            {
                "iss": self.email,
                "scope": SCOPE,
                "aud": self.token_uri,
                "iat": at,
                "exp": at + _TOKEN_SECONDS,
            }
        )


def read_service_account(
    material: bytes, issuer_id: str, *, other_hosts: Collection[str] = ()
) -> ServiceAccount:
    """The account of a JSON key file.

    other_hosts: where tokens may be asked for besides Google's hosts; for tests. Whoever may upload a file must not
    choose which servers we send requests to. Raises GoogleAccountMalformed.
    """
    issuer = issuer_id.strip()
    if not (issuer.isascii() and issuer.isdigit() and len(issuer) < 20):
        raise GoogleAccountMalformed(field="issuer")
    if len(material) > MOST_BYTES:
        raise GoogleAccountMalformed
    try:
        file = msgspec.json.decode(material, type=_KeyFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise GoogleAccountMalformed from error
    if file.type != "service_account" or "@" not in file.client_email:
        raise GoogleAccountMalformed(field="type")
    return ServiceAccount(
        issuer_id=issuer,
        email=file.client_email,
        key=_private_key(file.private_key),
        key_id=file.private_key_id,
        token_uri=_token_address(file.token_uri, other_hosts),
    )


def _private_key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise GoogleAccountMalformed(field="private_key") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_KEY_BITS:
        raise GoogleAccountMalformed(field="private_key")
    return key


def _token_address(given: str, other_hosts: Collection[str]) -> str:
    try:
        parts = urlsplit(given)
        host = parts.hostname or ""
    except ValueError as error:
        raise GoogleAccountMalformed(field="token_uri") from error
    is_google = parts.scheme == "https" and (host.endswith(_GOOGLE) or host == "accounts.google.com")
    if not is_google and host not in other_hosts:
        raise GoogleAccountMalformed(field="token_uri")
    return given


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
