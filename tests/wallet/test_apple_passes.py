"""Cards and vouchers as Apple's format: the rules of the format, and what a person is told when."""

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.cli.demo.shops import NAMES
from cardamom.kit.colour import contrast
from cardamom.programs.schemas import Colours
from cardamom.vouchers.rules import Status
from cardamom.wallet.apple.document import PassIdentity
from cardamom.wallet.apple.passes import to_apple
from cardamom.wallet.apple.voucher_passes import voucher_to_apple
from cardamom.wallet.face import CardFace
from tests.wallet.demo_cards import CARD_CODE, NOON, PAGE, PLACES, a_face, a_voucher
from tests.wallet.opened_pass import all_fields, read_strings
from tests.wallet.test_apple_golden import IDENTITY

PICTURES = ("icon.png", "logo.png", "strip.png", "strip@2x.png", "background@2x.png")
NO_POSTER = ("icon.png", "strip.png")

Document = dict[str, Any]


def card(face: CardFace, *, identity: PassIdentity = IDENTITY, art: tuple[str, ...] = PICTURES) -> Document:
    return to_apple(face, identity=identity, art=art).document


def voucher(face: CardFace, *, art: tuple[str, ...] = PICTURES) -> Document:
    return voucher_to_apple(face, face.vouchers[0], identity=IDENTITY, art=art).document


def news(document: Document) -> dict[str, str]:
    """The fields that may be told on the lock screen."""
    return {each["key"]: each["changeMessage"] for each in all_fields(document) if "changeMessage" in each}


def changed(before: Document, after: Document) -> set[str]:
    """The fields whose change a phone would tell: those with another value and something to say of it."""
    old = {each["key"]: each["value"] for each in all_fields(before)}
    return {
        each["key"]
        for each in all_fields(after)
        if "changeMessage" in each and each["key"] in old and old[each["key"]] != each["value"]
    }


@pytest.mark.parametrize("shop", NAMES)
def test_field_keys_are_unique_across_groups_and_styles(shop: str) -> None:
    vouchers = [a_voucher(shop, number=900 + n) for n in range(4)]
    keys = [each["key"] for each in all_fields(card(a_face(shop, vouchers=vouchers)))]
    assert len(keys) == len(set(keys)) > 10


@pytest.mark.parametrize("shop", NAMES)
def test_no_group_has_more_fields_than_are_shown(shop: str) -> None:
    made = card(a_face(shop, vouchers=[a_voucher(shop)]))
    store, poster = made["storeCard"], made["posterGeneric"]
    assert len(store["headerFields"]) <= 3
    assert "primaryFields" not in store
    assert len(store["secondaryFields"]) + len(store["auxiliaryFields"]) <= 4
    assert len(poster["headerFields"]) == len(poster["footerFields"]) == 1
    assert len(poster["primaryFields"]) <= 4
    assert "label" not in poster["primaryFields"][0]


def test_a_poster_is_never_alone_and_only_with_a_picture() -> None:
    face = a_face("cafe")
    assert {"storeCard", "posterGeneric"} <= set(card(face))
    assert "posterGeneric" not in card(face, art=NO_POSTER)


def test_the_count_can_be_read_where_the_strip_is_not_shown() -> None:
    assert card(a_face("bakery"))["storeCard"]["headerFields"][0]["value"] == "۷/۱۰"
    assert "7 of 10 stamps" in card(a_face("carwash"))["description"]


def test_every_text_is_translated_into_every_language_of_the_shop() -> None:
    made = to_apple(
        a_face("cafe", vouchers=[a_voucher("cafe")], places=PLACES), identity=IDENTITY, art=PICTURES
    )
    texts = {made.document[key] for key in ("organizationName", "description", "logoText")}
    for each in all_fields(made.document):
        texts |= {
            each[part] for part in ("label", "value", "attributedValue", "changeMessage") if part in each
        }
    texts |= {place["relevantText"] for place in made.document["locations"]}
    assert set(made.strings) == {"ar.lproj/pass.strings", "en.lproj/pass.strings"}
    for content in made.strings.values():
        assert set(read_strings(content)) == texts


