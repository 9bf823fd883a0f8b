"""What an issuer gets from Google's consoles, made here: service accounts and the keys that sign callbacks."""

from __future__ import annotations

import base64
import json
import time
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

#: A console user of the issuer; the stranger's key is as good, but the account was never invited.
MEMBER = "passes@cardamom-tests.iam.gserviceaccount.com"
STRANGER = "stranger@elsewhere.iam.gserviceaccount.com"

SENDER = "GooglePayPasses"
PROTOCOL = "ECv2SigningOnly"


@cache
def account_key(email: str) -> rsa.RSAPrivateKey:
    """The private key of an account; the same for a whole test run, since making one takes long."""
    assert email
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def service_account(email: str, *, token_uri: str) -> dict[str, str]:
    """The JSON key file of a service account, as the Google Cloud console hands it out."""
    pem = account_key(email).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "type": "service_account",
        "project_id": "cardamom-tests",
        "private_key_id": "1f2e3d4c5b6a",
        "private_key": pem.decode(),
        "client_email": email,
        "client_id": "100000000000000000001",
        "token_uri": token_uri,
    }


class BadJwt(Exception):
    """A JWT that Google would not take. `str()` says why."""


def read_jwt(token: str) -> dict[str, Any]:
    """The claims of an RS256 JWT of a known account. Raises BadJwt."""
    try:
        head, body, signature = token.split(".")
        header, claims = (json.loads(_unbase64url(part)) for part in (head, body))
        if header.get("alg") != "RS256":
            raise BadJwt(f"the algorithm is {header.get('alg')}")
        if claims.get("iss") not in (MEMBER, STRANGER):
            raise BadJwt("Invalid grant: account not found")
        key = account_key(claims["iss"]).public_key()
        key.verify(_unbase64url(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), SHA256())
    except InvalidSignature as wrong:
        raise BadJwt("Invalid JWT Signature.") from wrong
    except (ValueError, AttributeError, TypeError) as wrong:
        raise BadJwt("Invalid JWT.") from wrong
    return dict(claims)


def _unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class CallbackSigner:
    """Signs callbacks as Google does (Payment method token, protocol ECv2SigningOnly), and wrongly when asked to.

    Each argument of `callback` that is left alone gives a callback that must be accepted.
    """

    def __init__(self) -> None:
        self._root = ec.generate_private_key(ec.SECP256R1())
        self._intermediate = ec.generate_private_key(ec.SECP256R1())
        self._nonces = 0

    def root_keys(self, *, expires_at: float | None = None) -> dict[str, Any]:
        """What `/gp/m/issuer/keys` answers. expires_at: Unix seconds, ten years from now by default."""
        until = time.time() + 10 * 365 * 86_400 if expires_at is None else expires_at
        return {
            "keys": [
                {
                    "keyValue": _public(self._root),
                    "protocolVersion": PROTOCOL,
                    "keyExpiration": str(int(until * 1000)),
                }
            ]
        }

    def callback(
        self,
        *,
        issuer: str,
        message: dict[str, Any],
        protocol: str = PROTOCOL,
        signed_protocol: str = PROTOCOL,
        sender: str = SENDER,
        key_expires_at: float | None = None,
        measure: type[bytes] | type[str] = bytes,
        root: ec.EllipticCurvePrivateKey | None = None,
    ) -> dict[str, Any]:
        """A signed callback. issuer: whom it is signed for; another one is the forgery that must be refused.

        protocol: what the body claims; signed_protocol: what was signed. key_expires_at: of the intermediate key, Unix
        seconds. measure: `str` signs lengths in characters, a fault that shows with text that is not ASCII.
        root: another root key than the published one.
        """
        until = time.time() + 86_400 if key_expires_at is None else key_expires_at
        signed_key = _json({"keyValue": _public(self._intermediate), "keyExpiration": str(int(until * 1000))})
        signed_message = _json(message)
        by_root = _sign(root or self._root, (sender, signed_protocol, signed_key), measure)
        parts = (sender, issuer, signed_protocol, signed_message)
        return {
            "signature": _sign(self._intermediate, parts, measure),
            "intermediateSigningKey": {"signedKey": signed_key, "signatures": [by_root]},
            "protocolVersion": protocol,
            "signedMessage": signed_message,
        }

    def message(
        self, *, class_id: str, object_id: str, event: str, expires_at: float | None = None
    ) -> dict[str, Any]:
        """What a callback says, with a nonce of its own. event: `save` or `del`. expires_at: Unix seconds."""
        self._nonces += 1
        until = time.time() + 3600 if expires_at is None else expires_at
        return {
            "classId": class_id,
            "objectId": object_id,
            "eventType": event,
            "expTimeMillis": int(until * 1000),
            "count": 1,
            "nonce": f"nonce-{self._nonces:08}",
        }


def forged_root() -> ec.EllipticCurvePrivateKey:
    """A root key that nobody published."""
    return ec.generate_private_key(ec.SECP256R1())


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def _sign(key: ec.EllipticCurvePrivateKey, parts: tuple[str, ...], measure: type[bytes] | type[str]) -> str:
    signed = b"".join(
        (len(part) if measure is str else len(part.encode())).to_bytes(4, "little") + part.encode()
        for part in parts
    )
    return base64.b64encode(key.sign(signed, ec.ECDSA(SHA256()))).decode()


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
