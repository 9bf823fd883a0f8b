"""Using a voucher: many redemptions in one batch, each of them exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec

from cardamom.kit.errors import Refused
from cardamom.kit.ids import is_id
from cardamom.ledger.arrays import plain, quoted
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Account, Decision, Event, Move, Occasion, refused
from cardamom.ledger.handlers import Decided, Facts, Tx
from cardamom.vouchers.errors import ChooseVoucher, NothingToRedeem, PoolEmpty, VoucherUnknown
from cardamom.vouchers.events import pool_emptied, voucher_redeemed
from cardamom.vouchers.locking import (
    Held,
    Pair,
    PoolCode,
    codes_left,
    last_use_of,
    lock_pools,
    lock_vouchers,
    open_vouchers,
)
from cardamom.vouchers.rules import Redeemed, Status, Use, Via, Voucher, VoucherNow, redeem, status_at

UPDATE_VOUCHERS = """
update voucher v
   set status = u.status, redeemed_at = u.at, redeemed_via = u.via, redemption_id = u.operation_id,
       drawn_code = u.drawn_code
  from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[], %s::text[], %s::uuid[], %s::text[])
       as u (merchant_id, id, status, at, via, operation_id, drawn_code)
 where v.merchant_id = u.merchant_id and v.id = u.id
"""

UPDATE_POOL_CODES = """
update pool_code c set voucher_id = u.voucher_id, drawn_at = u.at
  from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[]) as u (merchant_id, id, voucher_id, at)
 where c.merchant_id = u.merchant_id and c.id = u.id
"""


class ShownCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card as it was held before the scanner: by its code or its short number.

    one_time: what stood behind the code, when a rotating one was shown. at: when, by the device's clock.
    """

    merchant_id: str
    code: str | None = None
    number: str | None = None
    one_time: str | None = None
    at: datetime | None = None


#: Tells the id of each card that was shown, or why it is none. `cards` answers: this package does not know its tables.
FindCards = Callable[[Tx, Sequence[ShownCard]], Awaitable[Mapping[ShownCard, str | Refused]]]


class RedeemVoucher(Command, frozen=True, kw_only=True):
    """Use a voucher once. It is named by its id or by its code; a card alone means the only one that it can use now.

    card_id: when given, the voucher must be on this card; the customer's page names its own.
    shown: instead of card_id, the card as staff scanned it. Which one it is, is found out under the key: a retry has
    the first answer, whatever became of the card's code since.
    """

    kind: ClassVar[str] = "voucher.redeem"

    voucher_id: str | None = None
    code: str | None = None
    via: Via
    card_id: str | None = None
    shown: ShownCard | None = None

    @property
    def open_card(self) -> Pair | None:
        """The card whose only usable voucher is meant."""
        if self.voucher_id is None and self.code is None and self.card_id is not None:
            return self.merchant_id, self.card_id
        return None


class Spent(msgspec.Struct, frozen=True):
    """What one accepted redemption writes: the voucher as it is now, and the pool's code that it took."""

    voucher: Voucher
    drawn: PoolCode | None


class RedemptionFacts(Facts):
    """The vouchers of a batch, and for each pool the codes that the batch may draw, oldest first.

    cards: the ids of the cards that were shown, or why they are none.
    """

    __slots__ = ("cards", "codes", "codes_left", "ids", "vouchers")

    def __init__(self, held: Held, cards: Mapping[ShownCard, str | Refused] = MappingProxyType({})) -> None:
        super().__init__(dict(held.accounts))
        self.cards = cards
        self.vouchers = held.vouchers
        self.ids = held.ids
        self.codes: dict[str, list[PoolCode]] = {}
        #: What each pool's balance was before the batch: the difference says which code is next.
        self.codes_left: dict[str, int] = {}

    def add_pools(self, pools: Mapping[str, Account], codes: Mapping[str, list[PoolCode]]) -> None:
        """Pools under their locks, with the oldest codes of each."""
        self.accounts.update(pools)
        self.codes.update(codes)
        self.codes_left.update({pool_id: account.balance for pool_id, account in pools.items()})

    def voucher_for(self, command: RedeemVoucher) -> Voucher | None:
        """The voucher that a command names, if it is this merchant's and on the card that was named."""
        voucher_id = command.voucher_id
        if voucher_id is None and command.code is not None:
            voucher_id = self.ids.get((command.merchant_id, command.code))
        voucher = None if voucher_id is None else self.vouchers.get((command.merchant_id, voucher_id))
        if voucher is None or command.card_id not in {None, voucher.card_id}:
            return None
        return voucher

    def usable_of(self, card: Pair, now: datetime) -> list[Voucher]:
        """The vouchers of a card that can be used now, after what the batch has used."""
        return [
            voucher
            for voucher in self.vouchers.values()
            if (voucher.merchant_id, voucher.card_id) == card
            and status_at(voucher, now) is Status.ACTIVE
            and self.accounts[voucher.id].balance > 0
        ]

    def has_pool(self, merchant_id: str, pool_id: str) -> bool:
        """Whether this is a pool of this merchant."""
        account = self.accounts.get(pool_id)
        return account is not None and account.merchant_id == merchant_id

    def next_code(self, merchant_id: str, pool_id: str) -> PoolCode | None:
        """The oldest code that no earlier redemption of the batch took."""
        if not self.has_pool(merchant_id, pool_id):
            return None
        left = self.accounts[pool_id].balance
        return self.codes[pool_id][self.codes_left[pool_id] - left] if left else None


