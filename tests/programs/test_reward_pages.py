"""Rewards in the dashboard."""

from datetime import date

import pytest

from cardamom.db.database import Database
from cardamom.kit.money import Money
from cardamom.ledger.writer import Ledger
from cardamom.programs.definition import Rules
from cardamom.programs.queries import rewards_of
from cardamom.programs.schemas import RedeemCode, Reward, RewardTerms, Validity
from tests.customers.visitors import Client, Visitor, browser_of
from tests.page_forms import submit
from tests.people import Everybody
from tests.programs.builders import a_program, a_reward, the_reward

LIST = "/app/rewards"
NEW = f"{LIST}/new"

RICH = RewardTerms(
    redemption="code",
    code=RedeemCode(kind="shared", text="FREECOFFEE"),
    validity=Validity(kind="fixed", date=date(2099, 3, 21)),
    active_from="next_visit",
    value=Money(4_550, "EGP"),
    cost=Money(1_200, "EGP"),
    uses=3,
)


@pytest.fixture
async def browser(database: Database, client: Client, people: Everybody) -> Visitor:
    return await browser_of(database, client, people.owner)


async def only_reward(database: Database, people: Everybody) -> Reward:
    async with database.reading(people.owner.merchant_id) as tx:
        (reward,) = await rewards_of(tx, people.owner.merchant_id)
    return reward


async def test_a_reward_is_created(browser: Visitor, database: Database, people: Everybody) -> None:
    filled = {"title_ar": "قطعة كعك", "kind": "award", "redemption": "self", "validity": "days", "days": "٧"}
    sent = await submit(browser, await browser.get(NEW), LIST, {**filled, "value": "٢٠"})
    assert (sent.status_code, sent.headers["location"]) == (303, LIST)
    reward = await only_reward(database, people)
    assert (reward.kind, reward.title) == ("award", {"ar": "قطعة كعك"})
    assert reward.terms == RewardTerms(
        redemption="self", validity=Validity(kind="days", n=7), value=Money(2_000, "EGP")
    )
    assert "<bdi>قطعة كعك</bdi>" in (await browser.get(LIST)).text


@pytest.mark.parametrize(
    ("filled", "field"),
    [
        ({"title_ar": ""}, "title_ar"),
        ({"redemption": "code", "code_text": ""}, "code_text"),
        ({"redemption": "code", "code_text": "قهوة"}, "code_text"),
        ({"redemption": "code", "code_kind": "pool"}, "pool"),
        ({"validity": "months", "months": ""}, "months"),
        ({"validity": "days", "days": "4000"}, "days"),
        ({"validity": "fixed", "last_day": ""}, "last_day"),
        ({"validity": "fixed", "last_day": "2001-01-01"}, "last_day"),
        ({"validity": "fixed", "last_day": "soon"}, "last_day"),
        ({"uses": "0"}, "uses"),
        ({"cost": "-3"}, "cost"),
    ],
)
async def test_what_makes_no_sense_is_said_at_its_field(
    browser: Visitor, filled: dict[str, str], field: str
) -> None:
    sent = await submit(browser, await browser.get(NEW), LIST, {"title_ar": "قهوة", **filled})
    assert sent.status_code == 422
    missing_pool = '<p class="field-error">' if field == "pool" else f'id="{field}-error"'
    assert missing_pool in sent.text


@pytest.mark.parametrize("code", ["en", "fa", "ar"])
async def test_saving_what_is_stored_changes_nothing(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody, code: str
) -> None:
    stored = await a_reward(ledger, database, people.owner, terms=RICH, description={"ar": "بلا سكر"})
    path = f"{LIST}/{stored.id}"
    sent = await submit(browser, await browser.get(f"{path}?lang={code}"), path, lang=code)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?saved=1")
    assert await the_reward(database, people.owner, stored.id) == stored


async def test_a_reward_that_a_program_gives_stays(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody
) -> None:
    reward = await a_reward(ledger, database, people.owner)
    await a_program(ledger, database, people.owner, rules=Rules(goal=5, reward=reward.id))
    path = f"{LIST}/{reward.id}"
    refused = await submit(browser, await browser.get(path), f"{path}/archive", lang="en")
    assert refused.status_code == 409
    assert "A program gives this reward." in refused.text
    assert (await the_reward(database, people.owner, reward.id)).archived_at is None


async def test_a_reward_is_archived_and_comes_back(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody
) -> None:
    reward = await a_reward(ledger, database, people.owner)
    path = f"{LIST}/{reward.id}"
    assert (await submit(browser, await browser.get(path), f"{path}/archive")).status_code == 303
    assert (await the_reward(database, people.owner, reward.id)).archived_at is not None
    assert (await submit(browser, await browser.get(path), f"{path}/restore")).status_code == 303
    assert (await the_reward(database, people.owner, reward.id)).archived_at is None


async def test_staff_look_and_a_stranger_finds_nothing(
    database: Database, client: Client, ledger: Ledger, people: Everybody
) -> None:
    reward = await a_reward(ledger, database, people.owner)
    staff = await browser_of(database, client, people.staff)
    page = await staff.get(f"{LIST}/{reward.id}")
    assert page.status_code == 200
    assert f'action="{LIST}' not in page.text
    assert (await staff.get(NEW)).status_code == 403
    stranger = await browser_of(database, client, people.stranger)
    assert (await stranger.get(f"{LIST}/{reward.id}")).status_code == 404
    assert reward.title["ar"] not in (await stranger.get(LIST)).text
