"""The invented businesses make sense, and nobody real is in them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import msgspec
import phonenumbers
import pytest

from cardamom.cli.demo.plan import BETWEEN_VISITS, DAYS, PlannedCustomer, Planner
from cardamom.cli.demo.shops import NAMES, Shop, load_shops
from cardamom.customers.contacts import ContactIn, check_contact
from cardamom.kit.clock import local_time
from cardamom.kit.ids import new_id
from cardamom.merchants.rules import suggested_time_zone
from cardamom.merchants.service import draft_merchant
from cardamom.programs.checks import check_design, check_join_form, check_rules, check_terms

UNTIL = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SHOPS = dict(zip(NAMES, load_shops(), strict=True))

every_shop = pytest.mark.parametrize("shop", SHOPS.values(), ids=SHOPS.keys())


def customers_of(shop: Shop) -> list[PlannedCustomer]:
    region = shop.merchant.region
    return Planner(shop, time_zone=suggested_time_zone(region), until=UNTIL).customers()


def texts_in(value: Any) -> Iterator[dict[str, str]]:
    """Every text per language, wherever it is: a mapping with two-letter keys."""
    if isinstance(value, dict):
        if value and all(isinstance(key, str) and len(key) == 2 for key in value):
            yield value
        else:
            for inner in value.values():
                yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def test_they_speak_four_languages() -> None:
    assert {shop.merchant.language for shop in SHOPS.values()} == {"ar", "fa", "he", "en"}


@every_shop
def test_what_they_offer_passes_every_check(shop: Shop) -> None:
    draft_merchant(shop.merchant)
    for reward in shop.rewards.values():
        code = reward.terms.code
        if code is not None and code.pool is not None:
            assert code.pool in shop.pools
            code = msgspec.structs.replace(code, pool=new_id())
        check_terms(msgspec.structs.replace(reward.terms, code=code))
    for program in shop.programs:
        check_rules(program.rules)
        check_design(program.design)
        check_join_form(program.join_form)
        named = [program.rules.reward, *(goal.reward for goal in program.rules.milestones)]
        assert set(named) <= {*shop.rewards, None}


@every_shop
def test_every_text_is_written_in_every_language_of_the_shop(shop: Shop) -> None:
    texts = list(texts_in(msgspec.to_builtins(shop)))
    assert len(texts) > 15
    for text in texts:
        assert set(text) == set(shop.merchant.languages or [])


@every_shop
def test_the_shops_money_is_its_own(shop: Shop) -> None:
    currency = draft_merchant(shop.merchant).currency
    for reward in shop.rewards.values():
        for money in (reward.terms.value, reward.terms.cost):
            assert money is None or money.currency == currency


@every_shop
def test_nobody_can_be_called_or_written_to(shop: Shop) -> None:
    for customer in customers_of(shop):
        contact = check_contact(
            ContactIn(
                name=customer.name, phone=customer.phone, email=customer.email, birthday=customer.birthday
            ),
            region=shop.merchant.region,
        )
        assert contact.email is None or contact.email.endswith("@example.com")
        if contact.phone is not None:
            assert not phonenumbers.is_valid_number(phonenumbers.parse(contact.phone))


@every_shop
def test_the_same_seed_tells_the_same_story(shop: Shop) -> None:
    assert customers_of(shop) == customers_of(shop)


@every_shop
def test_people_come_within_ninety_days_when_the_shop_is_open(shop: Shop) -> None:
    time_zone = suggested_time_zone(shop.merchant.region)
    customers = customers_of(shop)
    assert len(customers) == shop.customers.count + 1
    assert 150 < sum(len(customer.visits) for customer in customers) < 4_000
    for customer in customers:
        for visit in customer.visits:
            assert 0 <= (UNTIL - visit.at).days <= DAYS
            local = local_time(visit.at, time_zone=time_zone)
            weekday = local.isoweekday()
            assert shop.rhythm.weekdays[weekday] > 0
            if not customer.is_sample:
                assert shop.rhythm.opens.get(weekday, 0) <= local.hour < shop.rhythm.closes.get(weekday, 24)


@every_shop
def test_nobody_comes_twice_within_hours(shop: Shop) -> None:
    for customer in customers_of(shop):
        at = [visit.at for visit in customer.visits]
        assert all(later - earlier >= BETWEEN_VISITS for earlier, later in pairwise(at))


@every_shop
def test_the_sample_stands_at_seven_of_its_second_card(shop: Shop) -> None:
    rules = shop.programs[0].rules
    assert rules.goal == 10
    assert rules.welcome_stamps + sum(shop.sample.stamps) == 17
    assert shop.sample.keeps in {rules.reward, *(goal.reward for goal in rules.milestones)}
