"""A voucher on its holder's phone: used once, in front of staff, however often somebody taps."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from httpx import Response

from cardamom.cards.view import FRESH_SECONDS
from cardamom.kit.clock import now
from cardamom.kit.codes import grouped
from cardamom.kit.ids import new_id
from cardamom.kit.languages import SUPPORTED
from cardamom.ledger.commands import new_key
from cardamom.ledger.verify import verify
from cardamom.ledger.writer import Ledger
from cardamom.programs.schemas import RedeemCode, RewardTerms, Validity
from cardamom.vouchers.queries import voucher_by_id
from cardamom.vouchers.rules import Status, VoucherNow
from cardamom.vouchers.schemas import RedemptionIn, VoucherIn
from cardamom.vouchers.service import (
    cancel_voucher,
    create_pool,
    import_pool_codes,
    issue_voucher,
    redeem_voucher,
)
from tests.cards.shoppers import Client, key_of, page_of, words_of
from tests.world import World, a_world

SELF = RewardTerms(redemption="self")
SHARED = RewardTerms(redemption="code", code=RedeemCode(kind="shared", text="COFFEE-2026"))
GENERATED = RewardTerms(redemption="code", code=RedeemCode(kind="generated"))


class Held:
    """A voucher on a full card, and its page."""

    def __init__(self, world: World, path: str, voucher_id: str, card_id: str) -> None:
        self.world, self.path, self.voucher_id, self.card_id = world, path, voucher_id, card_id

    async def now(self) -> VoucherNow:
        async with self.world.database.reading(self.world.merchant_id) as tx:
            return await voucher_by_id(tx, self.world.merchant_id, self.voucher_id)

    async def open(self, client: Client) -> Response:
        return await client.get(f"{self.path}?lang=en")

    async def use(self, client: Client, key: str) -> Response:
        return await client.post(f"{self.path}/redeem?lang=en", data={"key": key}, follow_redirects=False)


async def a_held_voucher(ledger: Ledger, terms: RewardTerms) -> Held:
    world = await a_world(ledger, terms=terms)
    return await held_on(world, await world.a_card(stamps=10))


async def held_on(world: World, card_id: str) -> Held:
    [voucher] = (await world.card(card_id)).vouchers
    path = f"{await page_of(world, card_id)}/vouchers/{voucher.id}"
    return Held(world, path, voucher.id, card_id)


async def test_sliding_uses_it_and_shows_a_screen_that_proves_it(client: Client, ledger: Ledger) -> None:
    held = await a_held_voucher(ledger, SELF)
    page = await held.open(client)
    assert 'type="range"' in page.text
    assert "Use it now" in words_of(page), "sliding is not the only way"
    answer = await held.use(client, key_of(page))
    assert (answer.status_code, answer.headers["location"]) == (303, held.path)
    screen = await held.open(client)
    assert "Free coffee" in words_of(screen)
    assert "Show this screen to staff now." in words_of(screen)
    assert 'data-time-zone="Africa/Cairo"' in screen.text
    assert (await held.now()).voucher.status is Status.REDEEMED


async def test_the_screen_ends_by_itself(client: Client, ledger: Ledger) -> None:
    held = await a_held_voucher(ledger, SELF)
    await held.use(client, key_of(await held.open(client)))
    screen = await held.open(client)
    [seconds] = re.findall(r'http-equiv="refresh" content="(\d+)"', screen.text)
    assert FRESH_SECONDS - 30 < int(seconds) <= FRESH_SECONDS + 1
    with time_machine.travel(now() + timedelta(seconds=FRESH_SECONDS + 1), tick=True):
        later = await held.open(client)
    assert "http-equiv" not in later.text
    assert "Used on" in words_of(later)


async def test_two_taps_are_one_use(client: Client, ledger: Ledger) -> None:
    held = await a_held_voucher(ledger, SELF)
    key = key_of(await held.open(client))
    answers = await asyncio.gather(*(held.use(client, key) for _tap in range(4)))
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {(303, held.path)}
    assert (await held.now()).uses_left == 0
    async with await ledger.database.ledger_connect() as driver:
        assert (await verify(driver)).is_sound


async def test_a_second_tab_is_told_when_it_was_used(client: Client, ledger: Ledger) -> None:
    held = await a_held_voucher(ledger, SELF)
    first, second = [key_of(await held.open(client)) for _tab in range(2)]
    assert (await held.use(client, first)).status_code == 303
    refused = await held.use(client, second)
    assert refused.status_code == 409
    assert "This voucher was already used on the customer's phone" in words_of(refused)
    assert (await held.now()).uses_left == 0


async def test_only_staff_use_what_staff_must_scan(client: Client, world: World) -> None:
    held = await held_on(world, await world.a_card(stamps=10))
    page = await held.open(client)
    voucher = (await held.now()).voucher
    assert "Show this to staff." in words_of(page)
    assert grouped(voucher.code) in page.text
    assert "<form" not in page.text
    refused = await held.use(client, "x" * 22)
    assert refused.status_code == 409
    assert "Only staff can redeem this voucher." in words_of(refused)
    assert (await held.now()).uses_left == 1


async def test_what_staff_scanned_is_used_without_a_show(client: Client, world: World) -> None:
    held = await held_on(world, await world.a_card(stamps=10))
    await redeem_voucher(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        voucher_id=held.voucher_id,
        at=RedemptionIn(),
        key=new_key(),
    )
    page = await held.open(client)
    assert "Used on" in words_of(page)
    assert "http-equiv" not in page.text
    assert "<form" not in page.text


@pytest.mark.parametrize("terms", [SHARED, GENERATED])
async def test_a_code_for_the_till_is_shown_at_its_use_and_not_before(
    client: Client, ledger: Ledger, terms: RewardTerms
) -> None:
    held = await a_held_voucher(ledger, terms)
    page = await held.open(client)
    drawn = (await held.now()).voucher.drawn_code or "COFFEE-2026"
    assert drawn not in page.text
    await held.use(client, key_of(page))
    screen = await held.open(client)
    assert drawn in screen.text
    assert screen.text.count('aria-label="Code for the till"') == 3, (
        "to scan either way, inside their section"
    )


async def test_a_shared_code_is_not_shown_again_and_ones_own_is(client: Client, ledger: Ledger) -> None:
    shared, own = await a_held_voucher(ledger, SHARED), await a_held_voucher(ledger, GENERATED)
    for held in (shared, own):
        await held.use(client, key_of(await held.open(client)))
    with time_machine.travel(now() + timedelta(seconds=FRESH_SECONDS + 1), tick=True):
        assert "COFFEE-2026" not in (await shared.open(client)).text
        assert str((await own.now()).voucher.drawn_code) in (await own.open(client)).text


async def test_an_empty_pool_says_so_and_the_voucher_stays(client: Client, ledger: Ledger) -> None:
    world = await a_world(ledger)
    created = await create_pool(
        ledger, actor=world.owner, merchant_id=world.merchant_id, name="Codes", key=new_key()
    )
    pool = created.facts["pool"]
    terms = RewardTerms(redemption="code", code=RedeemCode(kind="pool", pool=pool))
    held = await held_on_voucher_of(world, terms)
    refused = await held.use(client, key_of(await held.open(client)))
    assert refused.status_code == 409
    assert "There are no codes left for this voucher at the moment. It stays valid." in words_of(refused)
    assert "Show the code" in words_of(refused), "it can be tried again"
    await import_pool_codes(
        ledger, actor=world.owner, merchant_id=world.merchant_id, pool_id=pool, codes=["ABC-1"], key=new_key()
    )
    assert (await held.use(client, key_of(refused))).status_code == 303
    assert "ABC-1" in (await held.open(client)).text


async def held_on_voucher_of(world: World, terms: RewardTerms) -> Held:
    """A card with a voucher that was issued by hand on these terms."""
    card_id = await world.a_card()
    said = {name: getattr(terms, name) for name in RewardTerms.__struct_fields__}
    await issue_voucher(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        new=VoucherIn(card=card_id, title={"en": "Free coffee"}, **said),
        key=new_key(),
    )
    return await held_on(world, card_id)


async def test_a_voucher_for_several_uses_says_how_many_are_left(client: Client, ledger: Ledger) -> None:
    held = await a_held_voucher(ledger, RewardTerms(redemption="self", uses=3))
    page = await held.open(client)
    assert "3 of 3 uses left" in words_of(page)
    await held.use(client, key_of(page))
    assert "2 of 3 uses left" in words_of(await held.open(client))


async def test_it_waits_for_the_next_visit(client: Client, ledger: Ledger) -> None:
    held = await a_held_voucher(ledger, RewardTerms(redemption="self", active_from="next_visit"))
    page = await held.open(client)
    assert "It becomes ready with your next stamp." in words_of(page)
    assert "<form" not in page.text
    refused = await held.use(client, "x" * 22)
    assert "This voucher can be used from the next visit on." in words_of(refused)
    await held.world.stamp(held.card_id)
    assert (await held.use(client, "y" * 22)).status_code == 303


async def test_its_time_is_over_whatever_was_recorded(client: Client, ledger: Ledger) -> None:
    held = await a_held_voucher(ledger, RewardTerms(redemption="self", validity=Validity(kind="days", n=1)))
    key = key_of(await held.open(client))
    with time_machine.travel(now() + timedelta(days=3), tick=True):
        assert "Was valid until" in words_of(await held.open(client))
        refused = await held.use(client, key)
    assert refused.status_code == 410
    assert "This voucher was valid until" in words_of(refused)


async def test_a_voucher_that_was_taken_back_says_so(client: Client, ledger: Ledger) -> None:
    held = await a_held_voucher(ledger, SELF)
    key = key_of(await held.open(client))
    world = held.world
    await cancel_voucher(
        ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        voucher_id=held.voucher_id,
        reason=None,
        key=new_key(),
    )
    assert "Cancelled" in words_of(await held.open(client))
    assert (await held.use(client, key)).status_code == 410


async def test_a_card_uses_its_own_vouchers_only(client: Client, ledger: Ledger) -> None:
    held = await a_held_voucher(ledger, SELF)
    other = await page_of(held.world, await held.world.a_card())
    for path in (
        f"{other}/vouchers/{held.voucher_id}",
        f"{other}/vouchers/{new_id()}",
        f"{other}/vouchers/x",
    ):
        assert (await client.get(path)).status_code == 404
        assert (await client.post(f"{path}/redeem", data={"key": "x" * 22})).status_code == 404
    assert (await held.now()).uses_left == 1


@pytest.mark.parametrize("fields", [{}, {"key": ""}, {"key": "1"}])
async def test_a_form_without_a_key_of_ours_uses_nothing(
    client: Client, ledger: Ledger, fields: dict[str, Any]
) -> None:
    held = await a_held_voucher(ledger, SELF)
    assert (await client.post(f"{held.path}/redeem", data=fields)).status_code == 422
    assert (await held.now()).uses_left == 1


@pytest.mark.parametrize("code", SUPPORTED)
async def test_every_stage_speaks_every_language(client: Client, ledger: Ledger, code: str) -> None:
    held = await a_held_voucher(ledger, SELF)
    page = await client.get(f"{held.path}?lang={code}")
    assert f'lang="{code}"' in page.text
    await held.use(client, key_of(page))
    assert f'lang="{code}"' in (await client.get(f"{held.path}?lang={code}")).text
