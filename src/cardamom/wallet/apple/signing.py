"""The signature of a pass: detached CMS over the exact bytes of its manifest (RFC 5652; PassKit package format)."""

from __future__ import annotations

from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

SigningKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

#: Binary: without it line feeds are signed as carriage return and line feed, and a manifest with one is not what was
#: signed. Never NoAttributes: the signing time, an attribute, keeps passes valid when the certificate has expired.
_OPTIONS = (PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCapabilities)


def detached_signature(
    content: bytes, *, certificate: x509.Certificate, key: SigningKey, issuer: x509.Certificate
) -> bytes:
    """DER. Carries the certificate and its issuer, the time of signing, and no root (RFC 5652, sections 5.3 and 11)."""
    builder = PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, SHA256())
    return builder.add_certificate(issuer).sign(Encoding.DER, _OPTIONS)
