"""Every golden case of the stamp rules, in Python."""

from typing import Any

import msgspec
import pytest

from cardamom.kit.errors import refusal
from cardamom.programs.rules import Progress
from tests.programs.golden_cases import answer, cases

CASES = cases()
STEPS_ON_A_CARD = [case for case in CASES if case["step"] != "standing"]
REFUSED = [case for case in STEPS_ON_A_CARD if "refused" in case["answer"]]


def name(case: dict[str, Any]) -> str:
    return case["name"]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_rules_answer_as_written(case: dict[str, Any]):
    assert answer(case) == case["answer"]


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_a_stored_refusal_can_say_why(case: dict[str, Any]):
    told = case["answer"]
    assert refusal(told["refused"], told["facts"]).sentence().endswith(".")


@pytest.mark.parametrize("case", [case for case in STEPS_ON_A_CARD if case not in REFUSED], ids=name)
def test_progress_survives_the_books(case: dict[str, Any]):
    progress = msgspec.convert(case["answer"]["progress"], Progress)
    assert msgspec.json.decode(msgspec.json.encode(progress), type=Progress) == progress


def test_every_refusal_of_a_step_has_a_case():
    assert {case["answer"]["refused"] for case in REFUSED} == {
        "location_not_included",
        "amount_required",
        "amount_malformed",
        "amount_too_large",
        "currency_mismatch",
        "below_minimum",
        "stamps_malformed",
        "stamps_too_many",
        "stamps_by_amount",
        "cooldown",
        "daily_cap",
        "stamps_expired",
    }