class RedeemHandler:
    """Decides about redemptions. What an earlier one of the batch took is in the balances and states of the facts."""

    def __init__(self, find_cards: FindCards) -> None:
        self._find_cards = find_cards

    async def load(self, tx: Tx, commands: Sequence[RedeemVoucher]) -> RedemptionFacts:
        """Lock the vouchers, then the pools they may draw from, with as many codes as can be drawn.

        What cannot be an id or a code is not looked for, and so unknown.
        """
        shown = list({command.shown for command in commands if command.shown is not None})
        found = await self._find_cards(tx, shown) if shown else {}
        named = (_with_card(command, found) for command in commands)
        commands = [command for command in named if not isinstance(command, Refused)]
        cards = {card for command in commands if (card := command.open_card) and is_id(card[1])}
        held = await lock_vouchers(
            tx,
            ids=[
                *((c.merchant_id, c.voucher_id) for c in commands if c.voucher_id and is_id(c.voucher_id)),
                *(await open_vouchers(tx, sorted(cards)) if cards else ()),
            ],
            codes=[
                (c.merchant_id, c.code) for c in commands if not c.voucher_id and c.code and c.code.isalnum()
            ],
        )
        facts = RedemptionFacts(held, found)
        wanted = _codes_wanted(facts, commands)
        if wanted:
            facts.add_pools(await lock_pools(tx, wanted), await codes_left(tx, wanted))
        return facts

    def decide(self, facts: RedemptionFacts, command: RedeemVoucher, occasion: Occasion) -> Decision:
        named = _with_card(command, facts.cards)
        voucher = named if isinstance(named, Refused) else _meant(facts, named, occasion.now)
        if isinstance(voucher, Refused):
            return refused(voucher)
        account = facts.accounts[voucher.id]
        answer = redeem(
            voucher,
            uses_left=account.balance,
            last_use=last_use_of(account),
            via=command.via,
            location_id=command.location_id,
            now=occasion.now,
        )
        if isinstance(answer, Refused):
            return _refused_for(voucher, answer)
        if answer.pool is None:
            return _redeemed(voucher, answer, command.via, occasion)
        code = facts.next_code(voucher.merchant_id, answer.pool)
        if code is None:
            is_ours = facts.has_pool(command.merchant_id, answer.pool)
            told = (pool_emptied(answer.pool, voucher_id=voucher.id),) if is_ours else ()
            return _refused_for(voucher, PoolEmpty(pool=answer.pool), events=told)
        left = facts.accounts[answer.pool].balance - 1
        return _redeemed(voucher, answer, command.via, occasion, drawn=code, codes_left=left)

    async def save(self, tx: Tx, decided: Sequence[Decided]) -> None:
        """Write the vouchers and the drawn codes. Of two uses of one voucher in a batch the later one is recorded."""
        spent: list[Spent] = [each.decision.rows for each in decided]
        await _update_vouchers(tx, list({each.voucher.id: each.voucher for each in spent}.values()))
        drawn = [(each.drawn, each.voucher) for each in spent if each.drawn is not None]
        if drawn:
            await _update_pool_codes(tx, drawn)


def _with_card(command: RedeemVoucher, found: Mapping[ShownCard, str | Refused]) -> RedeemVoucher | Refused:
    """The command with the card that was shown, or why that is none."""
    if command.shown is None:
        return command
    card = found[command.shown]
    if isinstance(card, Refused):
        return card
    return msgspec.structs.replace(command, shown=None, card_id=card)


