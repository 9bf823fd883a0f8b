"""Vouchers in the dashboard, in four languages, without a script."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from cardamom.customers.contacts import ContactIn
from cardamom.customers.service import create_customer
from cardamom.kit.ids import new_id
from cardamom.kit.languages import SUPPORTED, language
from cardamom.ledger.commands import new_key
from cardamom.programs.schemas import Validity
from cardamom.vouchers import queries, service
from cardamom.vouchers.queries import Filter
from cardamom.vouchers.rules import VoucherNow
from cardamom.vouchers.schemas import RedemptionIn, VoucherIn
from tests.counter.staff import a_visitor
from tests.customers.visitors import Client, Visitor
from tests.page_forms import fields_of, submit
from tests.world import BARBER, World, a_world

LIST = "/app/vouchers"
NEW = f"{LIST}/new"
TITLE = {"en": "A coffee on us", "ar": "قهوة على حسابنا"}


@pytest.fixture
async def browser(world: World, client: Client) -> Visitor:
    """The dashboard as a manager of the cafe sees it."""
    return await a_visitor(world, client, role="manager")


async def a_voucher(world: World, **said: Any) -> str:
    """The id of a voucher by hand, for whoever brings it unless somebody is named."""
    if "reward" not in said:
        said = {"title": TITLE, **said}
    issued = await service.issue_voucher(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        new=VoucherIn(**said),
        key=new_key(),
    )
    return str(issued.facts["voucher"])


async def redeem(world: World, voucher_id: str) -> None:
    outcome = await service.redeem_voucher(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        voucher_id=voucher_id,
        at=RedemptionIn(),
        key=new_key(),
    )
    assert outcome.accepted


async def a_customer(world: World, **contact: str) -> str:
    created = await create_customer(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        given=ContactIn(**contact),
        region="EG",
        key=new_id(),
    )
    return str(created.facts["customer_id"])


async def vouchers(world: World) -> list[VoucherNow]:
    """All of them, newest first."""
    async with world.database.reading(world.merchant_id) as tx:
        wanted = Filter(now=datetime.now(UTC))
        return await queries.vouchers_of(tx, world.merchant_id, wanted, limit=100)


def rows_of(html: str) -> int:
    return html.count('<th scope="row"')


@pytest.mark.parametrize("code", SUPPORTED)
async def test_every_page_speaks_every_language(
    browser: Visitor, world: World, client: Client, code: str
) -> None:
    for path in (LIST, f"{LIST}?status=active", f"{LIST}?q=123"):
        await is_spoken(browser, path, code)
    card_id = await world.a_card(stamps=10)
    bearer = await a_voucher(world, validity=Validity(kind="days", n=3), uses=2)
    used = await a_voucher(world, card=card_id)
    await redeem(world, used)
    (goal, *_rest) = [each.voucher.id for each in await vouchers(world) if each.voucher.goal_at]
    one = [f"{LIST}/{each}" for each in (bearer, used, goal)]
    who = [f"{NEW}?card={card_id}", f"{NEW}?bearer=1", f"{NEW}?q=7"]
    for path in (LIST, *one, f"{LIST}/{bearer}/print", NEW, *who):
        await is_spoken(browser, path, code)


async def is_spoken(browser: Visitor, path: str, code: str) -> None:
    page = await browser.get(f"{path}{'&' if '?' in path else '?'}lang={code}")
    assert page.status_code == 200, page.text
    assert f'<html lang="{code}" dir="{language(code).direction}">' in page.text


async def test_an_empty_list_teaches(browser: Visitor) -> None:
    page = await browser.get(f"{LIST}?lang=en")
    assert "No vouchers yet" in page.text
    assert "<table" not in page.text


async def test_a_card_is_found_and_gets_a_reward(browser: Visitor, world: World) -> None:
    customer_id = await a_customer(world, name="ليلى حسن", phone="01001234567")
    card_id = await world.a_card(customer_id=customer_id)
    number = (await world.card(card_id)).number
    for asked in (number, "٠١٠٠١٢٣٤٥٦٧", "ليلي"):
        found = await browser.get(NEW, params={"q": asked})
        assert f'href="{NEW}?card={card_id}"' in found.text
        assert f"customer={customer_id}" not in found.text
    action = f"{NEW}?card={card_id}"
    sent = await submit(browser, await browser.get(action), action, {"source": "reward"})
    assert sent.status_code == 303
    (issued,) = await vouchers(world)
    assert sent.headers["location"] == f"{LIST}/{issued.voucher.id}?saved=issued"
    assert (issued.voucher.card_id, issued.voucher.customer_id) == (card_id, customer_id)
    assert issued.voucher.reward_id == world.reward_id
    page = await browser.get(f"{sent.headers['location']}&lang=en")
    assert f'<a href="/app/customers/{customer_id}"><bdi>ليلى حسن</bdi></a>' in page.text


async def test_a_customer_without_a_card_can_have_one(browser: Visitor, world: World) -> None:
    customer_id = await a_customer(world, name="Omar", phone="01001234567")
    found = await browser.get(NEW, params={"q": "omar"})
    action = f"{NEW}?customer={customer_id}"
    assert f'href="{action}"' in found.text
    assert (await submit(browser, await browser.get(action), action)).status_code == 303
    (issued,) = await vouchers(world)
    assert (issued.voucher.card_id, issued.voucher.customer_id) == (None, customer_id)


async def test_a_voucher_of_its_own_is_for_whoever_brings_it(browser: Visitor, world: World) -> None:
    action = f"{NEW}?bearer=1"
    filled = {
        "source": "own",
        "own-title_ar": "قهوة على حسابنا",
        "own-validity": "days",
        "own-days": "١٤",
        "own-uses": "2",
        "own-value": "45",
    }
    page = await browser.get(action)
    sent = await submit(browser, page, action, filled)
    again = await submit(browser, page, action, filled)
    assert sent.headers["location"] == again.headers["location"]
    (issued,) = await vouchers(world)
    terms = issued.voucher.terms
    assert (terms.title, terms.validity) == ({"ar": "قهوة على حسابنا"}, Validity(kind="days", n=14))
    assert (issued.uses_left, terms.value and terms.value.minor) == (2, 4_500)
    paper = await browser.get(f"{LIST}/{issued.voucher.id}/print?lang=en")
    assert 'lang="ar" dir="rtl"' in paper.text
    assert paper.text.count("<svg xmlns") >= 2
    shown = re.sub(r"\s", "", re.sub(r"<[^>]+>", "", paper.text))
    assert issued.voucher.code in shown


@pytest.mark.parametrize(
    ("filled", "field"),
    [
        ({"own-title_ar": ""}, "own-title_ar"),
        ({"own-validity": "days", "own-days": ""}, "own-days"),
        ({"own-validity": "fixed", "own-last_day": "2001-01-01"}, "own-last_day"),
        ({"own-redemption": "code"}, "own-code_text"),
        ({"own-uses": "many"}, "own-uses"),
    ],
)
async def test_what_makes_no_sense_is_said_at_its_field(
    browser: Visitor, world: World, filled: dict[str, str], field: str
) -> None:
    action = f"{NEW}?bearer=1"
    own = {"source": "own", "own-title_ar": "قهوة", **filled}
    sent = await submit(browser, await browser.get(action), action, own)
    assert sent.status_code == 422
    assert f'id="{field}-error"' in sent.text
    assert await vouchers(world) == []


async def test_a_voucher_is_cancelled_with_a_reason(browser: Visitor, world: World) -> None:
    voucher_id = await a_voucher(world)
    path = f"{LIST}/{voucher_id}"
    page = await browser.get(path)
    sent = await submit(browser, page, f"{path}/cancel", {"reason": "Given <b>twice</b>"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?saved=cancelled")
    told = await browser.get(f"{path}?lang=en")
    assert "Given &lt;b&gt;twice&lt;/b&gt;" in told.text
    assert "Sam Barista" in told.text
    assert f'action="{path}/cancel"' not in told.text
    form = {**fields_of(page.text, f"{path}/cancel"), "key": ["x" * 22]}
    late = await browser.post(f"{path}/cancel?lang=en", data=form)
    assert late.status_code == 422
    assert "This voucher was cancelled." in late.text


async def test_tabs_show_one_state(browser: Visitor, world: World) -> None:
    used, cancelled, _open = [await a_voucher(world) for _n in range(3)]
    await redeem(world, used)
    path = f"{LIST}/{cancelled}"
    await submit(browser, await browser.get(path), f"{path}/cancel")
    assert rows_of((await browser.get(LIST)).text) == 3
    for status in ("active", "redeemed", "cancelled"):
        page = await browser.get(f"{LIST}?status={status}")
        assert rows_of(page.text) == 1
        assert re.search(rf'status={status}" aria-current="page"', page.text)
    assert rows_of((await browser.get(f"{LIST}?status=expired")).text) == 0
    assert rows_of((await browser.get(f"{LIST}?status=lost")).text) == 3


async def test_a_voucher_is_found_by_its_whole_code(browser: Visitor, world: World) -> None:
    voucher_id = await a_voucher(world)
    await a_voucher(world)
    code = next(each.voucher.code for each in await vouchers(world) if each.voucher.id == voucher_id)
    arabic = code.translate({ord(str(digit)): chr(0x660 + digit) for digit in range(10)})
    for typed in (code, f" {code[:9]} {code[9:]}", arabic):
        page = await browser.get(LIST, params={"q": typed})
        assert rows_of(page.text) == 1
        assert f'href="{LIST}/{voucher_id}"' in page.text
    for typed in (code[:12], "coffee", "0"):
        assert rows_of((await browser.get(LIST, params={"q": typed})).text) == 0


async def test_the_list_has_pages_within_a_filter(browser: Visitor, world: World) -> None:
    for _n in range(51):
        await a_voucher(world)
    first = await browser.get(f"{LIST}?status=active")
    assert rows_of(first.text) == 50
    following = re.search(r'href="(/app/vouchers\?status=active&amp;after=[^"]+)"', first.text)
    assert following is not None
    assert rows_of((await browser.get(following[1].replace("&amp;", "&"))).text) == 1


async def test_the_list_of_one_customer(browser: Visitor, world: World) -> None:
    customer_id = await a_customer(world, name="Omar")
    await a_voucher(world, customer=customer_id)
    await a_voucher(world)
    page = await browser.get(f"{LIST}?customer={customer_id}")
    assert rows_of(page.text) == 1
    assert f"customer={customer_id}&amp;status=redeemed" in page.text


async def test_staff_look_and_issue_nothing(world: World, client: Client) -> None:
    voucher_id = await a_voucher(world)
    staff = await a_visitor(world, client, role="staff")
    page = await staff.get(f"{LIST}/{voucher_id}")
    assert page.status_code == 200
    assert "/cancel" not in page.text
    assert NEW not in (await staff.get(LIST)).text
    for path in (NEW, f"{NEW}?bearer=1"):
        assert (await staff.get(path)).status_code == 403


async def test_a_stranger_finds_nothing(world: World, client: Client, browser: Visitor) -> None:
    voucher_id = await a_voucher(world)
    card_id = await world.a_card()
    customer_id = await a_customer(world, name="ليلى")
    stranger = await a_visitor(await a_world(world.ledger, new=BARBER), client, role="owner")
    assert TITLE["ar"] not in (await stranger.get(LIST)).text
    missing = (f"{LIST}/{voucher_id}", f"{LIST}/{voucher_id}/print", f"{NEW}?card={card_id}")
    for path in (*missing, f"{NEW}?customer={customer_id}"):
        assert (await stranger.get(path)).status_code == 404
    form = fields_of((await stranger.get(f"{NEW}?bearer=1")).text, f"{NEW}?bearer=1")
    for path in (f"{LIST}/{voucher_id}/cancel", f"{NEW}?card={card_id}"):
        assert (await stranger.post(path, data=form)).status_code == 404
    assert "<bdi>ليلى" not in (await stranger.get(NEW, params={"q": "ليلى"})).text
