"""pass.json: its keys and types, and what several of them must be together."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from cardamom.kit.colour import TEXT_CONTRAST, contrast
from cardamom.kit.i18n import _
from cardamom.wallet.lint.apple_bundle import PASS
from cardamom.wallet.lint.apple_schema import LEGACY_STYLES, NEW_FORMATS, POSTER, as_hex, validator
from cardamom.wallet.lint.findings import Finding, error, joined, warning
from cardamom.wallet.lint.json_shape import Fault, Problem, problems, short
from cardamom.wallet.lint.lengths import visible_characters

Document = Mapping[str, Any]

SHORTEST_TOKEN = 16
_LONGEST_NFC_BYTES = 64
_LONGEST_CODE_BYTES = 2_953  # QR version 40 with the lowest error correction (ISO/IEC 18004, table 7)
_LONGEST_LOGO_TEXT = 24

_CODES: dict[Fault, str] = {
    "required": "pass_required_key",
    "value": "pass_unknown_value",
    "type": "pass_wrong_type",
    "shape": "pass_wrong_form",
    "range": "pass_out_of_range",
}
#: What a symbology can draw, for those that cannot draw every text.
_DRAWABLE = {
    "PKBarcodeFormatEAN13": re.compile(r"\d{13}"),
    "PKBarcodeFormatCode39": re.compile(r"[0-9A-Z. $/+%-]+"),
    "PKBarcodeFormatCodabar": re.compile(r"[A-D]?[0-9$:/.+-]+[A-D]?"),
    "PKBarcodeFormatI2of5": re.compile(r"(\d\d)+"),
}


def shape_findings(document: Document) -> Iterator[Finding]:
    """Keys, types, values, dates, colours and addresses, each by itself."""
    for problem in problems(validator(), document):
        yield _shape_finding(problem)


def _shape_finding(problem: Problem) -> Finding:
    where = joined(PASS, problem.where)
    match problem.fault, problem.detail:
        case "unknown", _key:
            return warning("pass_unknown_key", where, problem.sentence)
        case "format", "pass-date":
            sentence = _(
                "%(value)s is no date that phones read: write day, time and zone, 2026-03-01T09:30:00+01:00."
            )
            return error("pass_date", where, sentence % {"value": problem.sentence})
        case "format", "pass-colour":
            sentence = _("%(value)s is no colour: write rgb(31, 91, 56).")
            return error("pass_colour", where, sentence % {"value": problem.sentence})
        case "format", _name:
            sentence = _("%(value)s is no address that phones open.")
            return error("pass_address", where, sentence % {"value": problem.sentence})
        case "range", "minLength":
            return error("pass_empty", where, _("This must not be empty."))
        case "range", "maxItems":
            sentence = _("These are more than phones take; the others are dropped.")
            return error("pass_too_many", where, sentence)
        case _:
            return error(_CODES[problem.fault], where, problem.sentence)


def styles_of(document: Document) -> frozenset[str]:
    """The styles that the pass has."""
    return frozenset(style for style in (*LEGACY_STYLES, POSTER) if isinstance(document.get(style), Mapping))


def rule_findings(document: Document) -> Iterator[Finding]:
    """What several keys must be together."""
    yield from _style_findings(document)
    yield from _barcode_findings(document)
    yield from _service_findings(document)
    yield from _link_findings(document)
    yield from _colour_findings(document)
    yield from _place_findings(document)
    yield from _nfc_findings(document)
    logo_text = document.get("logoText")
    if isinstance(logo_text, str) and visible_characters(logo_text) > _LONGEST_LOGO_TEXT:
        sentence = _("%(text)s is longer than %(limit)s characters; a phone will cut it.")
        facts = {"text": short(logo_text), "limit": _LONGEST_LOGO_TEXT}
        yield warning("text_long", joined(PASS, "logoText"), sentence % facts)


def _style_findings(document: Document) -> Iterator[Finding]:
    styles = styles_of(document)
    legacy = styles & set(LEGACY_STYLES)
    if not styles:
        sentence = _("The pass has no style: storeCard for a card, coupon for a voucher.")
        yield error("style_missing", PASS, sentence)
    elif not legacy:
        sentence = _("iPhones before iOS 27 cannot add posterGeneric alone: put it beside another style.")
        yield error("style_poster_alone", joined(PASS, POSTER), sentence)
    elif len(legacy) > 1:
        sentence = _(
            "The pass has the styles %(styles)s. It must have one, with or without posterGeneric beside it."
        )
        yield error("style_many", PASS, sentence % {"styles": ", ".join(sorted(legacy))})
    if legacy == {"boardingPass"} and "transitType" not in document["boardingPass"]:
        sentence = _("A boarding pass must have a transitType.")
        yield error("style_no_transit", joined(PASS, "boardingPass.transitType"), sentence)
    if "groupingIdentifier" in document and not legacy & {"eventTicket", "boardingPass"}:
        sentence = _("Phones group event tickets and boarding passes only.")
        yield warning("style_not_grouped", joined(PASS, "groupingIdentifier"), sentence)


def _barcode_findings(document: Document) -> Iterator[Finding]:
    codes = [one for one in _list(document.get("barcodes")) if isinstance(one, Mapping)]
    if "barcode" in document:
        if not codes:
            sentence = _("barcode is the old form: put it into the list barcodes too.")
            yield warning("barcode_old", joined(PASS, "barcode"), sentence)
        codes_with_old = [*codes, document["barcode"]] if isinstance(document["barcode"], Mapping) else codes
    else:
        codes_with_old = codes
    formats = [one.get("format") for one in codes_with_old]
    if formats and all(one in NEW_FORMATS for one in formats):
        sentence = _("iPhones before iOS 27 cannot draw this code: add a QR code after it.")
        yield error("barcode_no_fallback", joined(PASS, "barcodes"), sentence)
    for place, code in enumerate(codes):
        yield from _message_findings(code, joined(PASS, f"barcodes[{place}]"))


def _message_findings(code: Document, where: str) -> Iterator[Finding]:
    message, encoding, symbology = code.get("message"), code.get("messageEncoding"), code.get("format")
    if not isinstance(message, str) or not isinstance(encoding, str):
        return
    drawable = _DRAWABLE.get(str(symbology))
    is_ean = symbology == "PKBarcodeFormatEAN13"
    if drawable and (not drawable.fullmatch(message) or (is_ean and not _ends_with_check_digit(message))):
        sentence = _("A code of this format cannot hold %(message)s.")
        yield error("barcode_message", f"{where}.message", sentence % {"message": short(message)})
    try:
        encoded = message.encode(codecs.lookup(encoding).name)
    except LookupError:
        sentence = _("%(encoding)s is not the name of an encoding.") % {"encoding": short(encoding)}
        yield error("barcode_encoding", f"{where}.messageEncoding", sentence)
    except ValueError:
        sentence = _("The message cannot be written in %(encoding)s.") % {"encoding": short(encoding)}
        yield error("barcode_encoding", f"{where}.messageEncoding", sentence)
    else:
        if len(encoded) > _LONGEST_CODE_BYTES:
            sentence = _("The message is too long for any code.")
            yield error("barcode_message", f"{where}.message", sentence)


def _ends_with_check_digit(digits: str) -> bool:
    """EAN-13: weights 1 and 3 by turns (GS1 General Specifications, section 7.9)."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def _service_findings(document: Document) -> Iterator[Finding]:
    url, token = document.get("webServiceURL"), document.get("authenticationToken")
    if (url is None) != (token is None):
        missing = "webServiceURL" if url is None else "authenticationToken"
        sentence = _("A pass that is updated has a webServiceURL and an authenticationToken; one is missing.")
        yield error("service_half", joined(PASS, missing), sentence)
    if isinstance(url, str) and urlsplit_scheme(url) != "https":
        sentence = _("Phones ask for updates by https only.")
        yield error("service_not_https", joined(PASS, "webServiceURL"), sentence)
    if isinstance(token, str) and len(token) < SHORTEST_TOKEN:
        sentence = _("The token must have %(least)s characters or more.") % {"least": SHORTEST_TOKEN}
        yield error("service_short_token", joined(PASS, "authenticationToken"), sentence)


