"""Many tills want the same voucher, or the last code of a pool: several writers with connections of their own.

The control takes the locks away and must be seen to fail in the nets below them (the revision guard and the unique
places of the chain), or these tests would prove nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from cardamom.cards.holders import holder_of_card
from cardamom.kit.ids import new_id
from cardamom.ledger import store, writer
from cardamom.ledger.commands import Outcome
from cardamom.ledger.failures import Failure
from cardamom.ledger.writer import Ledger
from cardamom.programs.schemas import RedeemCode
from cardamom.vouchers import locking
from cardamom.vouchers.deeds import register
from cardamom.vouchers.redeeming import RedeemVoucher
from tests.vouchers.builders import no_cards
from tests.vouchers.shop import Shop

pytestmark = pytest.mark.race

WRITERS = 4
TRIES = 64
#: A control goes wrong nearly every time; on a slow machine one writer may be done before the next begins.
ROUNDS = 10


@asynccontextmanager
async def writers(shop: Shop) -> AsyncIterator[list[Ledger]]:
    """Writers as in as many server processes; batches are small, so that many of them meet."""
    async with AsyncExitStack() as stack:
        started = []
        for _ in range(WRITERS):
            ledger = Ledger(shop.database, clock=shop.clock, batch=4)
            register(ledger, holder_of_card, no_cards)
            await ledger.start()
            stack.push_async_callback(ledger.stop)
            started.append(ledger)
        yield started


async def race(shop: Shop, ledgers: Sequence[Ledger], voucher_ids: Sequence[str]) -> list[Outcome]:
    """Redeem them all at once, each through another writer than its neighbour."""
    commands = [
        RedeemVoucher(merchant_id=shop.merchant_id, actor=shop.staff, voucher_id=voucher_id, via="staff")
        for voucher_id in voucher_ids
    ]
    return await asyncio.gather(
        *(ledgers[place % len(ledgers)].submit(command) for place, command in enumerate(commands))
    )


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[Failure]:
    """What went wrong in batches and was tried again."""
    seen: list[Failure] = []
    classify = writer.classify

    def noted(error: BaseException) -> Failure:
        seen.append(classify(error))
        return seen[-1]

    monkeypatch.setattr(writer, "classify", noted)
    return seen


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((locking, "LOCK_VOUCHERS"), (store, "LOCK_ACCOUNTS")):
        locked: str = getattr(module, name)
        assert "for no key update" in locked
        monkeypatch.setattr(module, name, locked.split("for no key update", maxsplit=1)[0])


async def test_one_voucher_against_many_tills_is_used_once(shop: Shop, failures: list[Failure]) -> None:
    voucher_id = await shop.a_voucher()
    async with writers(shop) as ledgers:
        outcomes = await race(shop, ledgers, [voucher_id] * TRIES)
    assert sorted(outcome.reason or "" for outcome in outcomes) == [
        "",
        *["voucher_already_redeemed"] * (TRIES - 1),
    ]
    assert await shop.moves(voucher_id) == [("use", 1), ("use", -1)]
    assert failures == []
    assert await shop.books_are_sound()


async def test_a_pool_is_drained_to_the_last_code_and_not_beyond(shop: Shop, failures: list[Failure]) -> None:
    codes = [f"GIFT-{n}" for n in range(20)]
    pool_id = await shop.a_pool(*codes)
    terms = RedeemCode(kind="pool", pool=pool_id)
    vouchers = [await shop.a_voucher(redemption="code", code=terms) for _ in range(50)]
    async with writers(shop) as ledgers:
        outcomes = await race(shop, ledgers, vouchers)
    assert sorted(outcome.reason or "" for outcome in outcomes) == [*[""] * 20, *["pool_empty"] * 30]
    drawn = [(await shop.voucher(voucher_id)).redeem_code for voucher_id in vouchers]
    assert sorted(code for code in drawn if code is not None) == sorted(codes)
    assert await shop.codes_left(pool_id) == 0
    assert failures == []
    assert await shop.books_are_sound()


async def test_one_key_sent_through_many_writers_is_one_use(shop: Shop) -> None:
    voucher_id, actor = await shop.a_voucher(uses=10), shop.staff
    command = RedeemVoucher(
        merchant_id=shop.merchant_id, actor=actor, key=new_id(), voucher_id=voucher_id, via="staff"
    )
    async with writers(shop) as ledgers:
        outcomes = await asyncio.gather(*(ledgers[n % WRITERS].submit(command) for n in range(TRIES)))
    assert len({outcome.operation_id for outcome in outcomes}) == 1
    assert (await shop.voucher(voucher_id)).uses_left == 9


async def test_control_without_locks_the_nets_are_needed(
    shop: Shop, failures: list[Failure], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_locks(monkeypatch)
    async with writers(shop) as ledgers:
        for _ in range(ROUNDS):
            outcomes = await race(shop, ledgers, [await shop.a_voucher()] * TRIES)
            assert sum(outcome.accepted for outcome in outcomes) == 1
            if failures:
                break
    # Two batches both read "one use left" and both wanted to give it: one was stopped by a net and tried again.
    assert failures != []
    assert set(failures) <= {Failure.PASSING, Failure.COLLISION}


async def test_control_without_locks_and_nets_a_voucher_is_used_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_locks(monkeypatch)
    guarded = store.UPDATE_ACCOUNTS
    unguarded = guarded.replace("and a.revision = u.revision - 1", "")
    assert unguarded != guarded
    monkeypatch.setattr(store, "UPDATE_ACCOUNTS", unguarded)

    async def no_entries(*_: object) -> None:
        """The chain's primary key is the last net: two entries cannot have one place."""

    monkeypatch.setattr(store, "insert_entries", no_entries)
    most = 0
    async with writers(shop) as ledgers:
        for _ in range(ROUNDS):
            outcomes = await race(shop, ledgers, [await shop.a_voucher()] * TRIES)
            most = max(most, sum(outcome.accepted for outcome in outcomes))
            if most > 1:
                break
    assert most > 1
