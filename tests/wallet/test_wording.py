"""What wallets say of a card: in whose language, with whose digits, and when a person wants to be told."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from cardamom.kit.digits import to_ascii
from cardamom.kit.i18n import current_language, use_language
from cardamom.merchants.schemas import Preferences
from cardamom.vouchers.rules import Status
from cardamom.wallet.wording import MOST_VOUCHERS, card_face
from tests.wallet.demo_cards import (
    CARD_CODE,
    HANDLE,
    NOON,
    PAGE,
    PLACES,
    ROTATING_KEY,
    a_face,
    a_view,
    a_voucher,
)


@pytest.mark.parametrize(
    ("shop", "language", "progress"),
    [("cafe", "ar", "٧/١٠"), ("bakery", "fa", "۷/۱۰"), ("barber", "he", "7/10"), ("carwash", "en", "7/10")],
)
def test_every_shop_speaks_its_own_language_with_its_digits(shop: str, language: str, progress: str) -> None:
    face = a_face(shop)
    assert face.language == language
    assert face.wording.progress == progress
    assert next(iter(face.wordings)) == language
    for code, wording in face.wordings.items():
        assert wording.language == code
        assert wording.direction == ("ltr" if code == "en" else "rtl")


def test_digits_are_the_shops_choice_in_its_own_language_only() -> None:
    face = a_face("cafe", merchant={"preferences": Preferences(numbering="latn")})
    assert face.wordings["ar"].progress == "7/10"
    assert face.wordings["ar"].numbering == "latn"


def test_a_card_is_written_in_its_holders_language_where_the_shop_writes_it() -> None:
    assert a_face("cafe", language="en").language == "en"
    assert a_face("cafe", language="he").language == "ar"
    assert a_face("cafe", language=None).language == "ar"


def test_languages_that_we_do_not_speak_are_left_out() -> None:
    assert list(a_face("cafe", merchant={"languages": ["de", "ar", "ku"]}).wordings) == ["ar"]
    only_foreign = a_face("cafe", merchant={"language": "de", "languages": ["de"]}, language="de")
    assert only_foreign.language == "en"


def test_nothing_changes_the_language_of_whoever_asks() -> None:
    with use_language("he"):
        a_face("bakery", vouchers=[a_voucher("bakery")])
        assert current_language() == "he"


def test_the_description_says_everything_to_those_who_do_not_see_the_stamps() -> None:
    description = a_face("cafe").wordings["en"].description
    assert "Coffee card" in description
    assert "7 of 10 stamps, next reward: Any drink, on the house" in description


def test_codes_and_numbers_that_are_typed_keep_their_digits() -> None:
    face = a_face("bakery")
    assert face.code == CARD_CODE
    assert face.wording.number == "482\u00a0915"
    assert to_ascii(face.wording.number) == face.wording.number


def test_stamps_are_news_and_an_empty_card_is_none() -> None:
    stamped = a_face("carwash").wording
    assert stamped.progress_news.count("%@") == 1
    assert stamped.rewards_ready_news == ""
    assert a_face("carwash", balance=0).wording.progress_news == ""


def test_a_new_reward_is_the_only_news_even_when_stamps_changed_with_it() -> None:
    fresh = a_voucher("cafe", active_at=NOON - timedelta(days=1))
    told = a_face("cafe", vouchers=[fresh]).wordings["en"]
    assert told.rewards_ready_news == "Your reward is ready. Rewards to use: %@"
    assert told.progress_news == ""
    assert told.rewards_ready == "1"


def test_a_reward_of_an_earlier_visit_is_no_news_any_more() -> None:
    old = a_voucher("cafe", active_at=NOON - timedelta(days=1, minutes=11))
    told = a_face("cafe", vouchers=[old]).wording
    assert (bool(told.progress_news), bool(told.rewards_ready_news)) == (True, False)


def before(**ago: float) -> datetime:
    return NOON - timedelta(**ago)


@pytest.mark.parametrize(
    "ended",
    [
        {"status": Status.REDEEMED, "redeemed_at": before(hours=1)},
        {"expires_at": before(hours=1)},
        {"status": Status.CANCELLED, "issued_at": before(hours=1)},
        {"uses_left": 2, "redeemed_at": before(hours=1)},
    ],
)
def test_one_reward_less_is_no_new_reward(ended: dict[str, Any]) -> None:
    fresh = a_voucher("cafe", number=901, active_at=before(days=1))
    other = a_voucher("cafe", number=902, **({"active_at": before(days=20)} | ended))
    assert a_face("cafe", vouchers=[fresh]).wording.rewards_ready_news
    assert a_face("cafe", vouchers=[other, fresh]).wording.rewards_ready_news == ""


def test_what_waits_for_the_next_visit_is_not_ready() -> None:
    waiting = a_voucher("cafe", status=Status.ISSUED, active_at=None)
    face = a_face("cafe", vouchers=[waiting])
    assert face.wording.rewards_ready == ""
    assert face.vouchers[0].code == ""


@pytest.mark.parametrize("redemption", ["staff", "self", "code"])
def test_only_a_voucher_that_staff_scan_shows_its_code(redemption: str) -> None:
    usual = a_voucher("cafe")
    terms = msgspec.structs.replace(usual.voucher.terms, redemption=redemption)
    [shown] = a_face("cafe", vouchers=[a_voucher("cafe", terms=terms)]).vouchers
    assert (shown.code == usual.voucher.code) == (redemption == "staff")
    assert shown.page == f"{PAGE}/vouchers/{usual.voucher.id}"
    for wording in shown.wordings.values():
        assert bool(wording.hint) == (redemption != "staff")
        assert len(wording.hint) <= 34


@pytest.mark.parametrize("status", [Status.REDEEMED, Status.EXPIRED, Status.CANCELLED])
def test_a_voucher_that_is_over_has_no_code_and_no_news(status: Status) -> None:
    [shown] = a_face("cafe", vouchers=[a_voucher("cafe", status=status, redeemed_at=NOON)]).vouchers
    assert shown.is_over
    assert (shown.code, shown.places) == ("", ())
    assert {wording.status_news for wording in shown.wordings.values()} == {""}


def test_open_vouchers_come_first_and_the_list_has_an_end() -> None:
    used = [a_voucher(number=n, status=Status.REDEEMED, redeemed_at=NOON) for n in range(900, 960)]
    shown = a_face("cafe", vouchers=[*used, a_voucher(number=800)]).vouchers
    assert len(shown) == MOST_VOUCHERS
    assert not shown[0].is_over


def test_a_replaced_pass_tells_nothing_of_the_card() -> None:
    face = a_face("cafe", replaced=True, vouchers=[a_voucher()], places=PLACES, rotating_key=ROTATING_KEY)
    assert face.is_over
    assert (face.code, face.page, face.rotating_key, face.places, face.vouchers) == ("", "", None, (), ())
    for wording in face.wordings.values():
        assert (wording.holder, wording.number, wording.rewards_ready) == ("", "", "")
        assert to_ascii(wording.progress) == "0/10"
        assert wording.ended


def test_a_closed_card_is_over() -> None:
    face = a_face("cafe", closed_at=NOON, places=PLACES)
    assert (face.is_over, face.code, face.places) == (True, "", ())
    assert face.wordings["en"].ended == "This card was closed."
    assert face.wordings["en"].description == "\u2068Coffee card\u2069, Card closed"


def test_an_archived_program_lives_as_long_as_a_voucher_of_it() -> None:
    assert a_face("cafe", status="archived").is_over
    face = a_face("cafe", status="archived", vouchers=[a_voucher()])
    assert not face.is_over
    assert face.code == CARD_CODE
    assert face.wordings["en"].ended.startswith("This program has ended.")


def test_a_pass_appears_near_the_places_where_it_is_good() -> None:
    view = a_view("cafe", vouchers=[a_voucher()])
    rules = msgspec.structs.replace(view.card.rules, locations=[PLACES[1].id])
    view = msgspec.structs.replace(view, card=msgspec.structs.replace(view.card, rules=rules))
    face = card_face(view, handle=HANDLE, page=PAGE, places=PLACES, rotating_key=None)
    assert face.places == PLACES[1:]
    assert face.vouchers[0].places == PLACES
    assert face.wordings["en"].nearby == "Your reward is ready."


def test_a_goal_that_is_its_own_reward_has_no_next_reward() -> None:
    view = a_view("cafe")
    rules = msgspec.structs.replace(view.card.rules, reward=None, milestones=[])
    view = msgspec.structs.replace(view, card=msgspec.structs.replace(view.card, rules=rules))
    wording = card_face(view, handle=HANDLE, page=PAGE, places=(), rotating_key=None).wordings["en"]
    assert (wording.next_reward_label, wording.next_reward) == ("", "")
    assert wording.to_go == "3 more stamps to a full card"
