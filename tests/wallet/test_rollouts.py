"""A redesign reaches every pass, slice after slice, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from cardamom.kit.clock import now
from cardamom.kit.errors import NotFound
from cardamom.ledger.commands import new_key
from cardamom.ledger.decisions import Decision, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.ledger.writer import Ledger
from cardamom.merchants.schemas import MerchantPatch
from cardamom.merchants.service import update_merchant
from cardamom.programs.schemas import DesignPatch, ProgramPatch, RewardPatch
from cardamom.programs.service import update_program, update_reward
from cardamom.wallet import rollouts
from cardamom.wallet.google.rows import make_bindings, program_thing
from cardamom.wallet.rollouts import RefreshPasses, RefreshPassesDeed, Rolling, Rollout, rollouts_of
from cardamom.wallet.touching import Urgency
from tests.wallet.delivering import until
from tests.wallet.saved_passes import binding, change, dispatch, issued, saved
from tests.world import World, a_world

ISSUER = "3388000000000000001"


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollouts, "SLICE", 4)
    monkeypatch.setattr(rollouts, "PACE", 1_000.0)


async def passes_of(world: World, count: int) -> list[str]:
    """So many cards in phones, with nothing due."""
    found = []
    for number in range(count):
        card_id = await world.a_card()
        found.append(await saved(world, card_id, token=f"{number:064x}", device=f"phone {number}"))
    await dispatch(world)
    await change(world, "update wallet_binding set sent = wanted, next_try = null, urgency = 0")
    return found


async def a_class(world: World) -> str:
    """The binding of the program's class at Google."""
    thing = program_thing(world.program_id)
    async with world.database.writing(world.merchant_id) as tx:
        made = await make_bindings(tx, world.merchant_id, issuer=ISSUER, things=[thing], position=0, at=now())
    return made[thing].id


async def redesign(world: World, icon: Any = "leaf") -> None:
    await update_program(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        program_id=world.program_id,
        patch=ProgramPatch(design=DesignPatch(icon=icon)),
        key=new_key(),
    )
    await dispatch(world)


async def rollouts_in(world: World) -> list[Rollout]:
    async with world.database.reading(world.merchant_id) as tx:
        return await rollouts_of(tx, world.merchant_id)


async def finish(world: World, rolling: Rolling) -> int:
    """Roll until nothing is left; how many slices were asked for."""
    slices = 0
    async with asyncio.timeout(10):
        while await rolling.step():
            slices += await dispatch(world)
            await asyncio.sleep(0.005)
    return slices


async def due(world: World) -> set[str]:
    async with world.database.unscoped_writing_as_the_ledger() as tx:
        found = await tx.exec_driver_sql("select id from wallet_binding where next_try is not null")
        return set(found.scalars())


async def test_a_redesign_reaches_every_pass_of_its_program_and_no_other(world: World) -> None:
    passes = await passes_of(world, 10)
    other = await a_world(world.ledger)
    (elsewhere,) = await passes_of(other, 1)
    await change(world, "update wallet_binding set next_try = null")
    await redesign(world)
    (begun,) = await rollouts_in(world)
    assert (begun.total, begun.done, begun.finished_at) == (10, 0, None)
    assert begun.program_id == world.program_id
    slices = await finish(world, Rolling(world.database, world.ledger))
    assert slices == 3, "four, four and two"
    (done,) = await rollouts_in(world)
    assert (done.done, done.finished_at is not None) == (10, True)
    assert await due(world) == set(passes)
    assert (await binding(other, elsewhere)).next_try is None
    row = await binding(world, passes[0])
    assert (row.urgency, row.wanted > row.sent) == (Urgency.ROLLOUT, True)


async def test_a_phone_that_saw_a_newer_stamp_hears_of_the_redesign_too(world: World) -> None:
    """Its tag is the newest position that it was shown, so a slice must want a newer one than any before."""
    passes = await passes_of(world, 6)
    await redesign(world)
    stamped = await world.a_card()
    newest = await saved(world, stamped, token="ff" * 32, device="phone 0")
    await world.stamp(stamped)
    await dispatch(world)
    tag = (await binding(world, newest)).wanted
    await finish(world, Rolling(world.database, world.ledger))
    assert all([(await binding(world, each)).wanted > tag for each in passes])


async def test_apple_comes_first_and_google_last(world: World) -> None:
    card_id = await world.a_card()
    google = [await issued(world, card_id, wallet="google", issuer=ISSUER)]
    apple = await passes_of(world, 4)
    google.append(await issued(world, await world.a_card(), wallet="google", issuer=ISSUER))
    the_class = await a_class(world)
    await dispatch(world)
    await change(world, "update wallet_binding set next_try = null")
    await redesign(world)
    assert await due(world) == {the_class}, "the class reaches everybody at Google at once"
    rolling = Rolling(world.database, world.ledger)
    await rolling.step()
    await dispatch(world)
    assert await due(world) == {the_class, *apple}
    await finish(world, rolling)
    assert await due(world) == {the_class, *apple, *google}
    (done,) = await rollouts_in(world)
    assert (done.total, done.done) == (6, 6)


async def test_passes_are_spread_over_the_time_of_their_slice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollouts, "PACE", 2.0)
    passes = await passes_of(world, 8)
    at = 100.0
    rolling = Rolling(world.database, world.ledger, monotonic=lambda: at)
    await redesign(world)
    await rolling.step()
    await dispatch(world)
    times = sorted([row.next_try for each in passes if (row := await binding(world, each)).next_try])
    assert len(times) == 4
    assert times[-1] - times[0] == timedelta(seconds=1.5)
    await rolling.step()
    assert await dispatch(world) == 0, "the next slice has to wait"
    at += 2.1
    await rolling.step()
    assert await dispatch(world) == 1


