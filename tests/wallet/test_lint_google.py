"""The linter tells what a Google pass is, and what Google would say of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cardamom.wallet.lint.findings import Finding
from cardamom.wallet.lint.google import SAVE_LINK, kind_of, lint_google, lint_google_file, lint_save_link


def an_image(name: str = "logo") -> dict[str, Any]:
    return {
        "sourceUri": {"uri": f"https://cards.example.org/art/1/{name}.png"},
        "contentDescription": {"defaultValue": {"language": "en", "value": "7 of 10 stamps"}},
    }


def a_class(**changes: Any) -> dict[str, Any]:
    return {
        "id": "3388.coffee",
        "issuerName": "Café",
        "programName": "Coffee card",
        "programLogo": an_image(),
        "reviewStatus": "UNDER_REVIEW",
        **changes,
    }


def an_object(**changes: Any) -> dict[str, Any]:
    points = {"label": "Stamps", "balance": {"string": "7/10"}}
    return {
        "id": "3388.card-1",
        "classId": "3388.coffee",
        "state": "ACTIVE",
        "loyaltyPoints": points,
        **changes,
    }


def a_rotating_code(**changes: Any) -> dict[str, Any]:
    return {
        "type": "QR_CODE",
        "valuePattern": "L1.3388.{totp_timestamp_seconds}.{totp_value_0}",
        "totpDetails": {
            "algorithm": "TOTP_SHA1",
            "periodMillis": "30000",
            "parameters": [{"key": "3132333435363738", "valueLength": 8}],
        },
        **changes,
    }


def claims(**changes: Any) -> dict[str, Any]:
    made = {
        "iss": "passes@cardamom.iam.gserviceaccount.com",
        "aud": "google",
        "typ": "savetowallet",
        "iat": 1_790_000_000,
        "origins": ["https://cards.example.org"],
        "payload": {"loyaltyObjects": [{"id": "3388.card-1"}]},
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}


def a_link(content: dict[str, Any], *, algorithm: str = "RS256") -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": algorithm, "typ": "JWT"}, content)]
    return SAVE_LINK + ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=") for part in [*parts, b"x" * 256]
    )


def found(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.code, finding.where) for finding in findings}


@pytest.mark.parametrize(
    "document",
    [
        a_class(),
        an_object(rotatingBarcode=a_rotating_code()),
        [a_class(), an_object()],
        {"loyaltyClasses": [a_class()], "loyaltyObjects": [an_object()]},
        claims(),
        {"message": {"id": "1", "header": "News", "body": "Two for one"}},
    ],
)
def test_what_is_sound_has_no_finding(document: Any) -> None:
    assert lint_google(document) == []


def test_a_sound_link_has_no_finding() -> None:
    assert lint_save_link(a_link(claims())) == []
    assert lint_google_file(a_link(claims()).encode() + b"\n") == []


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (a_class(), "loyaltyClass"),
        (an_object(), "loyaltyObject"),
        ({"id": "1.o", "title": "A coffee", "redemptionChannel": "INSTORE"}, "offerClass"),
        ({"id": "1.o", "classId": "1.c", "kind": "walletobjects#offerObject"}, "offerObject"),
        ({"id": "1.o", "classId": "1.c", "cardTitle": {}, "header": {}}, "genericObject"),
        ({"id": "1.o", "enableSmartTap": True, "callbackOptions": {}, "multipleDevices": 1}, "loyaltyClass"),
        ({"id": "1.o"}, None),
        ({}, None),
    ],
)
def test_a_document_is_known_by_its_fields(document: dict[str, Any], kind: str | None) -> None:
    assert kind_of(document) == kind


@pytest.mark.parametrize(
    ("document", "code", "where"),
    [
        (
            an_object(loyaltyPoints={"balance": {"string": "7", "int": 7}}),
            "google_one_balance",
            "loyaltyPoints.balance",
        ),
        (an_object(loyaltyPoints={"balance": {}}), "google_one_balance", "loyaltyPoints.balance"),
        (
            an_object(rotatingBarcode=a_rotating_code(), barcode={"type": "QR_CODE", "value": "1"}),
            "google_fixed_code",
            "barcode",
        ),
        (
            an_object(rotatingBarcode=a_rotating_code(valuePattern="3388")),
            "google_code_stands",
            "rotatingBarcode.valuePattern",
        ),
        (
            an_object(rotatingBarcode=a_rotating_code(valuePattern="{totp_value_1}")),
            "google_code_no_key",
            "rotatingBarcode.totpDetails.parameters",
        ),
        (an_object(classId="3389.coffee"), "google_other_issuer", "classId"),
        (an_object(linkedObjectIds=["3389.v"]), "google_other_issuer", "linkedObjectIds[0]"),
        (an_object(linkedObjectIds=["3388.card-1"]), "google_linked_self", "linkedObjectIds"),
        (an_object(linkedObjectIds=["3388.v"] * 2), "google_linked_twice", "linkedObjectIds"),
        (an_object(linkedObjectIds=[f"3388.v{n}" for n in range(51)]), "google_too_many", "linkedObjectIds"),
        (
            an_object(
                validTimeInterval={
                    "start": {"date": "2026-12-24T10:00:00Z"},
                    "end": {"date": "2026-12-24T10:00:00Z"},
                }
            ),
            "google_interval_order",
            "validTimeInterval",
        ),
        (
            an_object(
                validTimeInterval={
                    "start": {"date": "2026-12-24T10:00:00"},
                    "end": {"date": "2026-12-25T10:00:00.123456789Z"},
                }
            ),
            "google_interval_offset",
            "validTimeInterval",
        ),
        (an_object(heroImage={**an_image(), "privateImageId": "a"}), "google_two_images", "heroImage"),
        (
            an_object(heroImage={"sourceUri": {"uri": "https://x.org/a.png"}}),
            "google_image_unsaid",
            "heroImage",
        ),
        (
            an_object(heroImage={"sourceUri": {"uri": "https://192.168.1.2/a.png"}}),
            "google_image_private",
            "heroImage.sourceUri.uri",
        ),
        (an_object(messages=[{"id": "1", "body": "x"}] * 2), "google_message_twice", "messages"),
        (an_object(messages=[{"id": "1"}]), "google_message_empty", "messages[0].body"),
        (an_object(messages=[{"id": str(n), "body": "x"} for n in range(11)]), "google_too_many", "messages"),
        (a_class(reviewStatus="APPROVED"), "google_review_status", "reviewStatus"),
        (a_class(reviewStatus="underReview"), "google_unknown_value", "reviewStatus"),
        (
            a_class(
                localizedProgramName={
                    "defaultValue": {"language": "en", "value": "Card"},
                    "translatedValues": [{"language": "fa", "value": "کارت"}] * 2,
                }
            ),
            "google_translated_twice",
            "localizedProgramName",
        ),
        (
            a_class(classTemplateInfo={"cardTemplateOverride": {"cardRowTemplateInfos": [{}]}}),
            "google_one_row",
            "classTemplateInfo.cardTemplateOverride.cardRowTemplateInfos[0]",
        ),
        (
            {"id": "3388.c", "enableSmartTap": True, "classTemplateInfo": 3},
            "google_wrong_type",
            "classTemplateInfo",
        ),
        ([an_object(), an_object(state="on")], "google_unknown_value", "[1] state"),
        ("coffee", "google_not_a_pass", ""),
        ({"coffee": 1}, "google_not_a_pass", ""),
        (None, "google_not_a_pass", ""),
        (
            {"message": {"messageType": "text", "body": "x"}},
            "google_unknown_value",
            "message.messageType",
        ),
    ],
)
def test_a_planted_fault_is_found_where_it_is(document: Any, code: str, where: str) -> None:
    assert (code, where) in found(lint_google(document))


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"aud": "apple"}, "save_link_claim", "aud"),
        ({"typ": "savetoandroidpay"}, "save_link_claim", "typ"),
        ({"iss": "Café"}, "save_link_claim", "iss"),
        ({"iat": "now"}, "save_link_claim", "iat"),
        ({"exp": 1_800_000_000}, "save_link_ends", "exp"),
        ({"origins": ["https://cards.example.org/c/"]}, "save_link_origins", "origins"),
        ({"sub": "me"}, "save_link_unknown_claim", "sub"),
        ({"payload": {}}, "save_link_empty", "payload"),
        ({"payload": []}, "save_link_empty", "payload"),
        ({"payload": {"loyaltyClasses": [a_class()]}}, "save_link_empty", "payload"),
        ({"payload": {"coffees": []}}, "save_link_unknown_list", "payload.coffees"),
        (
            {"payload": {"loyaltyObjects": [{"id": "card"}]}},
            "google_wrong_form",
            "payload.loyaltyObjects[0] id",
        ),
        (
            {"payload": {"loyaltyObjects": [{"id": "3388.c", "state": "ACTIVE"}]}},
            "google_required_field",
            "payload.loyaltyObjects[0] classId",
        ),
        ({"payload": {"loyaltyObjects": [3]}}, "google_not_a_pass", "payload.loyaltyObjects[0]"),
        ({"payload": {"loyaltyObjects": {}}}, "google_wrong_type", "payload.loyaltyObjects"),
    ],
)
def test_a_save_link_is_read(changes: dict[str, Any], code: str, where: str) -> None:
    assert (code, where) in found(lint_save_link(a_link(claims(**changes))))


def test_a_link_that_is_too_long_or_signed_otherwise_is_told() -> None:
    many = {"loyaltyObjects": [an_object(id=f"3388.card-{n}") for n in range(12)]}
    assert ("save_link_long", "") in found(lint_save_link(a_link(claims(payload=many))))
    assert ("save_link_algorithm", "alg") in found(lint_save_link(a_link(claims(), algorithm="HS256")))
    for link in (SAVE_LINK, SAVE_LINK + "a.b.c", SAVE_LINK + "é.b.c", "", SAVE_LINK + "W10.W10.W10"):
        assert ("save_link_unreadable", "") in found(lint_save_link(link))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (
            b'{"id": "1.a", "id": "1.b", "classId": "1.c", "state": "ACTIVE", "accountId": "1"}',
            "json_key_twice",
        ),
        (b"\xff", "json_unreadable"),
        (b"", "json_unreadable"),
        (b"[" * 100_000, "json_unreadable"),
        (b"[" * 500 + b"]" * 500, "json_unreadable"),
        (b"NaN", "json_unreadable"),
        (b"1e400", "google_not_a_pass"),
    ],
)
def test_what_is_no_json_is_a_finding(content: bytes, code: str) -> None:
    assert code in {finding.code for finding in lint_google_file(content)}
