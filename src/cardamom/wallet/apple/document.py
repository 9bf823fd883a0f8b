"""What cards and vouchers have in common in `pass.json` (PassKit, "Pass"; apple/pass-builder, `Pass.proto`)."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from cardamom.kit.codes import grouped
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.strings import Texts, W
from cardamom.wallet.face import Place

Document = dict[str, Any]
Field = dict[str, Any]
#: A text of a wording.
Said = Callable[[W], str]

#: More are not looked at (PassKit, "Pass", locations).
MOST_PLACES: Final = 10
#: How near is near. Phones take the smaller of this and their own idea, and want a JSON number.
_NEARBY_METRES: Final = 100
_SHORTEST_TOKEN: Final = 16
_LONGEST_NFC_BYTES: Final = 64


def _nothing(_wording: object) -> str:
    return ""


class ApplePass(msgspec.Struct, frozen=True):
    """A pass without its pictures and its signature. strings: `pass.strings` by their paths in the bundle."""

    document: Document
    strings: dict[str, bytes]


class PassIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a pass is. All of it but the NFC key must stay the same for as long as somebody has the pass.

    service_url: of the web service, without "/v1"; token: of this pass. nfc_public_key: None without an NFC
    certificate.
    """

    pass_type: str
    team: str
    serial: str
    service_url: str = ""
    token: str = ""
    nfc_public_key: str | None = None


def identity_of(certificate: PassCertificate, *, serial: str, service_url: str, token: str) -> PassIdentity:
    """The identity of a pass that a certificate signs."""
    return PassIdentity(
        pass_type=certificate.pass_type,
        team=certificate.team,
        serial=serial,
        service_url=service_url,
        token=token,
        nfc_public_key=certificate.nfc_public_key,
    )


def head(identity: PassIdentity) -> Document:
    """The keys that say who the pass is and where it is renewed."""
    document: Document = {
        "formatVersion": 1,
        "passTypeIdentifier": identity.pass_type,
        "teamIdentifier": identity.team,
        "serialNumber": identity.serial,
    }
    # One without the other is an error, and phones ask over HTTPS only: a developer's machine makes passes that stay
    # as they are.
    if len(identity.token) >= _SHORTEST_TOKEN and is_secure(identity.service_url):
        document |= {"webServiceURL": identity.service_url, "authenticationToken": identity.token}
    return document


def codes(code: str, *, number: str, identity: PassIdentity) -> Document:
    """The barcode, and the same for a reader that is touched. code: digits; "" for a pass that is not scanned.

    number: what stands below the barcode for staff who type it.
    """
    if not code:
        return {}
    document: Document = {
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": code,
                "messageEncoding": "iso-8859-1",
                "altText": number or grouped(code),
            }
        ]
    }
    if identity.nfc_public_key is not None and len(code.encode()) <= _LONGEST_NFC_BYTES:
        document["nfc"] = {"message": code, "encryptionPublicKey": identity.nfc_public_key}
    return document


def nearby(texts: Texts[W], places: Sequence[Place], said: Said[W]) -> Document:
    """Where the pass comes to the lock screen, and what it says there."""
    if not places:
        return {}
    relevant_text = texts.text(said)
    shown = {"relevantText": relevant_text} if relevant_text else {}
    return {
        "locations": [
            {"latitude": place.latitude, "longitude": place.longitude, **shown}
            for place in places[:MOST_PLACES]
        ],
        "maxDistance": _NEARBY_METRES,
    }


def field(
    texts: Texts[W], key: str, value: Said[W], *, label: Said[W] = _nothing, news: Said[W] = _nothing
) -> Field:
    """One field. news: its `changeMessage`, with "%@" for the new value. Without a value there is only the key."""
    shown = texts.text(value)
    if not shown:
        return {"key": key}
    found: Field = {"key": key, "value": shown}
    if said := texts.text(label):
        found["label"] = said
    if said := texts.text(news):
        found["changeMessage"] = said
    return found


def link_field(texts: Texts[W], key: str, url: str, value: Said[W], *, label: Said[W] = _nothing) -> Field:
    """Words on the back that open an address. What cannot show a link shows the words."""
    found = field(texts, key, value, label=label)
    target = html.escape(url, quote=True)
    # Simple quotes, as in Apple's examples: double ones would have to be escaped once more in the translations.
    found["attributedValue"] = texts.text(
        lambda wording: f"<a href='{target}'>{html.escape(value(wording))}</a>"
    )
    return found


def filled(fields: Iterable[Field]) -> list[Field]:
    """Those that have something to say."""
    return [each for each in fields if "value" in each]


def is_secure(url: str) -> bool:
    """Whether phones would ask there."""
    return urlsplit(url).scheme == "https"


def instant(at: datetime) -> str:
    """A date with its time and zone (W3C, "Date and Time Formats"); without the zone a phone ignores it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
