"""What staff read at the counter."""

from typing import Any

import pytest

from cardamom.kit.i18n import use_language
from cardamom.programs.errors import BelowMinimum, Cooldown, DailyCap, StampsTooMany


def cooldown(next_at: str, **facts: Any) -> str:
    return Cooldown(next_at=next_at, time_zone="Asia/Tehran", **{"on_another_day": False, **facts}).sentence()


def test_the_time_is_the_shops():
    assert cooldown("2026-03-04T10:50:00Z") == "Next stamp from 14:20."


def test_a_minute_that_has_begun_is_rounded_up():
    assert cooldown("2026-03-04T10:49:35Z") == "Next stamp from 14:20."
    assert cooldown("2026-03-04T10:49:00.5Z") == "Next stamp from 14:20."


def test_another_day_is_named():
    assert "Mar" in cooldown("2026-03-05T10:50:00Z", on_another_day=True)


@pytest.mark.parametrize(("language", "shown"), [("en", "14:20"), ("he", "14:20"), ("fa", "۱۴:۲۰")])
def test_the_digits_are_the_readers(language: str, shown: str):
    with use_language(language):
        assert shown in cooldown("2026-03-04T10:50:00Z")


def test_a_cap_is_counted_in_words_that_fit():
    facts = {"next_at": "2026-03-04T20:30:00Z", "time_zone": "Asia/Tehran"}
    assert (
        DailyCap(cap=1, **facts).sentence() == "This card can be stamped 1 time a day. Next stamp tomorrow."
    )
    assert (
        DailyCap(cap=5, **facts).sentence() == "This card can be stamped 5 times a day. Next stamp tomorrow."
    )
    assert StampsTooMany(cap=30).sentence() == "At most 30 stamps can be given at once."


def test_the_minimum_is_written_as_money():
    assert "€5.00" in BelowMinimum(minimum_minor=500, currency="EUR").sentence()
