"""The linter finds each planted fault of a pass.json, and nothing in a sound one."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cardamom.wallet.apple.test_authority import new_authority
from cardamom.wallet.lint.apple import lint_pkpass
from cardamom.wallet.lint.findings import Finding
from tests.wallet import bundles
from tests.wallet.bundles import a_document, files, pkpass

NOW = datetime.now(UTC)


def codes(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings}


def found(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Codes and places of a pass with this pass.json."""
    return {(one.code, one.where) for one in lint_pkpass(pkpass(files(document)))}


def with_field(group: str, **field: Any) -> dict[str, Any]:
    """A card with one more field in a group."""
    document = a_document()
    style = document["storeCard"]
    style[group] = [*style.get(group, []), {"key": "extra", "value": "x", **field}]
    return document


def test_a_sound_pass_has_no_finding() -> None:
    assert lint_pkpass(pkpass(), roots=[bundles.authority().root]) == []


def test_of_trust_nothing_is_said_without_a_root() -> None:
    other = new_authority(now=NOW)
    assert lint_pkpass(pkpass()) == []
    assert codes(lint_pkpass(pkpass(), roots=[other.root])) == {"certificate_untrusted"}


DOCUMENTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "distance as text": (a_document(maxDistance="200"), "pass_wrong_type", "pass.json maxDistance"),
    "date without zone": (
        a_document(expirationDate="2030-03-01T09:30:00"),
        "pass_date",
        "pass.json expirationDate",
    ),
    "date alone": (a_document(expirationDate="2030-03-01"), "pass_date", "pass.json expirationDate"),
    "30 February": (a_document(expirationDate="2030-02-30T09:30Z"), "pass_date", "pass.json expirationDate"),
    "unknown key": (a_document(backgroundcolor="red"), "pass_unknown_key", "pass.json backgroundcolor"),
    "no team": (a_document(teamIdentifier=None), "pass_required_key", "pass.json teamIdentifier"),
    "format 2": (a_document(formatVersion=2), "pass_unknown_value", "pass.json formatVersion"),
    "no description": (a_document(description=""), "pass_empty", "pass.json description"),
    "type of pass": (
        a_document(passTypeIdentifier="com.x"),
        "pass_wrong_form",
        "pass.json passTypeIdentifier",
    ),
    "colour name": (a_document(backgroundColor="green"), "pass_colour", "pass.json backgroundColor"),
    "colour 256": (a_document(labelColor="rgb(256,0,0)"), "pass_colour", "pass.json labelColor"),
    "contrast": (a_document(foregroundColor="rgb(31,91,60)"), "colour_contrast", "pass.json foregroundColor"),
    "eleven places": (
        a_document(locations=[{"latitude": 1, "longitude": 1}] * 11),
        "pass_too_many",
        "pass.json locations",
    ),
    "north of north": (
        a_document(locations=[{"latitude": 90.5, "longitude": 1}]),
        "pass_out_of_range",
        "pass.json locations[0].latitude",
    ),
    "distance of nothing": (a_document(locations=None), "place_no_location", "pass.json maxDistance"),
    "no style": (a_document(storeCard=None), "style_missing", "pass.json"),
    "two styles": (a_document(coupon={}), "style_many", "pass.json"),
    "poster alone": (
        a_document(storeCard=None, posterGeneric={}),
        "style_poster_alone",
        "pass.json posterGeneric",
    ),
    "address without token": (
        a_document(authenticationToken=None),
        "service_half",
        "pass.json authenticationToken",
    ),
    "token without address": (a_document(webServiceURL=None), "service_half", "pass.json webServiceURL"),
    "short token": (
        a_document(authenticationToken="x" * 15),
        "service_short_token",
        "pass.json authenticationToken",
    ),
    "http": (a_document(webServiceURL="http://x.org/"), "service_not_https", "pass.json webServiceURL"),
    "no address": (a_document(webServiceURL="cards"), "pass_address", "pass.json webServiceURL"),
    "old barcode": (
        a_document(barcodes=None, barcode=a_document()["barcodes"][0]),
        "barcode_old",
        "pass.json barcode",
    ),
    "app without store id": (a_document(appLaunchURL="cafe://card"), "link_no_app", "pass.json appLaunchURL"),
    "three actions": (
        a_document(
            featuredActions=[
                {"identifier": str(n), "type": "order", "url": "https://x.org"} for n in range(3)
            ]
        ),
        "pass_too_many",
        "pass.json featuredActions",
    ),
    "unknown action": (
        a_document(featuredActions=[{"identifier": "a", "type": "dance", "url": "https://x.org"}]),
        "pass_unknown_value",
        "pass.json featuredActions[0].type",
    ),
    "actions of one name": (
        a_document(featuredActions=[{"identifier": "a", "type": "order", "url": "tel:+49301"}] * 2),
        "action_twice",
        "pass.json featuredActions[1].identifier",
    ),
    "an action without an address": (
        a_document(featuredActions=[{"identifier": "a", "type": "order"}]),
        "action_no_url",
        "pass.json featuredActions[0]",
    ),
    "a place": (
        a_document(featuredActions=[{"identifier": "a", "type": "place", "placeIdentifier": 1}]),
        "pass_wrong_type",
        "pass.json featuredActions[0].placeIdentifier",
    ),
    "half a span": (
        a_document(relevantDates=[{"startDate": "2030-03-01T09:30Z"}]),
        "relevant_date",
        "pass.json relevantDates[0]",
    ),
    "grouping of cards": (
        a_document(groupingIdentifier="a"),
        "style_not_grouped",
        "pass.json groupingIdentifier",
    ),
    "long NFC message": (
        a_document(nfc={"message": "x" * 65, "encryptionPublicKey": "AAAA"}),
        "nfc_message",
        "pass.json nfc.message",
    ),
    "no NFC key": (
        a_document(nfc={"message": "x", "encryptionPublicKey": "AAAA"}),
        "nfc_key",
        "pass.json nfc.encryptionPublicKey",
    ),
    "long logo text": (a_document(logoText="ك" * 25), "text_long", "pass.json logoText"),
    "two formats": (
        with_field("auxiliaryFields", value=3, numberStyle="PKNumberStyleDecimal", currencyCode="EUR"),
        "field_two_formats",
        "pass.json storeCard.auxiliaryFields[0]",
    ),
    "a price in quotes": (
        with_field("auxiliaryFields", value="3", currencyCode="EUR"),
        "field_not_number",
        "pass.json storeCard.auxiliaryFields[0]",
    ),
    "a date style for a day": (
        with_field("auxiliaryFields", value="2030-03-01", dateStyle="PKDateStyleShort"),
        "field_not_date",
        "pass.json storeCard.auxiliaryFields[0]",
    ),
    "same key in two groups": (
        with_field("auxiliaryFields", key="stamps"),
        "field_key_twice",
        "pass.json storeCard.auxiliaryFields[0]",
    ),
    "same key in two styles": (
        a_document(posterGeneric={"primaryFields": [{"key": "stamps", "value": "7"}]}),
        "field_key_twice",
        "pass.json posterGeneric.primaryFields[0]",
    ),
    "silent change": (
        with_field("auxiliaryFields", changeMessage="It changed"),
        "change_message",
        "pass.json storeCard.auxiliaryFields[0]",
    ),
    "alignment on the back": (
        with_field("backFields", textAlignment="PKTextAlignmentRight"),
        "field_alignment",
        "pass.json storeCard.backFields[1]",
    ),
    "detectors on the front": (
        with_field("auxiliaryFields", dataDetectorTypes=[]),
        "field_detectors",
        "pass.json storeCard.auxiliaryFields[0]",
    ),
    "row": (with_field("auxiliaryFields", row=1), "field_row", "pass.json storeCard.auxiliaryFields[0]"),
    "markup": (
        with_field("backFields", attributedValue="<b>x</b><a href='https://x.org'>y</a>"),
        "field_markup",
        "pass.json storeCard.backFields[1]",
    ),
    "over the strip": (
        with_field("primaryFields"),
        "field_over_strip",
        "pass.json storeCard.primaryFields[0]",
    ),
    "a poster's group": (with_field("footerFields"), "field_group", "pass.json storeCard.footerFields[0]"),
    "long value": (
        with_field("headerFields", value="x" * 15),
        "text_long",
        "pass.json storeCard.headerFields[1].value",
    ),
    "value that is a list": (
        with_field("backFields", value=[1]),
        "pass_wrong_type",
        "pass.json storeCard.backFields[1].value",
    ),
    "voided as text": (a_document(voided="true"), "pass_wrong_type", "pass.json voided"),
    "serial as number": (a_document(serialNumber=17), "pass_wrong_type", "pass.json serialNumber"),
}


