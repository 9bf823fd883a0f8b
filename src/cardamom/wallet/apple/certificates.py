"""A pass certificate with its key and its issuer: read from any of the usual files, and checked before it is used.

What phones would refuse is refused here, with a sentence that says what to do (`apple.errors`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509.oid import NameOID, ObjectIdentifier

from cardamom.wallet.apple.errors import (
    CertificateContradictory,
    CertificateExpired,
    CertificateKeyMismatch,
    CertificateKeyMissing,
    CertificateKeyUnreadable,
    CertificateKeyUnsupported,
    CertificateNfcKeyWrong,
    CertificateNotForPasses,
    CertificateNotYetValid,
    CertificatePasswordWrong,
    CertificateUnreadable,
    CertificateWwdrExpired,
    CertificateWwdrMissing,
    CertificateWwdrUnreadable,
    CertificateWwdrWrong,
)
from cardamom.wallet.apple.signing import SigningKey, detached_signature

#: The extension in which Apple repeats the pass type identifier.
PASS_TYPE_EXTENSION: Final = ObjectIdentifier("1.2.840.113635.100.6.1.16")

_APPLE = "Apple Inc."
_WWDR = "Apple Worldwide Developer Relations"
#: UTF8String, PrintableString, IA5String (X.690, section 8.23).
_TEXT_TAGS = frozenset({0x0C, 0x13, 0x16})
_PKCS12_VERSION = b"\x02\x01\x03"
#: What a certificate that is damaged inside raises, much of it not before somebody looks at that part.
_FAULTS = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


class PassCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """What signs passes of one pass type.

    is_test: not issued by Apple, so that no phone takes its passes. Decided by the issuer's name, because no root of
    Apple's is shipped here: whoever forges that name deceives only their own settings page.
    nfc_public_key: DER in base64, what `nfc.encryptionPublicKey` wants; None without an NFC certificate.
    """

    pass_type: str
    team: str
    valid_from: datetime
    expires_at: datetime
    is_test: bool
    nfc_public_key: str | None
    leaf: x509.Certificate
    key: SigningKey
    wwdr: x509.Certificate

    def sign(self, manifest: bytes) -> bytes:
        """The file `signature` of a pass."""
        return detached_signature(manifest, certificate=self.leaf, key=self.key, issuer=self.wwdr)

    def days_left(self, now: datetime) -> int:
        """Whole days until it expires, or its issuer does; below 0 afterwards."""
        return (min(self.expires_at, self.wwdr.not_valid_after_utc) - now).days

    def refuse_unless_valid(self, now: datetime) -> None:
        """Raises CertificateNotYetValid, CertificateExpired, CertificateWwdrExpired."""
        if now < self.valid_from:
            raise CertificateNotYetValid(valid_from=self.valid_from.isoformat())
        if now >= self.expires_at:
            raise CertificateExpired(expired_at=self.expires_at.isoformat(), pass_type=self.pass_type)
        if now >= self.wwdr.not_valid_after_utc:
            raise CertificateWwdrExpired(expired_at=self.wwdr.not_valid_after_utc.isoformat())

    def client_pem(self) -> bytes:
        """Certificate, issuer and key for a TLS client, unencrypted: never for a file that others read."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self.leaf.public_bytes(Encoding.PEM) + self.wwdr.public_bytes(Encoding.PEM) + key


class _Opened(msgspec.Struct, frozen=True):
    """What a file contained: a certificate, other ones that came with it, a key."""

    leaf: x509.Certificate
    others: Sequence[x509.Certificate]
    key: PrivateKeyTypes | None


def read_certificate(
    certificate: bytes,
    *,
    key: bytes | None = None,
    password: str | None = None,
    wwdr: bytes | None = None,
    nfc_public_key: str | None = None,
    now: datetime | None = None,
) -> PassCertificate:
    """A certificate that can sign passes.

    certificate: PEM, DER or PKCS#12; the first two need `key` (PEM or DER), unless the PEM contains it.
    wwdr: PEM or DER of its issuer, where it did not come along. nfc_public_key: PEM, or DER in base64.
    now: what is not valid at this instant is refused too; None leaves the days to the caller (`refuse_unless_valid`).
    Raises what `apple.errors` lists.
    """
    try:
        opened = _opened(certificate, password)
        pass_type, team = _pass_type_and_team(opened.leaf)
        private_key = _matching_key(opened, key, password)
        issuer = _issuer_of(opened.leaf, [*_given_issuers(wwdr), *opened.others])
    except _FAULTS as error:
        raise CertificateUnreadable from error
    found = PassCertificate(
        pass_type=pass_type,
        team=team,
        valid_from=opened.leaf.not_valid_before_utc,
        expires_at=opened.leaf.not_valid_after_utc,
        is_test=not _is_apple(opened.leaf.issuer),
        nfc_public_key=None if not nfc_public_key else _p256_key(nfc_public_key),
        leaf=opened.leaf,
        key=private_key,
        wwdr=issuer,
    )
    if now is not None:
        found.refuse_unless_valid(now)
    return found