def _meant(facts: RedemptionFacts, command: RedeemVoucher, now: datetime) -> Voucher | Refused:
    """The voucher that a command is about, or why there is none."""
    card = command.open_card
    if card is None:
        return facts.voucher_for(command) or VoucherUnknown()
    usable = facts.usable_of(card, now)
    if len(usable) == 1:
        return usable[0]
    return ChooseVoucher(vouchers=len(usable), card=card[1]) if usable else NothingToRedeem(card=card[1])


def _codes_wanted(facts: RedemptionFacts, commands: Sequence[RedeemVoucher]) -> dict[Pair, int]:
    """How many codes each pool may have to give: one for each redemption. Too many cost little."""
    wanted: Counter[Pair] = Counter()
    for command in commands:
        for voucher in _possible(facts, command):
            pool = None if voucher.terms.code is None else voucher.terms.code.pool
            if pool is not None and is_id(pool):
                wanted[command.merchant_id, pool] += 1
    return wanted


def _possible(facts: RedemptionFacts, command: RedeemVoucher) -> list[Voucher]:
    """What a command may turn out to be about, before anything is decided."""
    if (card := command.open_card) is not None:
        return [
            voucher for voucher in facts.vouchers.values() if (voucher.merchant_id, voucher.card_id) == card
        ]
    voucher = facts.voucher_for(command)
    return [] if voucher is None else [voucher]


def _redeemed(
    voucher: Voucher,
    granted: Redeemed,
    via: Via,
    occasion: Occasion,
    *,
    drawn: PoolCode | None = None,
    codes_left: int = 0,
) -> Decision:
    """The decision for a granted use. codes_left: in the pool, after `drawn` was taken from it."""
    after = msgspec.structs.replace(
        voucher,
        status=granted.status,
        redeemed_at=occasion.now,
        redeemed_via=via,
        redemption_id=occasion.operation_id,
        drawn_code=voucher.drawn_code if drawn is None else drawn.code,
    )
    moves = [Move(voucher.id, "use", -1)]
    events = [voucher_redeemed(voucher, via=via, uses_left=granted.uses_left)]
    if drawn is not None and granted.pool is not None:
        moves.append(Move(granted.pool, "code", -1))
        if codes_left == 0:
            events.append(pool_emptied(granted.pool, voucher_id=voucher.id))
    return Decision(
        facts={
            **_subject(voucher),
            "via": via,
            "status": granted.status.value,
            "uses_left": granted.uses_left,
        },
        moves=moves,
        states={voucher.id: msgspec.json.encode(Use(at=occasion.now, via=via))},
        events=events,
        rows=Spent(after, drawn),
        aside=VoucherNow(after, granted.uses_left),
    )


def _refused_for(voucher: Voucher, why: Refused, *, events: Sequence[Event] = ()) -> Decision:
    """A refusal that also says which voucher it is about, for the screen and for the journal."""
    why.facts.update(_subject(voucher))
    return refused(why, events=events)


def _subject(voucher: Voucher) -> dict[str, Any]:
    return {
        "voucher": voucher.id,
        "card": voucher.card_id,
        "kind": voucher.terms.kind,
        "title": voucher.terms.title,
    }


async def _update_vouchers(tx: Tx, vouchers: Sequence[Voucher]) -> None:
    await tx.driver.execute(
        UPDATE_VOUCHERS,
        (
            plain(voucher.merchant_id for voucher in vouchers),
            plain(voucher.id for voucher in vouchers),
            plain(voucher.status.value for voucher in vouchers),
            plain(voucher.redeemed_at and voucher.redeemed_at.isoformat() for voucher in vouchers),
            plain(voucher.redeemed_via for voucher in vouchers),
            plain(voucher.redemption_id for voucher in vouchers),
            quoted(voucher.drawn_code for voucher in vouchers),
        ),
        prepare=True,
    )


async def _update_pool_codes(tx: Tx, drawn: Sequence[tuple[PoolCode, Voucher]]) -> None:
    await tx.driver.execute(
        UPDATE_POOL_CODES,
        (
            plain(voucher.merchant_id for _, voucher in drawn),
            plain(code.id for code, _ in drawn),
            plain(voucher.id for _, voucher in drawn),
            plain(voucher.redeemed_at and voucher.redeemed_at.isoformat() for _, voucher in drawn),
        ),
        prepare=True,
    )
