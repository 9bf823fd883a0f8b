"""The check that runs before a document goes to Google."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cardamom.wallet.google.limits import ALSO_REQUIRED, COUNTS, LENGTHS, PATTERNS, RANGES, SET_BY_GOOGLE
from cardamom.wallet.google.schema import KINDS, check, discovery

CHECKOUT = Path(__file__).resolve().parents[2]


def a_class(**changes: Any) -> dict[str, Any]:
    return {
        "id": "3388.coffee",
        "issuerName": "Café",
        "programName": "Coffee card",
        "programLogo": {"sourceUri": {"uri": "https://cards.example.org/art/1/logo.png"}},
        "reviewStatus": "UNDER_REVIEW",
        **changes,
    }


def an_object(**changes: Any) -> dict[str, Any]:
    return {"id": "3388.card-1", "classId": "3388.coffee", "state": "ACTIVE", **changes}


def codes(findings: list[Any]) -> list[tuple[str, str]]:
    return [(finding.code, finding.where) for finding in findings]


def test_our_copy_is_what_the_package_ships() -> None:
    done = subprocess.run(
        [sys.executable, CHECKOUT / "scripts" / "walletobjects", "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_licence_is_beside_the_copy() -> None:
    text = (CHECKOUT / "src/cardamom/wallet/google/walletobjects.LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "walletobjects.json" in (CHECKOUT / "NOTICE").read_text(encoding="utf-8")


def test_our_limits_are_of_fields_that_exist() -> None:
    schemas = discovery()["schemas"]
    required = [(schema, field) for schema, fields in ALSO_REQUIRED.items() for field in fields]
    named = [*COUNTS, *LENGTHS, *RANGES, *PATTERNS, *SET_BY_GOOGLE, *required]
    assert [place for place in named if place[1] not in schemas[place[0]]["properties"]] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_checked(kind: Any) -> None:
    check(kind, {})


def test_a_plain_card_has_no_finding() -> None:
    assert check("loyaltyClass", a_class()) == []
    assert check("loyaltyObject", an_object(loyaltyPoints={"balance": {"string": "7/10"}})) == []


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"state": "active"}, "google_unknown_value", "state"),
        ({"stamps": 7}, "google_unknown_field", "stamps"),
        ({"version": 3}, "google_wrong_type", "version"),
        ({"id": "card-1"}, "google_wrong_form", "id"),
        ({"id": "3388.card 1"}, "google_wrong_form", "id"),
        ({"loyaltyPoints": {"label": "Stamps"}}, "google_required_field", "loyaltyPoints.balance"),
        (
            {"heroImage": {"sourceUri": {"uri": "http://x/a.png"}}},
            "google_wrong_form",
            "heroImage.sourceUri.uri",
        ),
        (
            {"merchantLocations": [{"latitude": 91, "longitude": 0}]},
            "google_out_of_range",
            "merchantLocations[0].latitude",
        ),
        (
            {"merchantLocations": [{"latitude": 9, "longitude": 0}] * 11},
            "google_too_many",
            "merchantLocations",
        ),
        ({"linkedObjectIds": [f"3388.v{n}" for n in range(51)]}, "google_too_many", "linkedObjectIds"),
        (
            {"validTimeInterval": {"end": {"date": "2026-12-24"}}},
            "google_wrong_form",
            "validTimeInterval.end.date",
        ),
        (
            {"rotatingBarcode": {"totpDetails": {"periodMillis": 30_000}}},
            "google_wrong_type",
            "rotatingBarcode.totpDetails.periodMillis",
        ),
        (
            {"loyaltyPoints": {"balance": {"string": "100/1000"}}},
            "google_long_text",
            "loyaltyPoints.balance.string",
        ),
        ({"accountName": "محمد " * 5}, "google_long_text", "accountName"),
        ({"hasUsers": True}, "google_read_only", "hasUsers"),
        ({"locations": []}, "google_deprecated", "locations"),
    ],
)
def test_a_fault_is_named_with_its_place(changes: dict[str, Any], code: str, where: str) -> None:
    assert (code, where) in codes(check("loyaltyObject", an_object(**changes)))


@pytest.mark.parametrize("missing", ["id", "issuerName", "programName", "programLogo", "reviewStatus"])
def test_what_is_marked_as_required_is_required(missing: str) -> None:
    document = a_class()
    del document[missing]
    assert codes(check("loyaltyClass", document)) == [("google_required_field", missing)]


def test_a_generic_class_has_no_review_status() -> None:
    found = check("genericClass", {"id": "3388.c", "reviewStatus": "UNDER_REVIEW"})
    assert codes(found) == [("google_unknown_field", "reviewStatus")]


def test_members_of_lists_are_whole() -> None:
    found = check("loyaltyObject", an_object(merchantLocations=[{"latitude": 1}]))
    assert codes(found) == [("google_required_field", "merchantLocations[0].longitude")]


def test_lengths_are_counted_as_people_count() -> None:
    family = "👨‍👩‍👧‍👦"
    assert check("loyaltyObject", an_object(accountName=family * 20)) == []
    assert codes(check("loyaltyObject", an_object(accountName=family * 21))) == [
        ("google_long_text", "accountName")
    ]


def test_each_translation_is_measured() -> None:
    name = {
        "defaultValue": {"language": "en", "value": "Stamps"},
        "translatedValues": [{"language": "fa", "value": "مهرهای شما امروز"}],
    }
    points = {"balance": {"string": "7/10"}, "localizedLabel": name}
    assert codes(check("loyaltyObject", an_object(loyaltyPoints=points))) == [
        ("google_long_text", "loyaltyPoints.localizedLabel")
    ]
