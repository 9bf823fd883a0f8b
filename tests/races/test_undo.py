"""A stamp is taken back while the reward that it gave is used: one of the two is late, and hears it."""

import pytest

from cardamom.cards.stamping import StampCard
from cardamom.cards.undoing import UndoStamp
from cardamom.ledger.commands import Command
from cardamom.vouchers.redeeming import RedeemVoucher
from cardamom.vouchers.undoing import UndoRedemption
from tests.races.books import is_sound, rows
from tests.races.tills import PROCESSES, ROUNDS, Answer, Tills
from tests.world import World

pytestmark = pytest.mark.race

CARDS = 16
GOAL = 10

STATUS = "select status from voucher where id = %s"
#: How often each of the two is asked for, always by another process.
TRIES = 2


class Regret:
    """A card whose tenth stamp gave a voucher, and what became of stamp and voucher."""

    def __init__(self, card_id: str, operation_id: str, voucher_id: str) -> None:
        self.card_id, self.operation_id, self.voucher_id = card_id, operation_id, voucher_id
        self.undone: list[Answer] = []
        self.redeemed: list[Answer] = []

    def is_torn(self) -> bool:
        """Whether the voucher was used and withdrawn, or either happened twice."""
        withdrawn = [answer for answer in self.undone if self.voucher_id in answer.facts["withdrawn"]]
        return len(self.undone) > 1 or len(self.redeemed) > 1 or bool(withdrawn and self.redeemed)


async def undo_and_redeem(tills: Tills, world: World, *without: str) -> list[Regret]:
    asked = {"merchant_id": world.merchant_id, "actor": world.owner}
    regrets = []
    for _ in range(CARDS):
        card_id = await world.a_card(stamps=GOAL - 1)
        tenth = (await world.stamp(card_id)).or_raise()
        regrets.append(Regret(card_id, tenth.operation_id, tenth.facts["issued"][0]))
    undoings: list[Command] = [UndoStamp(**asked, operation_id=each.operation_id) for each in regrets]
    uses: list[Command] = [
        RedeemVoucher(**asked, voucher_id=each.voucher_id, via="staff") for each in regrets
    ]
    # Shifted by one process for each part, so that the two sides of a card are never sent by the same.
    parts = [_shifted(part, by) for by, part in enumerate([undoings, uses] * TRIES)]
    commands = [_again(command) for part in parts for command in part]
    result = await tills.race(commands, without=without)
    for part in range(len(parts)):
        answers = _shifted(result.answers[part * CARDS : (part + 1) * CARDS], -part)
        for regret, answer in zip(regrets, answers, strict=True):
            assert answer.outcome != "failed", answer
            if answer.outcome == "accepted":
                (regret.redeemed if part % 2 else regret.undone).append(answer)
    return regrets


def _shifted(items: list, by: int) -> list:
    return items[by % len(items) :] + items[: by % len(items)]


def _again(command: Command) -> Command:
    """The same wish under another key."""
    if isinstance(command, UndoStamp):
        return UndoStamp(
            merchant_id=command.merchant_id, actor=command.actor, operation_id=command.operation_id
        )
    assert isinstance(command, RedeemVoucher)
    return RedeemVoucher(
        merchant_id=command.merchant_id, actor=command.actor, voucher_id=command.voucher_id, via="staff"
    )


async def test_a_reward_is_used_or_withdrawn_and_never_both(tills: Tills, world: World) -> None:
    for regret in await undo_and_redeem(tills, world):
        assert not regret.is_torn()
        (undone,) = regret.undone
        card = await world.card(regret.card_id)
        ((status,),) = await rows(world.database, STATUS, regret.voucher_id)
        standing = (card.balance, card.progress.cycle, card.progress.owed, card.progress.lifetime, status)
        if regret.redeemed:
            # The reward is gone: the stamp is owed.
            assert undone.facts["withdrawn"] == []
            assert standing == (0, 2, 1, GOAL - 1, "redeemed")
        else:
            assert undone.facts["withdrawn"] == [regret.voucher_id]
            assert standing == (GOAL - 1, 1, 0, GOAL - 1, "cancelled")
    assert await is_sound(world.database)


async def test_control_without_locks_and_nets_a_reward_is_used_and_withdrawn(
    tills: Tills, world: World
) -> None:
    for _ in range(ROUNDS):
        if any(regret.is_torn() for regret in await undo_and_redeem(tills, world, "locks", "nets")):
            return
    pytest.fail("nothing went wrong without any protection: the race is none")


async def test_a_redemption_is_taken_back_once(tills: Tills, world: World) -> None:
    """And the use that came back is taken by one of those who wait for it."""
    asked = {"merchant_id": world.merchant_id, "actor": world.owner}
    card_id = await world.a_card(stamps=GOAL - 1)
    voucher_id = (await world.stamp(card_id)).or_raise().facts["issued"][0]
    use = {**asked, "voucher_id": voucher_id, "via": "staff"}
    first = (await world.ledger.submit(RedeemVoucher(**use))).or_raise()
    commands: list[Command] = []
    for _ in range(PROCESSES * 4):
        commands += [UndoRedemption(**asked, operation_id=first.operation_id), RedeemVoucher(**use)]
    result = await tills.race(commands)
    undone, used = result.answers[::2], result.answers[1::2]
    assert [answer.outcome for answer in undone].count("accepted") == 1
    assert {answer.reason for answer in undone} == {None, "already_undone"}
    assert [answer.outcome for answer in used].count("accepted") <= 1
    assert {answer.reason for answer in used} <= {None, "voucher_already_redeemed"}
    assert await is_sound(world.database)


async def test_a_reward_that_comes_at_the_same_moment_is_withdrawn_too(tills: Tills, world: World) -> None:
    """The ninth stamp is taken back while the tenth lands: in either order nine are left, and nothing is owed."""
    asked = {"merchant_id": world.merchant_id, "actor": world.owner}
    cards, commands = [], []
    for _ in range(CARDS):
        card_id = await world.a_card(stamps=GOAL - 2)
        ninth = (await world.stamp(card_id)).or_raise()
        cards.append(card_id)
        commands.append(UndoStamp(**asked, operation_id=ninth.operation_id))
    stamps: list[Command] = [StampCard(**asked, card_id=card_id) for card_id in cards]
    result = await tills.race([*commands, *_shifted(stamps, 1)])
    assert len(result.accepted) == 2 * CARDS
    for card_id in cards:
        card = await world.card(card_id)
        assert (card.balance, card.progress.cycle, card.progress.owed) == (GOAL - 1, 1, 0)
        assert card.vouchers == []
    assert await is_sound(world.database)


async def test_stamps_and_undoings_of_one_card_leave_what_was_given(tills: Tills, world: World) -> None:
    asked = {"merchant_id": world.merchant_id, "actor": world.owner}
    card_id = await world.a_card()
    given = [(await world.stamp(card_id)).or_raise().operation_id for _ in range(12)]
    undoings: list[Command] = [UndoStamp(**asked, operation_id=operation_id) for operation_id in given[:8]]
    stamps: list[Command] = [StampCard(**asked, card_id=card_id) for _ in range(20)]
    result = await tills.race([*undoings, *stamps, *(_again(command) for command in undoings)])
    assert len(result.accepted) == 8 + 20
    assert result.reasons() == ["already_undone"] * 8
    progress = (await world.card(card_id)).progress
    assert progress.lifetime == 12 - 8 + 20
    assert await is_sound(world.database)