def _opened(content: bytes, password: str | None) -> _Opened:
    if b"-----BEGIN" in content:
        return _opened_pem(content, password)
    # A PFX begins with its version, 3; a certificate with a sequence (RFC 7292, section 4; RFC 5280, section 4.1).
    if content[:1] == b"\x30" and _PKCS12_VERSION in content[2:9]:
        return _opened_pkcs12(content, password)
    try:
        return _Opened(x509.load_der_x509_certificate(content), (), None)
    except ValueError as error:
        raise CertificateUnreadable from error


def _opened_pem(content: bytes, password: str | None) -> _Opened:
    try:
        found = x509.load_pem_x509_certificates(content)
    except ValueError as error:
        raise CertificateUnreadable from error
    # Tools write the chain in either order: the certificate is the one that names a user, or simply the first.
    named = [each for each in found if _values(each.subject, NameOID.USER_ID)]
    leaf = (named or found)[0]
    key = _read_key(content, password) if b"PRIVATE KEY-----" in content else None
    return _Opened(leaf, [each for each in found if each is not leaf], key)


def _opened_pkcs12(content: bytes, password: str | None) -> _Opened:
    secret = None if password is None else password.encode()
    try:
        found = load_pkcs12(content, secret)
    except UnsupportedAlgorithm as error:
        raise CertificateUnreadable from error
    except ValueError as error:
        raise CertificatePasswordWrong from error
    if found.cert is None:
        raise CertificateKeyMissing if found.additional_certs else CertificateUnreadable
    others = [each.certificate for each in found.additional_certs]
    return _Opened(found.cert.certificate, others, found.key)


def _pass_type_and_team(leaf: x509.Certificate) -> tuple[str, str]:
    """What the subject names, where the extension agrees."""
    try:
        pass_types = _values(leaf.subject, NameOID.USER_ID)
        teams = _values(leaf.subject, NameOID.ORGANIZATIONAL_UNIT_NAME)
        extension = leaf.extensions.get_extension_for_oid(PASS_TYPE_EXTENSION).value
    except (ValueError, x509.ExtensionNotFound) as error:
        raise CertificateNotForPasses from error
    if len(pass_types) != 1 or len(teams) != 1 or not pass_types[0].startswith("pass."):
        raise CertificateNotForPasses
    assert isinstance(extension, x509.UnrecognizedExtension)
    repeated = _text_of(extension.value)
    if repeated != pass_types[0]:
        raise CertificateContradictory(subject=pass_types[0], extension=repeated)
    return pass_types[0], teams[0]


def _text_of(value: bytes) -> str:
    """A DER string of less than 128 bytes (X.690, sections 8.1.3 and 8.23), or the bare text."""
    if len(value) >= 2 and value[0] in _TEXT_TAGS and value[1] == len(value) - 2:
        value = value[2:]
    return value.decode("utf-8", "replace")


def _matching_key(opened: _Opened, given: bytes | None, password: str | None) -> SigningKey:
    key = opened.key if given is None else _read_key(given, password)
    if key is None:
        raise CertificateKeyMissing
    if not isinstance(key, SigningKey):
        raise CertificateKeyUnsupported
    mine, its = (
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for public in (key.public_key(), opened.leaf.public_key())
    )
    if mine != its:
        raise CertificateKeyMismatch
    return key


def _read_key(content: bytes, password: str | None) -> PrivateKeyTypes:
    load = load_pem_private_key if b"-----BEGIN" in content else load_der_private_key
    # A password that is given for a key without one is an error to the library, and none to us.
    secrets = [None] if password is None else [password.encode(), None]
    is_encrypted = False
    for secret in secrets:
        try:
            return load(content, secret)
        except TypeError:
            is_encrypted = secret is None
        except (ValueError, UnsupportedAlgorithm):
            is_encrypted = is_encrypted or (secret is not None and b"ENCRYPTED" in content)
    raise CertificatePasswordWrong if is_encrypted else CertificateKeyUnreadable


def _given_issuers(content: bytes | None) -> list[x509.Certificate]:
    if content is None:
        return []
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except ValueError as error:
        raise CertificateWwdrUnreadable from error


def _issuer_of(leaf: x509.Certificate, candidates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The one whose key signed the certificate. Every generation of Apple's authority has the same common name, so a
    name proves nothing."""
    names = _values(leaf.issuer, NameOID.COMMON_NAME) + _values(leaf.issuer, NameOID.ORGANIZATIONAL_UNIT_NAME)
    if not candidates:
        raise CertificateWwdrMissing(issuer=" ".join(names))
    found = [each for each in candidates if _has_issued(each, leaf)]
    if not found:
        raise CertificateWwdrWrong(issuer=" ".join(names))
    return max(found, key=lambda each: each.not_valid_after_utc)


def _has_issued(issuer: x509.Certificate, leaf: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_apple(issuer: x509.Name) -> bool:
    organisations = _values(issuer, NameOID.ORGANIZATION_NAME)
    names = _values(issuer, NameOID.COMMON_NAME)
    return _APPLE in organisations and any(_WWDR in name for name in names)


def _p256_key(text: str) -> str:
    """A public key in the form that passes carry: DER of its SubjectPublicKeyInfo in base64."""
    try:
        if "-----BEGIN" in text:
            key = load_pem_public_key(text.encode())
        else:
            key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise CertificateNfcKeyWrong from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CertificateNfcKeyWrong
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def _values(name: x509.Name, attribute: ObjectIdentifier) -> list[str]:
    return [str(each.value) for each in name.get_attributes_for_oid(attribute)]
