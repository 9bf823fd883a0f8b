"""Whether one use is granted, as a table."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cardamom.kit.errors import Refused
from cardamom.kit.i18n import use_language
from cardamom.programs.schemas import RedeemCode
from cardamom.vouchers.rules import Redeemed, Status, Use, cancel_refusal, redeem, reopened
from tests.vouchers.builders import NOON, a_voucher, some_terms

HERE = "01900000-0000-7000-8000-00000000000a"
THERE = "01900000-0000-7000-8000-00000000000b"
EARLIER = Use(at=NOON - timedelta(hours=2), via="self")


def ask(voucher: Any, **changes: Any) -> Redeemed | Refused:
    question: dict[str, Any] = {
        "uses_left": 1,
        "last_use": None,
        "via": "staff",
        "location_id": None,
        "now": NOON,
    }
    return redeem(voucher, **(question | changes))


@pytest.mark.parametrize(
    ("redemption", "via", "is_granted"),
    [
        ("self", "self", True),
        ("self", "staff", True),
        ("self", "api", True),
        ("self", "code", False),
        ("staff", "staff", True),
        ("staff", "api", True),
        ("staff", "self", False),
        ("staff", "code", False),
        ("code", "code", True),
        ("code", "staff", True),
        ("code", "api", True),
        ("code", "self", False),
    ],
)
def test_who_may_redeem_is_in_the_terms(*, redemption: str, via: str, is_granted: bool) -> None:
    answer = ask(a_voucher(terms=some_terms(redemption=redemption)), via=via)
    if is_granted:
        assert answer == Redeemed(status=Status.REDEEMED, uses_left=0)
    else:
        assert isinstance(answer, Refused)
        assert (answer.code, answer.facts) == (
            "redemption_not_allowed",
            {"redemption": redemption, "via": via},
        )


@pytest.mark.parametrize(
    ("changes", "question", "code", "facts"),
    [
        (
            {"status": Status.REDEEMED},
            {"uses_left": 0, "last_use": EARLIER},
            "voucher_already_redeemed",
            {"redeemed_at": "2026-03-10T10:00:00+00:00", "via": "self", "time_zone": "Africa/Cairo"},
        ),
        # Used earlier in the same batch: the row still says active, the balance does not.
        (
            {"status": Status.ACTIVE},
            {"uses_left": 0, "last_use": EARLIER},
            "voucher_already_redeemed",
            {"redeemed_at": "2026-03-10T10:00:00+00:00", "via": "self", "time_zone": "Africa/Cairo"},
        ),
        ({"status": Status.CANCELLED}, {"uses_left": 0}, "voucher_cancelled", {}),
        (
            {"expires_at": datetime(2026, 3, 9, 22, tzinfo=UTC)},
            {},
            "voucher_expired",
            {"expired_at": "2026-03-09T22:00:00+00:00", "last_day": "2026-03-09"},
        ),
        (
            {"status": Status.ISSUED, "active_at": None, "terms": some_terms(active_from="next_visit")},
            {},
            "voucher_not_yet_active",
            {"active_from": "next_visit"},
        ),
        (
            {"status": Status.ISSUED, "active_at": None, "expires_at": datetime(2026, 3, 9, 22, tzinfo=UTC)},
            {},
            "voucher_expired",
            {"expired_at": "2026-03-09T22:00:00+00:00", "last_day": "2026-03-09"},
        ),
        (
            {"terms": some_terms(locations=[HERE])},
            {"location_id": THERE},
            "voucher_location",
            {"locations": [HERE]},
        ),
        (
            {"terms": some_terms(locations=[HERE])},
            {"location_id": None},
            "voucher_location",
            {"locations": [HERE]},
        ),
    ],
)
def test_what_is_refused_says_why(
    changes: dict[str, Any], question: dict[str, Any], code: str, facts: dict[str, Any]
) -> None:
    answer = ask(a_voucher(**changes), **question)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.facts) == (code, facts)


def test_a_place_binds_the_counter_and_not_the_holders_phone() -> None:
    terms = some_terms(redemption="self", locations=[HERE])
    assert isinstance(ask(a_voucher(terms=terms), via="self"), Redeemed)
    assert isinstance(ask(a_voucher(terms=terms), via="staff", location_id=HERE), Redeemed)


def test_a_voucher_with_uses_left_stays_active() -> None:
    assert ask(a_voucher(), uses_left=3) == Redeemed(status=Status.ACTIVE, uses_left=2)


def test_a_code_is_drawn_once_and_stays_with_the_voucher() -> None:
    terms = some_terms(code=RedeemCode(kind="pool", pool="p"))
    assert ask(a_voucher(terms=terms)) == Redeemed(status=Status.REDEEMED, uses_left=0, pool="p")
    again = a_voucher(terms=terms, drawn_code="GIFT-1")
    assert ask(again) == Redeemed(status=Status.REDEEMED, uses_left=0)


@pytest.mark.parametrize(
    ("recorded", "expires_at", "becomes"),
    [
        (Status.REDEEMED, None, Status.ACTIVE),
        (Status.REDEEMED, NOON + timedelta(seconds=1), Status.ACTIVE),
        (Status.REDEEMED, NOON, Status.EXPIRED),
        (Status.ACTIVE, NOON, Status.EXPIRED),
        (Status.CANCELLED, None, Status.CANCELLED),
        (Status.EXPIRED, NOON, Status.EXPIRED),
    ],
)
def test_a_use_that_comes_back_meets_the_calendar(
    recorded: Status, expires_at: datetime | None, becomes: Status
) -> None:
    assert reopened(a_voucher(status=recorded, expires_at=expires_at), NOON) is becomes


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"status": Status.ISSUED}, None),
        ({"status": Status.REDEEMED}, "voucher_already_redeemed"),
        ({"status": Status.CANCELLED}, "voucher_cancelled"),
        ({"expires_at": NOON}, "voucher_expired"),
    ],
)
def test_only_an_open_voucher_is_cancelled(changes: dict[str, Any], code: str | None) -> None:
    refusal = cancel_refusal(a_voucher(**changes), last_use=EARLIER, now=NOON)
    assert (None if refusal is None else refusal.code) == code


@pytest.mark.parametrize("via", ["self", "staff", "code", "api"])
def test_a_second_use_says_when_and_how_the_first_was(via: str) -> None:
    answer = ask(a_voucher(status=Status.REDEEMED), last_use=Use(at=NOON, via=via), uses_left=0)  # type: ignore[arg-type]
    assert isinstance(answer, Refused)
    with use_language("en"):
        assert "14:00" in answer.sentence()
