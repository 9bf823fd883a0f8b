"""What an owner may define, and what is said about the rest."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from cardamom.cards.stamp_icons import STAMP_ICONS
from cardamom.customers import consents
from cardamom.kit.colour import ColourMalformed
from cardamom.kit.errors import all_refusals
from cardamom.kit.i18n import use_language
from cardamom.kit.ids import new_id
from cardamom.kit.money import Money
from cardamom.programs import schemas
from cardamom.programs.checks import (
    check_design,
    check_join_form,
    check_rules,
    check_terms,
    check_text,
    check_validity_ahead,
)
from cardamom.programs.definition import Rules
from cardamom.programs.errors import (
    _FIELDS,
    _SENTENCES,
    DefinitionMalformed,
    JoinFormMalformed,
    RulesMalformed,
    TermsMalformed,
    Why,
)
from cardamom.programs.schemas import (
    Channel,
    Colours,
    DesignIn,
    Icon,
    JoinForm,
    Purpose,
    Reward,
    RewardTerms,
    Validity,
)
from cardamom.vouchers.rules import terms_of

HAPPY = {"weekdays": [1], "start": "08:00", "end": "10:00", "multiplier": 2}

WRONG_RULES: list[tuple[dict[str, Any], str, str]] = [
    ({"goal": 0}, "goal", "range"),
    ({"goal": 101}, "goal", "range"),
    ({"earn": {"stamps": 0}}, "earn.stamps", "range"),
    ({"earn": {"stamps": 101}}, "earn.stamps", "range"),
    ({"earn": {"per": "amount"}}, "earn.minor", "amount_missing"),
    ({"earn": {"per": "visit", "minor": 100}}, "earn.minor", "amount_unexpected"),
    ({"earn": {"per": "amount", "minor": 0}}, "earn.minor", "range"),
    ({"earn": {"per": "amount", "minor": 10**12 + 1}}, "earn.minor", "range"),
    ({"earn": {"minimum_minor": 0}}, "earn.minimum_minor", "range"),
    ({"milestones": [{"at": 10, "reward": "r"}]}, "milestones", "order"),
    ({"milestones": [{"at": 0, "reward": "r"}]}, "milestones", "order"),
    ({"milestones": [{"at": 6, "reward": "r"}, {"at": 3, "reward": "r"}]}, "milestones", "order"),
    ({"milestones": [{"at": 3, "reward": "r"}, {"at": 3, "reward": "r"}]}, "milestones", "order"),
    ({"goal": 50, "milestones": [{"at": n, "reward": "r"} for n in range(1, 22)]}, "milestones", "too_many"),
    ({"welcome_stamps": 10}, "welcome_stamps", "welcome"),
    ({"welcome_stamps": -1}, "welcome_stamps", "welcome"),
    ({"cooldown_seconds": -1}, "cooldown_seconds", "range"),
    ({"cooldown_seconds": 10**9}, "cooldown_seconds", "range"),
    ({"daily_cap": 0}, "daily_cap", "range"),
    ({"stamps_cap": 0}, "stamps_cap", "range"),
    ({"stamps_cap": 101}, "stamps_cap", "range"),
    ({"stamps_cap": 1, "earn": {"stamps": 2}}, "stamps_cap", "cap"),
    ({"stamps_cap": 1, "happy_hours": [HAPPY]}, "stamps_cap", "cap"),
    ({"happy_hours": [{**HAPPY, "weekdays": []}]}, "happy_hours", "weekdays"),
    ({"happy_hours": [{**HAPPY, "weekdays": [0]}]}, "happy_hours", "weekdays"),
    ({"happy_hours": [{**HAPPY, "weekdays": [8]}]}, "happy_hours", "weekdays"),
    ({"happy_hours": [{**HAPPY, "start": "8:00"}]}, "happy_hours", "time"),
    ({"happy_hours": [{**HAPPY, "start": "08:60"}]}, "happy_hours", "time"),
    ({"happy_hours": [{**HAPPY, "end": "24:01"}]}, "happy_hours", "time"),
    ({"happy_hours": [{**HAPPY, "end": "٠٩:٠٠"}]}, "happy_hours", "time"),
    ({"happy_hours": [{**HAPPY, "end": "08:00"}]}, "happy_hours", "time"),
    ({"happy_hours": [{**HAPPY, "start": "24:00"}]}, "happy_hours", "time"),
    ({"happy_hours": [{**HAPPY, "multiplier": 1}]}, "happy_hours.multiplier", "range"),
    ({"happy_hours": [{**HAPPY, "multiplier": 11}]}, "happy_hours.multiplier", "range"),
    ({"happy_hours": [HAPPY] * 51}, "happy_hours", "too_many"),
    ({"expiry": {"inactive_days": 0}}, "expiry.inactive_days", "range"),
    ({"locations": []}, "locations", "empty"),
    ({"locations": [str(n) for n in range(1_001)]}, "locations", "too_many"),
]

WRONG_TERMS: list[tuple[dict[str, Any], str, str]] = [
    ({"validity": {"kind": "days"}}, "validity", "validity_missing"),
    ({"validity": {"kind": "months", "date": "2026-03-04"}}, "validity", "validity_missing"),
    ({"validity": {"kind": "fixed"}}, "validity", "validity_missing"),
    ({"validity": {"kind": "fixed", "date": "2026-03-04", "n": 3}}, "validity", "validity_unexpected"),
    ({"validity": {"kind": "unlimited", "n": 3}}, "validity", "validity_unexpected"),
    ({"validity": {"kind": "fixed", "date": "9999-12-31"}}, "validity", "validity_far"),
    ({"validity": {"kind": "days", "n": 0}}, "validity.n", "range"),
    ({"validity": {"kind": "months", "n": 121}}, "validity.n", "range"),
    ({"redemption": "code"}, "code", "code_missing"),
    ({"redemption": "code", "code": {"kind": "shared"}}, "code", "code_text"),
    ({"redemption": "code", "code": {"kind": "shared", "text": "قهوة"}}, "code", "code_text"),
    ({"redemption": "code", "code": {"kind": "shared", "text": "A" * 49}}, "code", "code_text"),
    ({"redemption": "code", "code": {"kind": "pool"}}, "code", "code_pool"),
    ({"uses": 0}, "uses", "range"),
    ({"value": {"minor": -1, "currency": "EGP"}}, "value.minor", "range"),
    ({"cost": {"minor": 10**13, "currency": "EGP"}}, "cost.minor", "range"),
    ({"locations": []}, "locations", "empty"),
]


@pytest.mark.parametrize(("parts", "field", "why"), WRONG_RULES)
def test_rules_that_make_no_sense_are_refused_by_name(parts: dict[str, Any], field: str, why: str):
    with pytest.raises(RulesMalformed) as refused:
        check_rules(msgspec.convert({"goal": 10, **parts}, Rules))
    assert (refused.value.facts["field"], refused.value.facts["why"]) == (field, why)
    assert refused.value.sentence().endswith(".")


@pytest.mark.parametrize(
    "parts",
    [
        {"goal": 1},
        {"goal": 100, "welcome_stamps": 99},
        {"earn": {"per": "amount", "minor": 10**12, "stamps": 3, "minimum_minor": 1}},
        {"cooldown_seconds": 0, "daily_cap": None},
        {
            "happy_hours": [
                {**HAPPY, "start": "22:00", "end": "02:00"},
                {**HAPPY, "start": "00:00", "end": "24:00"},
            ]
        },
        {"milestones": [{"at": 3, "reward": "r"}, {"at": 9, "reward": "r"}]},
    ],
)
def test_rules_that_make_sense_stay_as_they_are(parts: dict[str, Any]):
    rules = msgspec.convert({"goal": 10, **parts}, Rules)
    assert check_rules(rules) == rules


def test_weekdays_and_locations_are_kept_once_and_in_order():
    rules = msgspec.convert(
        {"goal": 10, "happy_hours": [{**HAPPY, "weekdays": [5, 1, 5]}], "locations": ["b", "a", "b"]}, Rules
    )
    checked = check_rules(rules)
    assert checked.happy_hours[0].weekdays == [1, 5]
    assert checked.locations == ["a", "b"]


@pytest.mark.parametrize(("parts", "field", "why"), WRONG_TERMS)
def test_terms_that_make_no_sense_are_refused_by_name(parts: dict[str, Any], field: str, why: str):
    with pytest.raises(TermsMalformed) as refused:
        check_terms(msgspec.convert(parts, RewardTerms))
    assert (refused.value.facts["field"], refused.value.facts["why"]) == (field, why)
    assert refused.value.sentence().endswith(".")


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"redemption": "self", "active_from": "next_visit", "uses": 10},
        {"redemption": "code", "code": {"kind": "shared", "text": "FREE COFFEE 5"}},
        {"redemption": "staff", "code": {"kind": "generated"}},
        {"redemption": "code", "code": {"kind": "pool", "pool": "0190aaaa-0000-7000-8000-00000000f001"}},
        {"validity": {"kind": "fixed", "date": "2026-03-04"}, "locations": ["here"]},
        {"validity": {"kind": "months", "n": 3}, "value": {"minor": 500, "currency": "EUR"}},
    ],
)
def test_what_is_stored_of_a_reward_is_what_a_voucher_promises(parts: dict[str, Any]):
    terms = check_terms(msgspec.convert(parts, RewardTerms))
    stored = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(terms)))
    now = datetime(2026, 3, 4, tzinfo=UTC)
    reward = Reward(
        id=new_id(),
        kind="voucher",
        title={"en": "Coffee"},
        description={},
        image=None,
        terms=msgspec.convert(stored, RewardTerms),
        created_at=now,
        updated_at=now,
        archived_at=None,
    )
    promised = terms_of(reward)
    for name in RewardTerms.__struct_fields__:
        assert comparable(getattr(promised, name)) == comparable(getattr(terms, name)), name


def comparable(value: Any) -> Any:
    """Without what is None: both sides leave that out or not as they like."""
    told = msgspec.to_builtins(value)
    return {name: part for name, part in told.items() if part is not None} if isinstance(told, dict) else told


def test_a_last_day_is_valid_until_it_has_passed():
    validity = Validity(kind="fixed", date=date(2026, 3, 4))
    check_validity_ahead(validity, today=date(2026, 3, 4))
    with pytest.raises(TermsMalformed):
        check_validity_ahead(validity, today=date(2026, 3, 5))


def test_a_code_keeps_only_what_its_kind_needs():
    terms = msgspec.convert({"code": {"kind": "generated", "text": "X", "pool": "y"}}, RewardTerms)
    assert check_terms(terms).code == schemas.RedeemCode(kind="generated")


def test_colours_are_read_as_people_write_them():
    checked = check_design(DesignIn(colours=Colours(background="#FFF", ink="112233", accent="#1C6B45")))
    assert checked.colours == Colours(background="#ffffff", ink="#112233", accent="#1c6b45")
    with pytest.raises(ColourMalformed):
        check_design(DesignIn(colours=Colours(ink="red")))


def test_a_text_may_be_missing_in_every_language():
    assert check_text({"en": "  ", "ar": ""}) == {}
    assert check_text({"en": "Six to go\x00\u202e", "ar": ""}) == {"en": "Six to go"}


def box(**parts: Any) -> dict[str, Any]:
    return {"channel": "email", "purpose": "marketing", "wording": {"en": "News by e-mail"}, **parts}


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"consents": [box(), box()]}, "duplicate"),
        ({"email": "off", "consents": [box()]}, "contact_off"),
        ({"phone": "off", "consents": [box(channel="whatsapp")]}, "contact_off"),
        ({"consents": [box()] * 13}, "too_many"),
    ],
)
def test_a_form_that_cannot_be_filled_in_is_refused(parts: dict[str, Any], why: str):
    with pytest.raises(JoinFormMalformed) as refused:
        check_join_form(msgspec.convert(parts, JoinForm))
    assert refused.value.facts["why"] == why
    assert refused.value.sentence().endswith(".")


def test_a_wallet_message_needs_no_contact():
    form = msgspec.convert({"phone": "off", "email": "off", "consents": [box(channel="wallet")]}, JoinForm)
    assert check_join_form(form) == form


def test_nothing_is_required_unless_the_owner_says_so():
    form = JoinForm()
    assert "required" not in {form.name, form.phone, form.email, form.birthday}


def test_every_reason_and_every_field_has_words():
    assert set(_SENTENCES) == set(Why.__args__)
    cases = [
        *((RulesMalformed, *case) for case in WRONG_RULES),
        *((TermsMalformed, *case) for case in WRONG_TERMS),
    ]
    for _refusal, _parts, field, why in cases:
        assert "%(field)s" not in _SENTENCES[why].message or field in _FIELDS


@pytest.mark.parametrize("language", ["ar", "fa", "he"])
def test_numbers_in_a_sentence_are_written_in_the_readers_digits(language: str):
    with use_language(language):
        sentence = RulesMalformed(field="goal", why="range", least=1, most=100).sentence()
    assert ("100" in sentence) == (language == "he")


def test_every_definition_refusal_is_a_malformed_payload():
    kinds = [kind for kind in all_refusals().values() if issubclass(kind, DefinitionMalformed)]
    assert {kind.status for kind in kinds} == {422}


def test_the_stamps_that_can_be_chosen_are_those_that_can_be_drawn():
    assert set(Icon.__args__) == set(STAMP_ICONS)


def test_channels_and_purposes_are_those_of_customers():
    assert Channel.__args__ == consents.CHANNELS
    assert Purpose.__args__ == consents.PURPOSES


@pytest.mark.parametrize(
    "body", [b'{"minor": 1, "curency": "EUR"}', b'{"per": "week"}', b'{"stamps": 1.5}', b'{"stamps": true}']
)
def test_what_is_not_known_is_not_read(body: bytes):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"goal": 5, "earn": ' + body + b"}", type=Rules)


def test_money_is_whole():
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"minor": 10.5, "currency": "EUR"}', type=Money)
