"""`/app`: numbers of the shop's own day and month, who is close, what wants attention, the first steps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from cardamom.cards.stamping import StampCard
from cardamom.counter.notices import told
from cardamom.counter.overview import Count, close_cards, first_steps, numbers_since, period_of
from cardamom.kit.actor import SYSTEM
from cardamom.kit.clock import now
from cardamom.kit.ids import new_id
from cardamom.kit.languages import SUPPORTED, language
from cardamom.ledger.writer import Ledger
from cardamom.merchants.jobs import BOOKS_UNSOUND
from cardamom.merchants.schemas import Notice
from cardamom.merchants.service import create_merchant, record_notice
from cardamom.vouchers.jobs import POOL_EMPTIED
from cardamom.wallet.apple.pushing import CERTIFICATE_REFUSED
from cardamom.wallet.expiry import CERTIFICATE_ENDS
from tests.cards.shoppers import words_of
from tests.counter.staff import a_visitor
from tests.world import CAFE, World

Client = AsyncTestClient[Any]


def test_a_day_and_a_month_begin_on_the_clock_of_the_shop() -> None:
    late = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    tehran = period_of(late, time_zone="Asia/Tehran", calendar="jalali")
    assert tehran.day.astimezone(UTC) == datetime(2026, 3, 31, 20, 30, tzinfo=UTC)
    assert tehran.month.date().isoformat() == "2026-03-21"  # 1 Farvardin
    berlin = period_of(late, time_zone="Europe/Berlin", calendar="gregorian")
    assert (berlin.day.date().isoformat(), berlin.month.date().isoformat()) == ("2026-04-01", "2026-04-01")
    riyadh = period_of(late, time_zone="Asia/Riyadh", calendar="hijri")
    assert riyadh.month.date().isoformat() == "2026-03-20"  # 1 Shawwal 1447


async def test_numbers_count_what_still_stands(world: World) -> None:
    card_id = await world.a_card(stamps=9)
    await world.a_card()
    undone = (await world.stamp(card_id, stamps=4)).operation_id
    period = period_of(now(), time_zone="Africa/Cairo", calendar="gregorian")
    async with world.database.reading(world.merchant_id) as tx:
        before = await numbers_since(tx, world.merchant_id, period)
    assert (before.cards, before.new_cards, before.stamps) == (2, Count(2, 2), Count(13, 13))
    assert before.issued == Count(1, 1)
    from cardamom.cards.undoing import UndoStamp

    reverse = UndoStamp(merchant_id=world.merchant_id, actor=world.owner, operation_id=undone, key=new_id())
    (await world.ledger.submit(reverse)).or_raise()
    async with world.database.reading(world.merchant_id) as tx:
        after = await numbers_since(tx, world.merchant_id, period)
    assert (after.stamps, after.redeemed) == (Count(9, 9), Count(0, 0))


async def test_a_history_that_was_told_later_counts_on_its_own_days(world: World) -> None:
    card_id = await world.a_card()
    at = now()
    period = period_of(at, time_zone="UTC", calendar="gregorian")
    for when in (period.day - timedelta(hours=1), period.month - timedelta(hours=1)):
        command = StampCard(merchant_id=world.merchant_id, actor=SYSTEM, key=new_id(), card_id=card_id)
        (await world.ledger.submit(command, as_of=when)).or_raise()
    async with world.database.reading(world.merchant_id) as tx:
        numbers = await numbers_since(tx, world.merchant_id, period)
    is_first_of_month = period.day == period.month
    assert numbers.stamps == Count(0, 0 if is_first_of_month else 1)


async def test_the_closest_cards_come_first(world: World) -> None:
    await world.a_card(stamps=7)
    eight, nine = await world.a_card(stamps=8), await world.a_card(stamps=9)
    async with world.database.reading(world.merchant_id) as tx:
        count, cards = await close_cards(tx, world.merchant_id)
    assert (count, [card.id for card in cards]) == (2, [nine, eight])
    assert [card.to_go for card in cards] == [1, 2]


async def test_a_new_shop_is_shown_its_first_steps(client: Client, ledger: Ledger) -> None:
    created = await create_merchant(ledger, actor=SYSTEM, new=CAFE)
    world = World(ledger, str(created.facts["merchant_id"]), "", "")
    owner = await a_visitor(world, client, role="owner")
    words = words_of(await owner.get("/app"))
    assert "First steps Create a program" in words
    async with world.database.reading(world.merchant_id) as tx:
        assert not (await first_steps(tx, world.merchant_id)).are_done


async def test_a_shop_that_has_begun_is_not(client: Client, world: World) -> None:
    await world.a_card(stamps=9)
    words = words_of(await (await a_visitor(world, client, role="owner")).get("/app"))
    assert "First steps" not in words
    assert "1 more stamp to the reward" in words


@pytest.mark.parametrize("code", SUPPORTED)
async def test_it_is_read_in_every_language(client: Client, world: World, code: str) -> None:
    page = await (await a_visitor(world, client, role="owner", language=code)).get("/app")
    assert page.status_code == 200
    assert f'<html lang="{code}" dir="{language(code).direction}">' in page.text


async def test_staff_come_to_serve(client: Client, world: World) -> None:
    answer = await (await a_visitor(world, client, role="staff")).get("/app", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/till")


async def test_a_notice_stays_until_it_is_put_away(client: Client, world: World) -> None:
    await record_notice(
        world.ledger,
        merchant_id=world.merchant_id,
        kind=POOL_EMPTIED,
        facts={"pool": new_id(), "name": "Kino <3"},
        event_id=new_id(),
    )
    owner = await a_visitor(world, client, role="owner")
    page = await owner.get("/app")
    assert "The pool Kino <3 has no codes left." in words_of(page)
    sent = await owner.send(page, "/app/notices/read")
    assert (sent.status_code, sent.headers["location"]) == (303, "/app")
    assert "Kino" not in (await owner.get("/app")).text


def test_the_notices_that_jobs_record_have_words() -> None:
    certificate = {"wallet": "apple", "issuer": "pass.example.cafe", "expires_at": now().isoformat()}
    for kind, facts in (
        (POOL_EMPTIED, {"pool": new_id(), "name": "Cinema"}),
        (BOOKS_UNSOUND, {"faults": 2}),
        (CERTIFICATE_ENDS, {**certificate, "days": 30}),
        (CERTIFICATE_ENDS, {**certificate, "days": 0}),
        (CERTIFICATE_REFUSED, {"pass_type": "pass.example.cafe", "reason": "BadCertificate"}),
    ):
        notice = Notice(id=new_id(), kind=kind, facts=facts, created_at=now(), read_at=None)
        [shown] = told([notice])
        assert shown.words != kind
