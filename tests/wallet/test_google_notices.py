"""Three notices for a pass in 24 hours, and the last is kept for a reward."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cardamom.vouchers.rules import Status
from cardamom.wallet.google.notices import News, Told, known_vouchers, news
from cardamom.wallet.google.schema import check
from tests.wallet.demo_cards import NOON, a_face, a_voucher, an_id

NOW = NOON


def said(
    *,
    balance: int = 7,
    before: int = 6,
    ready: tuple[int, ...] = (),
    known: tuple[int, ...] = (),
    notices: int = 0,
) -> News:
    """What is told of a change. ready, known: numbers of vouchers. notices: so many within the last hours."""
    face = a_face("cafe", balance=balance, vouchers=[a_voucher("cafe", number=number) for number in ready])
    told = Told(document={}, balance=before, ready=[an_id(number) for number in known])
    past = [NOW - timedelta(hours=1 + number) for number in range(notices)]
    return news(face, told=told, notices=past, now=NOW)


def test_a_stamp_is_told() -> None:
    assert (said().notifies, said().messages, said().notices) == (True, [], [NOW])


def test_a_stamp_that_was_taken_back_is_not_told() -> None:
    assert not said(balance=5, before=6).notifies


def test_what_only_looks_different_is_not_told() -> None:
    assert not said(balance=6, before=6).notifies


def test_the_last_of_three_is_not_for_a_stamp() -> None:
    assert [said(notices=notices).notifies for notices in range(4)] == [True, True, False, False]


@pytest.mark.parametrize(("notices", "kind"), [(2, "TEXT_AND_NOTIFY"), (3, "TEXT")])
def test_the_last_of_three_is_for_a_reward(notices: int, kind: str) -> None:
    told = said(balance=0, before=9, ready=(1,), notices=notices)
    assert [message.document["messageType"] for message in told.messages] == [kind]
    assert len(told.notices) == 3


def test_a_reward_and_its_stamp_are_one_notice() -> None:
    told = said(balance=1, before=0, ready=(1,))
    assert not told.notifies
    assert told.notices == [NOW]


def test_a_reward_is_told_once() -> None:
    assert said(ready=(1,), known=(1,)).messages == []


def test_a_reward_that_waits_for_the_next_visit_is_told_when_it_is_ready() -> None:
    waiting = a_voucher("cafe", number=1, status=Status.ISSUED, active_at=None)
    told = Told(document={}, balance=7, ready=[])
    assert news(a_face("cafe", vouchers=[waiting]), told=told, notices=[], now=NOW).messages == []


def test_two_rewards_at_once_stay_within_the_budget() -> None:
    told = said(ready=(1, 2), notices=2)
    assert [message.document["messageType"] for message in told.messages] == ["TEXT_AND_NOTIFY", "TEXT"]


def test_after_a_day_there_are_three_again() -> None:
    face = a_face("cafe")
    past = [NOW - timedelta(hours=24), NOW - timedelta(hours=30), NOW - timedelta(hours=23)]
    told = news(face, told=Told(document={}, balance=6, ready=[]), notices=past, now=NOW)
    assert told.notifies
    assert told.notices == [NOW - timedelta(hours=23), NOW]


def test_a_message_names_the_reward_in_every_language_of_the_shop() -> None:
    [message] = said(ready=(1,)).messages
    assert check("addMessageRequest", {"message": message.document}) == []
    assert message.document["id"] == f"ready-{an_id(1)}"
    translated = message.document["localizedBody"]["translatedValues"]
    assert [each["language"] for each in translated] == ["en"]


def test_a_voucher_that_was_used_stays_known_as_long_as_the_card_has_it() -> None:
    used: dict[str, Any] = {
        "status": Status.REDEEMED,
        "redeemed_at": datetime(2026, 11, 20, tzinfo=UTC),
        "redeemed_via": "staff",
    }
    vouchers = [a_voucher("cafe", number=1), a_voucher("cafe", number=2, **used), a_voucher("cafe", number=4)]
    face = a_face("cafe", vouchers=vouchers)
    assert known_vouchers(face, [an_id(1), an_id(3)]) == [an_id(1), an_id(2)]


def test_what_was_told_survives_being_kept() -> None:
    told = Told(document={"id": "1.2"}, balance=3, ready=[an_id(1)])
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(told))), Told) == told
