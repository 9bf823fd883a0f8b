"""Passes made by hand, with faults where a test wants them. Not by the builder: it must not agree with itself."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from cryptography import x509

from cardamom.wallet.apple.signing import detached_signature
from cardamom.wallet.apple.test_authority import (
    DEMO_PASS_TYPE,
    DEMO_TEAM,
    Authority,
    IssuedCertificate,
    issue_certificate,
    new_authority,
)

Sign = Callable[[bytes], bytes]

STRIP = (375, 144)
ICON = (38, 38)


@cache
def authority() -> Authority:
    """One for the whole run: making keys takes long."""
    return new_authority(now=datetime.now(UTC))


@cache
def certificate() -> IssuedCertificate:
    return issue_certificate(authority(), now=datetime.now(UTC))


def sign(manifest: bytes) -> bytes:
    """As a pass is signed."""
    mine = certificate()
    return detached_signature(manifest, certificate=mine.certificate, key=mine.key, issuer=authority().wwdr)


def signer_of(issued: IssuedCertificate, issuer: x509.Certificate) -> Sign:
    """The same with other certificates."""
    return lambda manifest: detached_signature(
        manifest, certificate=issued.certificate, key=issued.key, issuer=issuer
    )


def png(width: int, height: int) -> bytes:
    """A grey picture of this size."""
    row = b"\0" + b"\x80" * width
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * height)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def pictures(slot: str, size: tuple[int, int]) -> dict[str, bytes]:
    """A slot in its three resolutions."""
    width, height = size
    names = {1: f"{slot}.png", 2: f"{slot}@2x.png", 3: f"{slot}@3x.png"}
    return {name: png(width * scale, height * scale) for scale, name in names.items()}


def a_document(**changes: Any) -> dict[str, Any]:
    """pass.json of a stamp card; a change to None removes the key."""
    document = {
        "formatVersion": 1,
        "passTypeIdentifier": DEMO_PASS_TYPE,
        "teamIdentifier": DEMO_TEAM,
        "serialNumber": "cafe.0197",
        "organizationName": "Café",
        "description": "Coffee card, 7 of 10 stamps",
        "storeCard": {
            "headerFields": [{"key": "stamps", "label": "stamps", "value": "7/10", "changeMessage": "news"}],
            "secondaryFields": [{"key": "next", "label": "next", "value": "A free coffee"}],
            "backFields": [{"key": "terms", "label": "terms", "value": "One stamp for each cup."}],
        },
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": "112233445566778899",
                "messageEncoding": "iso-8859-1",
                "altText": "1122 3344",
            }
        ],
        "backgroundColor": "rgb(31,91,56)",
        "foregroundColor": "rgb(255,255,255)",
        "labelColor": "#ffffff",
        "locations": [{"latitude": 52.52, "longitude": 13.4, "relevantText": "Nearby"}],
        "maxDistance": 200,
        "expirationDate": "2030-03-01T09:30+01:00",
        "webServiceURL": "https://cards.example.org/apple",
        "authenticationToken": "a" * 32,
    }
    return {key: value for key, value in {**document, **changes}.items() if value is not None}


WORDS = {
    "en": {"stamps": "Stamps", "next": "Next reward", "terms": "Terms", "news": "You have %@ stamps"},
    "fa": {"stamps": "مهرها", "next": "جایزه بعدی", "terms": "شرایط", "news": "شما %@ مهر دارید"},
}


def strings(texts: Mapping[str, str]) -> bytes:
    return "".join(f'"{key}" = "{value}";\n' for key, value in texts.items()).encode()


def files(document: Mapping[str, Any] | None = None, **more: bytes) -> dict[str, bytes]:
    """Everything but manifest and signature."""
    return {
        "pass.json": json.dumps(document or a_document(), ensure_ascii=False).encode(),
        **pictures("icon", ICON),
        **pictures("strip", STRIP),
        **{f"{language}.lproj/pass.strings": strings(texts) for language, texts in WORDS.items()},
        **more,
    }


def manifest(content: Mapping[str, bytes]) -> bytes:
    hashes = {name: hashlib.sha1(data).hexdigest() for name, data in content.items()}
    return json.dumps(hashes, indent=1).encode()


def pkpass(content: Mapping[str, bytes] | None = None, *, signed_by: Sign = sign) -> bytes:
    """A bundle of these files, with a right manifest and a signature."""
    listed = dict(content if content is not None else files())
    made = manifest(listed)
    return zipped({**listed, "manifest.json": made, "signature": signed_by(made)})


def zipped(content: Mapping[str, bytes]) -> bytes:
    """Any files as a zip."""
    memory = BytesIO()
    with ZipFile(memory, "w", ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return memory.getvalue()
