"""Codes: digits only, read from every script, with a check digit that finds what people do wrong."""

import random
import secrets
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.codes import (
    Code,
    CodeKind,
    CodeMalformed,
    check_digit,
    grouped,
    mask,
    new_code,
    new_number,
    parse_code,
)
from cardamom.kit.digits import to_script

bodies = st.builds(
    lambda kind, rest: f"{kind.value}{rest}",
    st.sampled_from(CodeKind),
    st.integers(4, 15).flatmap(lambda pairs: st.text("0123456789", min_size=2 * pairs, max_size=2 * pairs)),
)
codes = bodies.map(lambda body: f"{body}{check_digit(body)}")


def test_the_kinds_are_the_first_digits():
    assert {kind.name: kind.value for kind in CodeKind} == {
        "CARD": 1,
        "VOUCHER": 2,
        "SLIP": 3,
        "ROTATING": 4,
        "PAIRING": 5,
        "GIFT": 6,
    }


@pytest.mark.parametrize("kind", CodeKind)
def test_a_new_code_can_be_read(kind: CodeKind):
    made = new_code(kind)
    assert len(made) == 18
    assert parse_code(made) == Code(kind, made)


def test_a_code_may_have_another_length():
    assert len(new_code(CodeKind.PAIRING, random_digits=8)) == 10
    for wrong in (6, 9, 32):
        with pytest.raises(ValueError, match="random_digits"):
            new_code(CodeKind.PAIRING, random_digits=wrong)


def test_codes_are_random():
    assert len({new_code(CodeKind.CARD) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(("digits", "check"), [("572", 4), ("5724", 0), ("0", 0), ("1", 3), ("112946", 0)])
def test_the_check_digit_is_damms(digits: str, check: int):
    assert check_digit(digits) == check


@given(codes)
def test_every_single_wrong_digit_is_found(code: str):
    for place, right in enumerate(code):
        for wrong in "0123456789".replace(right, ""):
            with pytest.raises(CodeMalformed):
                parse_code(code[:place] + wrong + code[place + 1 :])


@given(codes)
def test_every_two_neighbours_that_changed_places_are_found(code: str):
    for place in range(len(code) - 1):
        first, second = code[place : place + 2]
        if first != second:
            with pytest.raises(CodeMalformed):
                parse_code(code[:place] + second + first + code[place + 2 :])


@given(codes)
def test_a_missing_or_doubled_digit_is_found(code: str):
    for place in range(len(code)):
        with pytest.raises(CodeMalformed):
            parse_code(code[:place] + code[place + 1 :])
        with pytest.raises(CodeMalformed):
            parse_code(code[: place + 1] + code[place:])


@given(codes, st.sampled_from(["arab", "arabext"]))
def test_a_code_is_read_in_every_script(code: str, numbering: str):
    assert parse_code(to_script(code, numbering)).digits == code


CARD = "126697636141929620"


@pytest.mark.parametrize(
    "typed",
    [
        "126 697 636 141 929 620",
        "1266-9763-6141-9296-20",
        "\u200e126697636141929620\u200f",
        "\u2066126697636141929620\u2069\r\n",
        "126\u00a0697\u00a0636\u00a0141\u00a0929\u00a0620",
        "126–697−636‐141—929 620",
        "１２６６９７６３６１４１９２９６２０",
        "۱۲۶۶۹۷۶۳۶۱۴۱٩٢٩٦٢٠",
        "\ufeff126697636141929620",
    ],
)
def test_spaces_hyphens_and_invisible_marks_do_not_matter(typed: str):
    assert parse_code(typed) == Code(CodeKind.CARD, CARD)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "FREECOFFEE",
        "12669763614192962",  # one digit short
        "1266976361419296201",  # one too many
        "026697636141929620",  # kind 0
        "7" + "0" * 17,  # kind 7
        "123456",  # a short number
        "123456789",
        "126697636141929620x",
        "https://example.com/126697636141929620",
        "126697636141929620\x00",
        "1" + "0" * 40,
        "1 " * 5000,
    ],
)
def test_anything_else_is_refused(typed: str):
    with pytest.raises(CodeMalformed) as refused:
        parse_code(typed)
    assert (refused.value.code, refused.value.status, refused.value.facts) == ("code_malformed", 422, {})


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        (CARD, "126 697 636 141 929 620"),
        ("1234567890", "1234 5678 90"),
        ("12345678", "1234 5678"),
        ("123456", "123 456"),
    ],
)
def test_digits_are_grouped_for_people(digits: str, shown: str):
    assert grouped(digits) == shown.replace(" ", "\u00a0")


def test_a_grouped_code_can_be_typed_back():
    assert parse_code(grouped(CARD)).digits == CARD


@pytest.mark.parametrize("length", [6, 7, 8, 9])
def test_a_short_number_has_its_length_and_no_leading_zero(length: int):
    for number in (new_number(secrets.SystemRandom(), length=length) for _ in range(200)):
        assert len(number) == length
        assert number.isdecimal()
        assert number[0] != "0"


def test_a_seeded_history_gets_the_same_numbers_again():
    assert new_number(random.Random(7), length=6) == new_number(random.Random(7), length=6)


@pytest.mark.parametrize("length", [5, 10])
def test_a_short_number_cannot_be_mistaken_for_a_code(length: int):
    with pytest.raises(ValueError, match="6 to 9"):
        new_number(random.Random(7), length=length)


def test_a_log_never_shows_a_code():
    code = parse_code(CARD)
    assert mask(code) == repr(code) == str(code) == f"{code}" == "card:…20"


def test_a_refusal_does_not_repeat_what_was_typed():
    with pytest.raises(CodeMalformed) as refused:
        parse_code("126697636141929621")
    assert "126697636141929621" not in "".join(traceback.format_exception_only(refused.value))