def urlsplit_scheme(url: str) -> str:
    """The scheme in lower case, "" where there is none."""
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _link_findings(document: Document) -> Iterator[Finding]:
    if "appLaunchURL" in document and not document.get("associatedStoreIdentifiers"):
        sentence = _("appLaunchURL needs associatedStoreIdentifiers, the apps that may be opened.")
        yield error("link_no_app", joined(PASS, "appLaunchURL"), sentence)
    actions = [one for one in _list(document.get("featuredActions")) if isinstance(one, Mapping)]
    seen: set[object] = set()
    for place, action in enumerate(actions):
        where = joined(PASS, f"featuredActions[{place}]")
        identifier = str(action.get("identifier"))
        if identifier in seen:
            yield error("action_twice", f"{where}.identifier", _("Two actions have this identifier."))
        seen.add(identifier)
        # A place is opened by its identifier in Apple's maps, everything else by an address.
        if not {"url", "placeIdentifier"} & action.keys():
            yield warning("action_no_url", where, _("This action has no address to open."))


def _colour_findings(document: Document) -> Iterator[Finding]:
    background = _hex(document.get("backgroundColor"))
    if background is None:
        return
    for key in ("foregroundColor", "labelColor"):
        colour = _hex(document.get(key))
        if colour is not None and (ratio := contrast(colour, background)) < TEXT_CONTRAST:
            sentence = _("The contrast with the background is %(ratio)s; %(least)s is readable.")
            facts = {"ratio": f"{ratio:.1f}", "least": TEXT_CONTRAST}
            yield warning("colour_contrast", joined(PASS, key), sentence % facts)


def _hex(colour: object) -> str | None:
    return as_hex(colour) if isinstance(colour, str) else None


def _place_findings(document: Document) -> Iterator[Finding]:
    if "maxDistance" in document and not document.get("locations"):
        sentence = _("maxDistance is from the locations, and there are none.")
        yield warning("place_no_location", joined(PASS, "maxDistance"), sentence)
    for number, moment in enumerate(_list(document.get("relevantDates"))):
        if not isinstance(moment, Mapping):
            continue
        is_span = {"startDate", "endDate"} <= moment.keys()
        is_point = bool({"date", "relevantDate"} & moment.keys())
        if is_span == is_point:
            sentence = _("A relevant date has a date, or a startDate and an endDate.")
            yield error("relevant_date", joined(PASS, f"relevantDates[{number}]"), sentence)


def _nfc_findings(document: Document) -> Iterator[Finding]:
    nfc = document.get("nfc")
    if not isinstance(nfc, Mapping):
        return
    message, key = nfc.get("message"), nfc.get("encryptionPublicKey")
    if isinstance(message, str) and len(message.encode()) > _LONGEST_NFC_BYTES:
        sentence = _("The message has more than %(most)s bytes.") % {"most": _LONGEST_NFC_BYTES}
        yield error("nfc_message", joined(PASS, "nfc.message"), sentence)
    if isinstance(key, str) and not _is_p256(key):
        sentence = _("This is not a public key on the curve P-256, in base64.")
        yield error("nfc_key", joined(PASS, "nfc.encryptionPublicKey"), sentence)


def _is_p256(text: str) -> bool:
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return False
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