SAID = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(st.lists(SAID, min_size=6, max_size=6), st.sampled_from(["ar", "en"]))
@settings(max_examples=60, deadline=None)
def test_whatever_a_shop_writes_arrives_in_both_languages(said: list[str], language: str) -> None:
    pairs = [{"ar": own, "en": other} for own, other in zip(said[::2], said[1::2], strict=True)]
    design = {"headline": pairs[1], "terms": pairs[2]}
    face = a_face("cafe", merchant={"name": pairs[0]}, design=design, language=language)
    made = to_apple(face, identity=IDENTITY, art=PICTURES)
    shown = {each["key"]: each["value"] for each in all_fields(made.document)}
    for code in ("ar", "en"):
        strings = read_strings(made.strings[f"{code}.lproj/pass.strings"])
        assert strings[made.document["organizationName"]] == pairs[0][code]
        assert strings[shown["poster-title"]] == pairs[1][code]
        assert strings[shown["terms"]] == pairs[2][code]


def test_only_one_changed_field_speaks_when_a_stamp_lands() -> None:
    before, after = card(a_face("carwash", balance=6)), card(a_face("carwash", balance=7))
    assert changed(before, after) == {"stamps"}
    assert news(after)["stamps"].count("%@") == 1


def test_only_the_reward_speaks_when_a_card_is_full() -> None:
    before = card(a_face("carwash", balance=9))
    full = a_face("carwash", balance=1, vouchers=[a_voucher("carwash", active_at=NOON - timedelta(days=1))])
    assert changed(before, card(full)) == {"rewards"}


def test_nobody_is_told_what_they_did_themselves() -> None:
    ready = a_voucher("carwash", active_at=NOON - timedelta(days=9))
    used = a_voucher("carwash", active_at=NOON - timedelta(days=9), status=Status.REDEEMED, redeemed_at=NOON)
    before, after = (card(a_face("carwash", vouchers=[each])) for each in (ready, used))
    assert changed(before, after) == set()


def test_the_barcode_is_the_cards_code_with_its_number_below() -> None:
    assert card(a_face("cafe"))["barcodes"] == [
        {
            "format": "PKBarcodeFormatQR",
            "message": CARD_CODE,
            "messageEncoding": "iso-8859-1",
            "altText": "482\u00a0915",
        }
    ]


def test_the_token_and_the_address_of_the_service_come_together_or_not_at_all() -> None:
    face = a_face("cafe")
    keys = {"webServiceURL", "authenticationToken"}
    assert keys <= set(card(face))
    for odd in ({"service_url": "http://192.168.1.5:8000/apple"}, {"token": "short"}, {"service_url": ""}):
        assert not keys & set(card(face, identity=msgspec.structs.replace(IDENTITY, **odd)))


def test_places_are_ten_at_most_and_the_distance_is_a_number() -> None:
    many = tuple(msgspec.structs.replace(PLACES[0], latitude=30 + n / 100) for n in range(12))
    made = card(a_face("cafe", places=many))
    assert len(made["locations"]) == 10
    assert type(made["maxDistance"]) is int
    assert made["locations"][0]["relevantText"]
    assert not {"locations", "maxDistance"} & set(card(a_face("cafe")))


@pytest.mark.parametrize(
    ("background", "ink", "accent"),
    [("#ffffff", "#fefefe", "#ffffff"), ("#000000", "#000000", "#111111"), ("#777777", "#888888", "#f2a7b8")],
)
def test_colours_are_corrected_until_they_can_be_read(background: str, ink: str, accent: str) -> None:
    colours = Colours(background=background, ink=ink, accent=accent)
    made = card(a_face("cafe", design={"colours": colours}))
    ground, values, labels = (
        "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", made[key]))
        for key in ("backgroundColor", "foregroundColor", "labelColor")
    )
    assert ground == background
    assert contrast(values, ground) >= 4.5
    assert contrast(labels, ground) >= 4.5


def test_sharing_and_the_logo_follow_the_design() -> None:
    usual = card(a_face("cafe"))
    assert "sharingProhibited" not in usual
    assert usual["logoText"] == "مقهى الهيل"
    chosen = card(a_face("cafe", design={"sharing": "discouraged", "logo": "ab12"}))
    assert chosen["sharingProhibited"] is True
    assert "logoText" not in chosen


