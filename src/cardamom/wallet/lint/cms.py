"""The part of the Cryptographic Message Syntax that signs a pass (RFC 5652, sections 3, 5 and 11), for reading.

`cryptography` writes these messages and does not check them, but brings a DER parser that takes declarations.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

_SIGNED_DATA: Final = ObjectIdentifier("1.2.840.113549.1.7.2")
_MESSAGE_DIGEST: Final = ObjectIdentifier("1.2.840.113549.1.9.4")
_SIGNING_TIME: Final = ObjectIdentifier("1.2.840.113549.1.9.5")
_DER_SET: Final = 0x31


class NotCms(ValueError):
    """These bytes are no SignedData in DER."""


@asn1.sequence
class _ContentInfo:
    content_type: ObjectIdentifier
    content: Annotated[asn1.TLV, asn1.Explicit(0)]


@asn1.sequence
class _EncapsulatedContent:
    content_type: ObjectIdentifier
    content: Annotated[bytes | None, asn1.Explicit(0)]


@asn1.sequence
class _SignedData:
    version: int
    digest_algorithms: asn1.SetOf[asn1.TLV]
    encapsulated: _EncapsulatedContent
    certificates: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]
    revocation_lists: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _Issued:
    issuer: asn1.TLV
    serial_number: int


@asn1.sequence
class _Signer:
    version: int
    issued: _Issued
    digest_algorithm: asn1.TLV
    attributes: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]
    signature_algorithm: asn1.TLV
    signature: bytes
    other_attributes: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(1)]


@asn1.sequence
class _Attribute:
    kind: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


class SignerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A signer, with what it signed: `signed` is the DER of the attributes, None where there are none."""

    serial_number: int
    issuer: bytes
    digest: ObjectIdentifier
    signature: bytes
    signed: bytes | None
    message_digest: bytes | None
    signed_at: datetime | None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A SignedData. is_detached: without the content inside."""

    is_detached: bool
    certificates: tuple[x509.Certificate, ...]
    signers: tuple[SignerInfo, ...]


def read_message(der: bytes) -> Message:
    """Raises NotCms."""
    try:
        outer = asn1.decode_der(_ContentInfo, der)
        if outer.content_type != _SIGNED_DATA:
            raise NotCms("it is no SignedData")
        found = outer.content.parse(_SignedData)
        inside = found.certificates.as_list() if found.certificates is not None else []
        return Message(
            is_detached=found.encapsulated.content is None,
            certificates=tuple(_certificate(_der(one)) for one in inside),
            signers=tuple(_signer(one.parse(_Signer)) for one in found.signers.as_list()),
        )
    except (ValueError, TypeError, IndexError) as error:
        raise NotCms(str(error)) from error


def _certificate(der: bytes) -> x509.Certificate:
    """A certificate whose names and days can be read; the library reads them when they are asked for."""
    certificate = x509.load_der_x509_certificate(der)
    for name in (certificate.subject, certificate.issuer):
        name.public_bytes()
    for day in (certificate.not_valid_before_utc, certificate.not_valid_after_utc):
        day.timestamp()
    return certificate


def _signer(found: _Signer) -> SignerInfo:
    attributes = found.attributes.as_list() if found.attributes is not None else []
    values = {one.kind: one.values.as_list() for one in (each.parse(_Attribute) for each in attributes)}
    digests, times = values.get(_MESSAGE_DIGEST, []), values.get(_SIGNING_TIME, [])
    return SignerInfo(
        serial_number=found.issued.serial_number,
        issuer=_der(found.issued.issuer),
        digest=_algorithm(found.digest_algorithm),
        signature=found.signature,
        signed=_set(attributes) if attributes else None,
        message_digest=digests[0].parse(bytes) if len(digests) == 1 else None,
        signed_at=_time(times[0]) if len(times) == 1 else None,
    )


def _algorithm(identifier: asn1.TLV) -> ObjectIdentifier:
    """The object identifier that an AlgorithmIdentifier begins with, whatever its parameters are."""
    content = bytes(identifier.data)
    return asn1.decode_der(ObjectIdentifier, content[: 2 + content[1]])


def _time(value: asn1.TLV) -> datetime:
    """UTCTime until 2049, GeneralizedTime from then on (RFC 5652, section 11.3)."""
    if bytes(value.tag_bytes) == b"\x17":
        return value.parse(asn1.UTCTime).as_datetime().replace(tzinfo=UTC)
    return value.parse(asn1.GeneralizedTime).as_datetime().replace(tzinfo=UTC)


def _set(members: list[asn1.TLV]) -> bytes:
    """What is signed is the attributes with the tag of a SET, not the implicit one (RFC 5652, section 5.4)."""
    content = b"".join(map(_der, members))
    return bytes((_DER_SET,)) + _length(len(content)) + content


def _der(value: asn1.TLV) -> bytes:
    """Tag, length and content again: DER has one way to write them."""
    content = bytes(value.data)
    return bytes(value.tag_bytes) + _length(len(content)) + content


def _length(size: int) -> bytes:
    """X.690, section 10.1."""
    if size < 0x80:
        return bytes((size,))
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(digits),)) + digits