async def test_a_rollout_goes_on_where_a_crash_left_it(world: World) -> None:
    passes = await passes_of(world, 10)
    await redesign(world)
    first = Rolling(world.database, world.ledger)
    await first.step()
    await dispatch(world)
    await asyncio.sleep(0.01)
    await first.step()  # asked for, and then it dies before the slice is placed
    second = Rolling(world.database, world.ledger)
    assert await finish(world, second) == 2, "the slice that was asked for twice, once, and the last"
    assert await due(world) == set(passes)
    (done,) = await rollouts_in(world)
    assert done.done == 10


async def test_a_second_redesign_overtakes_the_first(world: World) -> None:
    passes = await passes_of(world, 10)
    await redesign(world)
    rolling = Rolling(world.database, world.ledger)
    await rolling.step()
    await dispatch(world)
    await redesign(world, "scissors")
    newer, older = await rollouts_in(world)
    assert (older.finished_at is not None, older.done, newer.done) == (True, 4, 0)
    await finish(world, rolling)
    assert await due(world) == set(passes)
    newer, older = await rollouts_in(world)
    assert (older.done, newer.done) == (4, 10)


async def test_a_new_brand_reaches_every_program_and_a_new_title_those_that_give_it(world: World) -> None:
    passes = await passes_of(world, 2)
    await update_merchant(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        patch=MerchantPatch(name={"ar": "الهيل", "en": "Hail"}),
        key=new_key(),
    )
    await dispatch(world)
    await finish(world, Rolling(world.database, world.ledger))
    assert await due(world) == set(passes)
    await update_reward(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        reward_id=world.reward_id,
        patch=RewardPatch(title={"en": "Free tea", "ar": "شاي"}),
        key=new_key(),
    )
    await dispatch(world)
    titled, branded = await rollouts_in(world)
    assert (titled.program_id, branded.program_id) == (world.program_id, None)


class Stumbling(RefreshPassesDeed):
    """Goes wrong for the passes of one merchant until it is mended."""

    def __init__(self, merchant_id: str, error: Exception) -> None:
        self._merchant_id = merchant_id
        self._error: Exception | None = error
        self.asked = 0

    def mend(self) -> None:
        self._error = None

    async def perform(self, tx: Tx, command: RefreshPasses, occasion: Occasion) -> Decision:
        if command.merchant_id == self._merchant_id:
            self.asked += 1
            if self._error is not None:
                raise self._error
        return await super().perform(tx, command, occasion)


@asynccontextmanager
async def stumbling_ledger(world: World, deed: Stumbling) -> AsyncIterator[Ledger]:
    ledger = Ledger(world.database)
    ledger.register(RefreshPasses, deed)
    await ledger.start()
    try:
        yield ledger
    finally:
        await ledger.stop()


@pytest.mark.parametrize("error", [NotFound(), RuntimeError("a fault")], ids=["refused", "faulty"])
async def test_a_rollout_that_goes_wrong_stops_no_other_and_goes_on_later(
    world: World, error: Exception
) -> None:
    stumbling = Stumbling(world.merchant_id, error)
    other = await a_world(world.ledger)
    passes, elsewhere = await passes_of(world, 2), await passes_of(other, 2)
    await redesign(world)  # the older one: it is asked for first
    await redesign(other)
    at = 100.0
    async with stumbling_ledger(world, stumbling) as ledger:
        rolling = Rolling(world.database, ledger, monotonic=lambda: at)
        for _step in range(2):
            at += 1
            await rolling.step()
            await dispatch(world)
        assert await due(world) == set(elsewhere)
        assert not await rolling.step(), "nothing to do before the minute is over"
        assert stumbling.asked == 1
        stumbling.mend()
        at += 61
        await rolling.step()
        await dispatch(world)
        assert await due(world) == {*passes, *elsewhere}


async def test_what_sees_to_rollouts_survives_one_that_goes_wrong(world: World) -> None:
    await passes_of(world, 2)
    await redesign(world)
    stumbling = Stumbling(world.merchant_id, RuntimeError("a fault"))
    async with stumbling_ledger(world, stumbling) as ledger:
        rolling = asyncio.create_task(Rolling(world.database, ledger).run())
        await until(lambda: stumbling.asked > 0)
        await asyncio.sleep(0.05)
        assert not rolling.done()
        rolling.cancel()
        await asyncio.gather(rolling, return_exceptions=True)


async def test_where_nobody_has_a_pass_nothing_is_rolled_out(world: World) -> None:
    await world.a_card()
    await redesign(world)
    assert await rollouts_in(world) == []


async def test_stamps_go_on_while_a_redesign_is_rolled_out(world: World) -> None:
    passes = await passes_of(world, 30)
    await redesign(world)
    rolling = asyncio.create_task(Rolling(world.database, world.ledger).run())
    stamped = 0
    try:
        while (await rollouts_in(world))[0].finished_at is None:
            async with world.database.reading(world.merchant_id) as tx:
                found = await tx.exec_driver_sql(
                    "select card_id from wallet_binding where id = %s", (passes[stamped % 30],)
                )
                card_id = found.scalar_one()
            assert (await world.stamp(card_id)).outcome == "accepted"
            stamped += 1
            await dispatch(world)
    finally:
        rolling.cancel()
        await asyncio.gather(rolling, return_exceptions=True)
    assert stamped > 3
    await until(lambda: all_due(world, passes))


async def all_due(world: World, passes: list[str]) -> bool:
    return await due(world) == set(passes)