def test_nfc_only_with_a_key_for_it() -> None:
    assert "nfc" not in card(a_face("cafe"))
    with_nfc = msgspec.structs.replace(IDENTITY, nfc_public_key="MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE")
    assert card(a_face("cafe"), identity=with_nfc)["nfc"] == {
        "message": CARD_CODE,
        "encryptionPublicKey": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
    }


def test_links_are_escaped_and_actions_are_https() -> None:
    made = card(a_face("cafe", page="https://x.example/c/a\"b<c'd"))
    link = next(each for each in all_fields(made) if each["key"] == "page")["attributedValue"]
    assert link.startswith("<a href='https://x.example/c/a&quot;b&lt;c&#x27;d'>")
    assert len(made["featuredActions"]) == 1
    assert "featuredActions" not in card(a_face("cafe", page="http://localhost:8000/c/x"))


@pytest.mark.parametrize("over", [{"replaced": True}, {"closed_at": NOON}, {"status": "archived"}])
def test_a_card_that_is_over_is_void_and_says_why(over: dict[str, Any]) -> None:
    made = card(a_face("cafe", places=PLACES, **over))
    assert made["voided"] is True
    assert made["storeCard"]["secondaryFields"][0]["key"] == "over"
    assert made["storeCard"]["backFields"][0]["key"] == "ended"
    assert not {"locations", "featuredActions"} & set(made)
    assert news(made) == {}


def test_a_replaced_pass_leads_nowhere() -> None:
    made = to_apple(a_face("cafe", replaced=True, vouchers=[a_voucher()]), identity=IDENTITY, art=PICTURES)
    written = msgspec.json.encode(made.document) + b"".join(made.strings.values())
    for secret in (PAGE, CARD_CODE, "482", "سارة"):
        assert secret.encode() not in written
    assert "barcodes" not in made.document


def test_values_that_are_written_by_us_are_never_formatted_by_the_phone() -> None:
    for shop in NAMES:
        face = a_face(shop, vouchers=[a_voucher(shop)])
        for each in [*all_fields(card(face)), *all_fields(voucher(face))]:
            assert isinstance(each["value"], str)
            assert not {"numberStyle", "currencyCode", "dateStyle", "timeStyle"} & set(each)


@pytest.mark.parametrize("shop", NAMES)
def test_a_voucher_ends_by_itself_at_an_instant_with_a_zone(shop: str) -> None:
    made = voucher(a_face(shop, vouchers=[a_voucher(shop)]))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["expirationDate"])
    assert set(made) & {"coupon", "storeCard", "posterGeneric"} == {"coupon"}
    assert len(made["coupon"].get("secondaryFields", [])) + len(made["coupon"]["auxiliaryFields"]) <= 4


def test_a_voucher_without_a_picture_has_its_title_in_large() -> None:
    face = a_face("cafe", vouchers=[a_voucher("cafe")])
    assert voucher(face, art=("icon.png",))["coupon"]["primaryFields"][0]["key"] == "title"
    assert "primaryFields" not in voucher(face)["coupon"]


def test_a_used_voucher_is_void_and_one_that_became_ready_is_news() -> None:
    waiting = a_face("cafe", vouchers=[a_voucher("cafe", status=Status.ISSUED, active_at=None)])
    ready = a_face("cafe", vouchers=[a_voucher("cafe")])
    used = a_face("cafe", vouchers=[a_voucher("cafe", status=Status.REDEEMED, redeemed_at=NOON)])
    assert changed(voucher(waiting), voucher(ready)) == {"status"}
    assert changed(voucher(ready), voucher(used)) == set()
    made = voucher(used)
    assert made["voided"] is True
    assert not {"barcodes", "featuredActions", "locations"} & set(made)


def test_a_voucher_for_several_uses_says_how_many_are_left() -> None:
    usual = a_voucher("carwash")
    terms = msgspec.structs.replace(usual.voucher.terms, uses=5)
    made = voucher(a_face("carwash", vouchers=[a_voucher("carwash", terms=terms, uses_left=3)]))
    assert {each["key"]: each["value"] for each in made["coupon"]["auxiliaryFields"]}["uses"] == "3"