@pytest.mark.parametrize(("document", "code", "where"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_planted_fault_is_found_where_it_is(document: dict[str, Any], code: str, where: str) -> None:
    assert (code, where) in found(document)


def test_the_fifth_small_field_is_dropped_by_phones() -> None:
    document = a_document()
    document["storeCard"]["auxiliaryFields"] = [{"key": f"a{n}", "value": "x"} for n in range(4)]
    where = "pass.json storeCard.secondaryFields + storeCard.auxiliaryFields"
    assert ("field_overflow", where) in found(document)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"format": "PKBarcodeFormatEAN13", "message": "4006381333931"}, "barcode_no_fallback"),
        ({"format": "PKBarcodeFormatEAN13", "message": "4006381333932"}, "barcode_message"),
        ({"format": "PKBarcodeFormatCode39", "message": "small"}, "barcode_message"),
        ({"message": "محمد"}, "barcode_encoding"),
        ({"messageEncoding": "klingon"}, "barcode_encoding"),
        ({"message": ""}, "pass_empty"),
        ({"message": "x" * 3_000}, "barcode_message"),
        ({"format": "QR"}, "pass_unknown_value"),
    ],
)
def test_a_code_must_be_drawable_on_every_phone(changes: dict[str, str], code: str) -> None:
    barcode = {**a_document()["barcodes"][0], **changes}
    assert code in codes(lint_pkpass(pkpass(files(a_document(barcodes=[barcode])))))


def test_a_new_code_with_a_fallback_is_sound() -> None:
    new = {"format": "PKBarcodeFormatEAN13", "message": "4006381333931", "messageEncoding": "iso-8859-1"}
    assert found(a_document(barcodes=[new, a_document()["barcodes"][0]])) == set()


def test_an_nfc_dictionary_can_be_right() -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert (
        found(a_document(nfc={"message": "m", "encryptionPublicKey": base64.b64encode(der).decode()}))
        == set()
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"formatVersion": 1, "formatVersion": 1}', "pass_key_twice"),
        (b"\xff\xfe{}", "pass_not_json"),
        (b"\xef\xbb\xbf{}", "pass_not_json"),
        (b'{"maxDistance": NaN}', "pass_not_json"),
        (b'{"a": "\\ud800"}', "pass_not_json"),
        (b"[]", "pass_not_json"),
        (b"{,}", "pass_not_json"),
        (b'{"userInfo": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "pass_not_json"),
        (b'{"userInfo": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}", "pass_not_json"),
    ],
)
def test_what_is_no_sound_json_is_a_finding(content: bytes, code: str) -> None:
    assert code in codes(lint_pkpass(pkpass({**files(), "pass.json": content})))
