"""An authority of our own in the shape of Apple's, for the demo, the doctor and tests: no phone takes its passes.

Root, an intermediate like "Worldwide Developer Relations", generation G4, and pass certificates with everything in
them that is checked (Apple, "Certificates for passes"; RFC 5280).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from cardamom.wallet.apple.certificates import PASS_TYPE_EXTENSION
from cardamom.wallet.apple.signing import SigningKey

DEMO_PASS_TYPE: Final = "pass.org.cardamom.demo"  # noqa: S105 - a name
DEMO_TEAM: Final = "CARDAMOM00"

KeyKind = Literal["rsa", "ec"]

_ORGANISATION = "Cardamom test authority"
#: What Apple's own pass certificates are good for besides TLS.
_PASS_SIGNING = ObjectIdentifier("1.2.840.113635.100.4.14")
_ROOT_YEARS, _WWDR_YEARS, _LEAF_DAYS = 20, 6, 395
_YEAR = timedelta(days=365)
#: Clocks of two machines differ.
_EARLIER = timedelta(hours=1)


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """A root and the intermediate that issues pass certificates, with its key."""

    root: x509.Certificate
    wwdr: x509.Certificate
    wwdr_key: SigningKey

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    @property
    def wwdr_pem(self) -> bytes:
        return self.wwdr.public_bytes(Encoding.PEM)


class IssuedCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A pass certificate and its key."""

    certificate: x509.Certificate
    key: SigningKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def new_authority(*, now: datetime) -> Authority:
    """A root and an intermediate with keys that nobody else has. The root's key is forgotten."""
    root_key, wwdr_key = new_key("rsa"), new_key("rsa")
    root_name = _name(common_name="Cardamom Test Root")
    wwdr_name = _name(common_name="Cardamom Test Developer Relations", unit="G4")
    root = _authority_certificate(root_name, root_name, root_key, years=_ROOT_YEARS, depth=1, now=now)
    wwdr = _authority_certificate(wwdr_name, root_name, wwdr_key, years=_WWDR_YEARS, depth=0, now=now)
    return Authority(
        root=root.sign(root_key, SHA256()), wwdr=wwdr.sign(root_key, SHA256()), wwdr_key=wwdr_key
    )


def issue_certificate(
    authority: Authority,
    *,
    now: datetime,
    pass_type: str = DEMO_PASS_TYPE,
    team: str = DEMO_TEAM,
    days: int = _LEAF_DAYS,
    key_kind: KeyKind = "rsa",
) -> IssuedCertificate:
    """A pass certificate that begins now. days: from now to its end; below 0 for one that is over."""
    key = new_key(key_kind)
    ends_at = now + timedelta(days=days)
    subject = [
        x509.NameAttribute(NameOID.USER_ID, pass_type),
        x509.NameAttribute(NameOID.COMMON_NAME, f"Pass Type ID: {pass_type}"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, team),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
    ]
    usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, _PASS_SIGNING])
    repeated = x509.UnrecognizedExtension(PASS_TYPE_EXTENSION, _utf8_string(pass_type))
    builder = (
        x509.CertificateBuilder(issuer_name=authority.wwdr.subject, subject_name=x509.Name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, ends_at) - _EARLIER)
        .not_valid_after(ends_at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(usages, critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.wwdr_key.public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(repeated, critical=False)
    )
    return IssuedCertificate(certificate=builder.sign(authority.wwdr_key, SHA256()), key=key)


def new_key(kind: KeyKind) -> SigningKey:
    """RSA with 2048 bits, as Apple's are, or on the curve P-256, which phones take too."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def _authority_certificate(
    subject: x509.Name, issuer: x509.Name, key: SigningKey, *, years: int, depth: int, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(issuer_name=issuer, subject_name=subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + years * _YEAR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """RFC 5280, section 4.2.1.3: the one signs certificates, the other signs content."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(*, common_name: str, unit: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if unit is not None:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    return x509.Name([*parts, x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION)])


def _utf8_string(text: str) -> bytes:
    """DER of a short UTF8String (X.690, section 8.23)."""
    content = text.encode()
    if len(content) > 127:
        raise ValueError("a pass type identifier is shorter than that")
    return bytes((0x0C, len(content))) + content
