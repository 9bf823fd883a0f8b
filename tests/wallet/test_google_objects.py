"""Cards, vouchers and classes as Google keeps them: golden files for the demo's businesses, and the limits."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cardamom.cli.demo.shops import NAMES
from cardamom.kit.codes import parse_rotating
from cardamom.vouchers.rules import Status
from cardamom.wallet.face import CardFace, Place
from cardamom.wallet.google.classes import ClassAddresses, program_class, reward_class
from cardamom.wallet.google.objects import ObjectNames, to_google, voucher_to_google
from cardamom.wallet.google.rows import reward_thing
from cardamom.wallet.google.schema import Kind, check
from tests.wallet.demo_cards import CARD_CODE, PLACES, ROTATING_KEY, a_face, a_voucher, an_id

#: CARDAMOM_WRITE_GOLDEN=1 writes the files anew, to be read before they are committed.
GOLDEN = Path(__file__).parent.parent / "golden" / "google"
ISSUER = "3388000000012345678"
NAMES_AT_GOOGLE = ObjectNames(
    id=f"{ISSUER}.cafe2345.1", class_id=f"{ISSUER}.cafe2345.p1", linked=(f"{ISSUER}.cafe2345.2",)
)
HERO = "https://cards.example.org/art/0123456789abcdef/hero-7.png"
GIFT = "https://cards.example.org/art/fedcba9876543210/gift-hero.png"
ADDRESSES = ClassAddresses(
    logo="https://cards.example.org/art/0123456789abcdef/emblem.png",
    home="https://cards.example.org/j/coffee",
    callback="https://cards.example.org/google/callbacks",
)


def card(face: CardFace, **names: Any) -> dict[str, Any]:
    given = {**{name: getattr(NAMES_AT_GOOGLE, name) for name in ("id", "class_id", "linked")}, **names}
    return to_google(face, names=ObjectNames(**given), hero_url=HERO)


def everything_of(shop: str) -> dict[Kind, dict[str, Any]]:
    face = a_face(shop, vouchers=[a_voucher(shop)], places=PLACES)
    voucher = face.vouchers[0]
    return {
        "loyaltyClass": program_class(face, id=NAMES_AT_GOOGLE.class_id, addresses=ADDRESSES),
        "loyaltyObject": card(face),
        "offerClass": reward_class(voucher, card=face, id=f"{ISSUER}.cafe2345.r1", addresses=ADDRESSES),
        "offerObject": voucher_to_google(
            voucher,
            language=face.language,
            id=f"{ISSUER}.cafe2345.2",
            class_id=f"{ISSUER}.cafe2345.r1",
            hero_url=GIFT,
        ),
    }


@pytest.mark.parametrize("shop", NAMES)
def test_a_demo_business_is_what_the_golden_file_says(shop: str) -> None:
    made = everything_of(shop)
    path = GOLDEN / f"{shop}.json"
    if os.environ.get("CARDAMOM_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    assert made == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("shop", NAMES)
def test_google_finds_nothing_wrong_with_it(shop: str) -> None:
    assert {kind: check(kind, document) for kind, document in everything_of(shop).items()} == {
        "loyaltyClass": [],
        "loyaltyObject": [],
        "offerClass": [],
        "offerObject": [],
    }


def test_the_pass_is_in_the_holders_language_and_the_others_are_translations() -> None:
    english = card(a_face("cafe", language="en"))
    label = english["loyaltyPoints"]["localizedLabel"]
    assert label["defaultValue"] == {"language": "en", "value": "Stamps"}
    assert [each["language"] for each in label["translatedValues"]] == ["ar"]


def test_a_class_is_the_same_by_whose_card_it_was_made() -> None:
    one = program_class(a_face("cafe", language="en"), id="1.a", addresses=ADDRESSES)
    other = program_class(a_face("cafe", language="ar", balance=2), id="1.a", addresses=ADDRESSES)
    assert one == other


def test_a_shop_with_a_logo_of_its_own_shows_it_wide() -> None:
    face = a_face("cafe")
    wide = "https://cards.example.org/art/0123456789abcdef/wide-logo.png"
    document = program_class(face, id="1.a", addresses=msgspec.structs.replace(ADDRESSES, wide_logo=wide))
    assert document["wideProgramLogo"]["sourceUri"] == {"uri": wide}
    assert document["wideProgramLogo"]["contentDescription"] == document["programLogo"]["contentDescription"]
    assert check("loyaltyClass", document) == []
    assert "wideProgramLogo" not in program_class(face, id="1.a", addresses=ADDRESSES)


def test_texts_are_cut_between_characters_and_not_inside_of_one() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    document = card(a_face("cafe", customer_name=family * 30))
    assert document["accountName"] == family * 19 + "…"
    assert check("loyaltyObject", document) == []


def test_a_balance_is_a_text_of_at_most_seven_characters() -> None:
    assert card(a_face("cafe", language="en"))["loyaltyPoints"]["balance"].keys() == {"string"}


def test_what_is_ready_is_counted_beside_the_stamps_and_missing_when_there_is_nothing() -> None:
    assert "secondaryLoyaltyPoints" in card(a_face("cafe", vouchers=[a_voucher("cafe")]))
    assert "secondaryLoyaltyPoints" not in card(a_face("cafe"))


def test_the_picture_is_described() -> None:
    described = card(a_face("cafe", language="en"))["heroImage"]["contentDescription"]
    assert "7 of" in described["defaultValue"]["value"]


def test_the_code_is_a_qr_code_of_digits() -> None:
    barcode = card(a_face("cafe"))["barcode"]
    assert (barcode["type"], barcode["value"]) == ("QR_CODE", CARD_CODE)
    assert barcode["alternateText"] == a_face("cafe").wording.number


def test_a_rotating_code_stands_alone_and_is_read_by_the_till() -> None:
    document = card(a_face("cafe", rotating_key=ROTATING_KEY))
    assert "barcode" not in document
    rotating = document["rotatingBarcode"]
    # The fixed code below the other one would be as good as a picture of it.
    assert rotating["alternateText"] == a_face("cafe").wording.number
    scanned = rotating["valuePattern"].replace("{totp_value_0}", "12345678")
    assert scanned.isdigit()
    assert (parse_rotating(scanned).card, parse_rotating(scanned).one_time) == (CARD_CODE, "12345678")
    assert rotating["totpDetails"] == {
        "algorithm": "TOTP_SHA1",
        "periodMillis": "30000",
        "parameters": [{"key": ROTATING_KEY, "valueLength": 8}],
    }
    assert document["passConstraints"] == {"screenshotEligibility": "INELIGIBLE"}
    assert check("loyaltyObject", document) == []


def test_a_whole_number_of_64_bits_is_text() -> None:
    document = card(a_face("cafe", rotating_key=ROTATING_KEY))
    document["rotatingBarcode"]["totpDetails"]["periodMillis"] = 30_000
    assert [finding.code for finding in check("loyaltyObject", document)] == ["google_wrong_type"]


def test_values_in_small_letters_are_refused() -> None:
    document = {**card(a_face("cafe")), "state": "active"}
    assert [finding.code for finding in check("loyaltyObject", document)] == ["google_unknown_value"]


@pytest.mark.parametrize(
    "over",
    [{"closed_at": datetime(2026, 11, 19, tzinfo=UTC)}, {"replaced": True}, {"status": "archived"}],
)
def test_a_card_that_is_over_shows_nothing_to_scan(over: dict[str, Any]) -> None:
    document = card(a_face("cafe", places=PLACES, rotating_key=ROTATING_KEY, **over))
    assert document["state"] == "INACTIVE"
    assert document.keys().isdisjoint({"barcode", "rotatingBarcode", "merchantLocations"})
    assert [each["id"] for each in document["textModulesData"]] == ["ended"]
    assert check("loyaltyObject", document) == []


def test_a_replaced_pass_tells_nothing_of_its_holder() -> None:
    face = a_face("cafe", replaced=True)
    assert "linksModuleData" not in card(face)
    assert "accountName" not in card(face)


def test_at_most_ten_places() -> None:
    many = tuple(
        Place(id=an_id(number), latitude=30.0 + number, longitude=31.0, name={"en": str(number)})
        for number in range(12)
    )
    document = card(a_face("cafe", places=many))
    assert len(document["merchantLocations"]) == 10
    assert document["merchantLocations"][0] == {"latitude": 30.0, "longitude": 31.0}


def test_the_51st_voucher_is_listed_and_not_linked() -> None:
    ids = tuple(f"{ISSUER}.cafe2345.{number}" for number in range(52))
    document = card(a_face("cafe"), linked=ids)
    assert document["linkedObjectIds"] == list(ids[:50])
    assert document["linkedOfferIds"] == list(ids[50:])
    assert check("loyaltyObject", document) == []


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Status.ACTIVE, "ACTIVE"),
        (Status.ISSUED, "ACTIVE"),
        (Status.REDEEMED, "COMPLETED"),
        (Status.CANCELLED, "INACTIVE"),
        (Status.EXPIRED, "EXPIRED"),
    ],
)
def test_a_voucher_is_in_the_state_that_google_calls_so(status: Status, state: str) -> None:
    changes: dict[str, Any] = {"status": status, "expires_at": datetime(2026, 12, 31, 22, tzinfo=UTC)}
    if status is Status.REDEEMED:
        changes |= {"redeemed_at": datetime(2026, 11, 20, tzinfo=UTC), "redeemed_via": "staff"}
    face = a_face("cafe", vouchers=[a_voucher("cafe", **changes)])
    document = voucher_to_google(face.vouchers[0], language="en", id="1.2", class_id="1.3", hero_url=GIFT)
    assert document["state"] == state
    assert document["validTimeInterval"] == {"end": {"date": "2026-12-31T22:00:00Z"}}
    assert ("barcode" in document) == (status is Status.ACTIVE)
    assert check("offerObject", document) == []


def test_passing_on_a_card_is_up_to_its_design() -> None:
    shared = program_class(a_face("cafe"), id="1.a", addresses=ADDRESSES)
    kept = program_class(a_face("cafe", design={"sharing": "discouraged"}), id="1.a", addresses=ADDRESSES)
    name = "multipleDevicesAndHoldersAllowedStatus"
    assert (shared[name], kept[name]) == ("MULTIPLE_HOLDERS", "ONE_USER_ALL_DEVICES")


def test_a_reward_under_other_words_is_another_class() -> None:
    """A voucher keeps the terms that it was issued with, also in a wallet."""
    before, same, after = (
        a_face("cafe", vouchers=[voucher]).vouchers[0]
        for voucher in (a_voucher("cafe"), a_voucher("cafe", number=901), _renamed())
    )
    assert reward_thing(before) == reward_thing(same)
    assert reward_thing(before) != reward_thing(after)
    assert reward_thing(before).subject_id == reward_thing(after).subject_id


def _renamed() -> Any:
    voucher = a_voucher("cafe")
    terms = msgspec.structs.replace(voucher.voucher.terms, title={"en": "A free tea", "ar": "شاي مجاني"})
    return a_voucher("cafe", terms=terms)
