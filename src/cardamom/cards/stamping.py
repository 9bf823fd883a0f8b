"""A stamp lands: the hottest path of the product, decided in batches by the ledger.

One statement loads and locks cards with what decides about them, one reads the rewards that may become due, and the
rest is `programs.rules.stamp` and `vouchers.issuing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from cardamom.cards.errors import CardClosed, CardUnknown, CodeExpired, CodeUsed, ProgramClosed
from cardamom.cards.rotating import RotatingCodes, with_used
from cardamom.cards.rulebook import RewardKey, Rulebook
from cardamom.cards.schemas import VoucherBrief
from cardamom.kit.clock import now
from cardamom.kit.errors import Refused
from cardamom.kit.money import Money
from cardamom.ledger.arrays import plain, quoted
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Account, Decision, Event, Move, Occasion, refused
from cardamom.ledger.handlers import Decided, Facts, Tx
from cardamom.ledger.store import account_of
from cardamom.programs.rules import Progress, Rules, Stamped, Visit, stamp, to_go
from cardamom.vouchers import issuing
from cardamom.vouchers.issuing import NewVoucher
from cardamom.vouchers.rules import Terms

#: A device's clock is believed within this skew; beyond it the server's time counts (DESIGN section 4, 7).
BELIEVED_SKEW = timedelta(minutes=2)
#: What a till without internet recorded may come this late.
BELIEVED_DELAY = timedelta(days=7)
#: No multiplier is larger; used only to guess which rewards a batch may need.
_LARGEST_MULTIPLIER = 10


class StampCard(Command, frozen=True, kw_only=True):
    """Give a card its stamps for one visit. Its code, its short number or its id names the card.

    one_time: what stood behind the code, when a rotating one was shown.
    stamps: a number that staff chose; amount: what was paid. Both None means what the rules give for a visit.
    """

    kind: ClassVar[str] = "card.stamp"

    code: str | None = None
    number: str | None = None
    card_id: str | None = None
    one_time: str | None = None
    stamps: int | None = None
    amount: Money | None = None


class LoadedCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card with its program and merchant, as the batch found them under the lock."""

    merchant_id: str
    id: str
    code: str
    number: str
    program_id: str
    customer_id: str | None
    customer_name: str | None
    token_epoch: int
    external_id: str | None
    language: str | None
    created_at: datetime
    closed_at: datetime | None
    program_status: str
    program_version: int
    handle: str
    time_zone: str
    currency: str
    vouchers: list[VoucherBrief]


class StampedCard(msgspec.Struct, frozen=True, kw_only=True):
    """Aside of the first answer: the card right after its stamp."""

    card: LoadedCard
    rules: Rules
    progress: Progress
    balance: int
    revision: int
    issued: Sequence[NewVoucher]


_COLUMNS = """
  c.merchant_id, c.id, c.code, c.number, c.program_id, c.customer_id, k.name, c.token_epoch, c.external_id,
  c.language, c.created_at, c.closed_at, p.status, p.version, m.handle, m.time_zone, m.currency,
  (select json_agg(json_build_object('id', v.id, 'status', v.status, 'title', v.terms->'title',
                                     'redemption', v.terms->>'redemption', 'expires_at', v.expires_at)
                   order by v.id)::text
     from voucher v
    where v.merchant_id = c.merchant_id and v.card_id = c.id and v.status in ('issued', 'active')
      and (v.expires_at is null or v.expires_at > %s)),
  a.merchant_id, a.id, a.kind, a.subject_id, a.balance, a.floor, a.state::text, a.seq, a.head, a.revision
"""

_JOINS = """
  join account a on a.merchant_id = c.merchant_id and a.id = c.id
  join program p on p.merchant_id = c.merchant_id and p.id = c.program_id
  join merchant m on m.merchant_id = c.merchant_id
  left join customer k on k.merchant_id = c.merchant_id and k.id = c.customer_id
 order by a.merchant_id, a.id
   for no key update of a
"""

BY_CODE = f"""
select {_COLUMNS}
  from unnest(%s::uuid[], %s::text[]) as u(merchant_id, code)
  join card c on c.merchant_id = u.merchant_id and c.code = u.code
{_JOINS}
"""  # noqa: S608 - constants of this module

BY_NUMBER = f"""
select {_COLUMNS}
  from unnest(%s::uuid[], %s::text[]) as u(merchant_id, number)
  join card c on c.merchant_id = u.merchant_id and c.number = u.number
{_JOINS}
"""  # noqa: S608 - constants of this module

BY_ID = f"""
select {_COLUMNS}
  from unnest(%s::uuid[], %s::uuid[]) as u(merchant_id, id)
  join card c on c.merchant_id = u.merchant_id and c.id = u.id
{_JOINS}
"""  # noqa: S608 - constants of this module

_ACCOUNT_AT = 18
_progress_decoder = msgspec.json.Decoder(Progress)
_briefs_decoder = msgspec.json.Decoder(list[VoucherBrief])
_encode = msgspec.json.Encoder().encode


class StampFacts(Facts):
    """cards: by (merchant_id, what named the card)."""

    __slots__ = ("cards", "rulebook", "terms")

    def __init__(self, accounts: dict[str, Account], rulebook: Rulebook) -> None:
        super().__init__(accounts)
        self.cards: dict[tuple[str, str], LoadedCard] = {}
        self.rulebook = rulebook
        self.terms: dict[RewardKey, Terms] = {}

    def rules(self, card: LoadedCard, version: int) -> Rules:
        return self.rulebook.rules((card.merchant_id, card.program_id, version))


class StampHandler:
    """Registered with the ledger for StampCard."""

    def __init__(self, rulebook: Rulebook, rotating: RotatingCodes) -> None:
        self._rulebook = rulebook
        self._rotating = rotating

    async def load(self, tx: Tx, commands: Sequence[StampCard]) -> StampFacts:
        """Lock the cards' accounts in id order and read what decides about them."""
        facts = StampFacts({}, self._rulebook)
        by_code = {(c.merchant_id, c.code) for c in commands if c.code is not None}
        by_number = {(c.merchant_id, c.number) for c in commands if c.number is not None}
        by_id = {(c.merchant_id, c.card_id) for c in commands if c.card_id is not None}
        if by_code:
            await self._read(tx, facts, BY_CODE, by_code, 2)
        if by_number:
            await self._read(tx, facts, BY_NUMBER, by_number, 3)
        if by_id:
            await self._read(tx, facts, BY_ID, by_id, 1)
        versions = []
        for card in facts.cards.values():
            version = _progress_decoder.decode(facts.accounts[card.id].state).version
            versions.append((card.merchant_id, card.program_id, version))
            versions.append((card.merchant_id, card.program_id, card.program_version))
        await self._rulebook.load_versions(tx.driver, versions)
        facts.terms = await self._rulebook.terms_now(tx.driver, _rewards_in_reach(facts, commands))
        return facts

    async def _read(
        self, tx: Tx, facts: StampFacts, statement: str, wanted: set[tuple[str, str]], key_column: int
    ) -> None:
        pairs = sorted(wanted)
        found = await tx.driver.execute(
            statement, (now(), plain(m for m, _ in pairs), quoted(key for _, key in pairs)), prepare=True
        )
        for row in await found.fetchall():
            card = _card_of(row)
            facts.cards[card.merchant_id, row[key_column]] = card
            # A card that was named both ways is locked once and counted once.
            facts.accounts.setdefault(card.id, account_of(row[_ACCOUNT_AT:]))

    def decide(self, facts: StampFacts, command: StampCard, occasion: Occasion) -> Decision:
        """What this visit gives the card; later commands of the batch see it."""
        card = facts.cards.get((command.merchant_id, _name_of(command)))
        if card is None:
            return refused(CardUnknown())
        step = self._step(command, card, now=occasion.now)
        if isinstance(step, Refused):
            # It does not say whose card it was: what was shown may be a picture of somebody else's.
            return refused(step)
        if card.closed_at is not None:
            return refused(CardClosed())
        if card.program_status != "live":
            return refused(ProgramClosed())
        account = facts.accounts[card.id]
        progress = _progress_decoder.decode(account.state)
        result = stamp(
            _visit(command, occasion),
            balance=account.balance,
            progress=progress,
            rules=facts.rules(card, progress.version),
            later=facts.rules(card, card.program_version),
            later_version=card.program_version,
            time_zone=card.time_zone,
            currency=card.currency,
        )
        is_double_read = isinstance(result, Stamped) and result.repeats is not None
        if step in progress.live_steps and not is_double_read:
            return refused(CodeUsed())
        if isinstance(result, Refused):
            return refused(_with_standing(result, card, account))
        return _accepted(facts, card, account, _with_step(result, step), occasion)

    def _step(self, command: StampCard, card: LoadedCard, *, now: datetime) -> int | Refused | None:
        """The period of the rotating code that was shown, None for a fixed code, CodeExpired for a stale one."""
        if command.one_time is None:
            return None
        at = believed(command.occurred_at, now=now)
        step = self._rotating.step(command.one_time, card.id, card.token_epoch, at=at)
        return CodeExpired() if step is None else step

    async def save(self, tx: Tx, decided: Sequence[Decided]) -> None:
        """Insert issued vouchers; wake those that waited for this visit."""
        issued: list[NewVoucher] = []
        woken: list[tuple[str, str]] = []
        for each in decided:
            news, waiting = each.decision.rows
            issued += news
            woken += [(each.command.merchant_id, voucher_id) for voucher_id in waiting]
        if issued:
            await issuing.insert(tx, issued)
        if woken:
            await issuing.activate(tx, woken, decided[0].occasion.now)


def _visit(command: StampCard, occasion: Occasion) -> Visit:
    return Visit(
        at=believed(command.occurred_at, now=occasion.now),
        operation_id=occasion.operation_id,
        stamps=command.stamps,
        amount=command.amount,
        location_id=command.location_id,
        device=command.device,
    )


def _name_of(command: StampCard) -> str:
    return command.code or command.number or command.card_id or ""


def believed(occurred_at: datetime | None, *, now: datetime) -> datetime:
    """The time by which the rules judge: the device's, unless its clock cannot be right."""
    if occurred_at is None or not -BELIEVED_DELAY <= occurred_at - now <= BELIEVED_SKEW:
        return now
    return min(occurred_at, now)


def _accepted(
    facts: StampFacts, card: LoadedCard, account: Account, result: Stamped, occasion: Occasion
) -> Decision:
    rules = facts.rules(card, result.progress.version)
    summary = _summary(card, result, rules)
    if result.repeats is not None:
        aside = StampedCard(
            card=card,
            rules=rules,
            progress=result.progress,
            balance=result.balance,
            revision=account.revision,
            issued=(),
        )
        return Decision(facts={**summary, "repeats": result.repeats}, rows=((), ()), aside=aside)
    issued = [
        issuing.draft(
            merchant_id=card.merchant_id,
            terms=facts.terms[card.merchant_id, goal.reward],
            operation_id=occasion.operation_id,
            issued_at=occasion.now,
            time_zone=card.time_zone,
            card_id=card.id,
            customer_id=card.customer_id,
            program_id=card.program_id,
            reward_id=goal.reward,
            cycle=goal.cycle,
            goal_at=goal.at,
        )
        for goal in result.crossed
        if goal.reward is not None
    ]
    progress = _with_waiting(result.progress, issued)
    openings = [issuing.opening(new) for new in issued]
    return Decision(
        facts={
            **summary,
            "granted": result.granted,
            "carried_minor": result.carried_minor,
            "day": result.progress.day,
            "issued": [new.id for new in issued],
        },
        moves=[Move(card.id, unit, delta) for unit, delta in result.moves] + [move for _, move in openings],
        states={card.id: _encode(progress)},
        opened=[opened for opened, _ in openings],
        events=_events(card, result, issued, summary),
        rows=(issued, result.progress.waiting),
        aside=StampedCard(
            card=card,
            rules=rules,
            progress=progress,
            balance=result.balance,
            revision=account.revision + 1,
            issued=issued,
        ),
    )


def _summary(card: LoadedCard, result: Stamped, rules: Rules) -> dict[str, Any]:
    return {
        "card": card.id,
        "balance": result.balance,
        "goal": rules.goal,
        "to_go": to_go(result.balance, result.progress, rules),
        "cycle": result.progress.cycle,
    }


def _events(
    card: LoadedCard, result: Stamped, issued: Sequence[NewVoucher], summary: dict[str, Any]
) -> list[Event]:
    payload = {**summary, "program": card.program_id, "granted": result.granted}
    events = [Event("stamp.added", card.id, payload)]
    events += [
        Event("goal.reached", card.id, {"program": card.program_id, "at": goal.at, "cycle": goal.cycle})
        for goal in result.crossed
    ]
    events += [issuing.issued_event(new) for new in issued]
    return events


def _with_waiting(progress: Progress, issued: Sequence[NewVoucher]) -> Progress:
    """Vouchers of earlier visits are awake now; those of this visit that are not active yet wait for the next."""
    waiting = [new.id for new in issued if new.active_at is None]
    if waiting == progress.waiting:
        return progress
    return msgspec.structs.replace(progress, waiting=waiting)


def _with_step(result: Stamped, step: int | None) -> Stamped:
    """The card remembers which of its rotating codes was used; a double read uses none."""
    if step is None or result.repeats is not None:
        return result
    progress = msgspec.structs.replace(
        result.progress, live_steps=with_used(result.progress.live_steps, step)
    )
    return msgspec.structs.replace(result, progress=progress)


def _with_standing(refusal: Refused, card: LoadedCard, account: Account) -> Refused:
    """A refused scan still says which card it was and where it stands."""
    refusal.facts.update(card=card.id, balance=account.balance)
    return refusal


def _rewards_in_reach(facts: StampFacts, commands: Sequence[StampCard]) -> set[RewardKey]:
    """Rewards that this batch may issue. Asking for too many costs little, for too few would be a fault."""
    wanted: set[RewardKey] = set()
    per_card: dict[str, int] = {}
    for command in commands:
        card = facts.cards.get((command.merchant_id, _name_of(command)))
        if card is None:
            continue
        account = facts.accounts[card.id]
        rules = facts.rules(card, _progress_decoder.decode(account.state).version)
        most = rules.stamps_cap
        if rules.earn.per == "visit" and not rules.happy_hours:
            most = command.stamps or rules.earn.stamps
        per_card[card.id] = per_card.get(card.id, 0) + most
        reach = account.balance + per_card[card.id]
        if reach >= rules.goal:
            later = facts.rules(card, card.program_version)
            wanted |= _rewards_of(card.merchant_id, rules) | _rewards_of(card.merchant_id, later)
        elif rules.milestones:
            wanted |= {(card.merchant_id, goal.reward) for goal in rules.milestones if goal.at <= reach}
    return wanted


def _rewards_of(merchant_id: str, rules: Rules) -> set[RewardKey]:
    rewards = {(merchant_id, goal.reward) for goal in rules.milestones}
    if rules.reward is not None:
        rewards.add((merchant_id, rules.reward))
    return rewards


def _card_of(row: Sequence[Any]) -> LoadedCard:
    return LoadedCard(
        merchant_id=row[0],
        id=row[1],
        code=row[2],
        number=row[3],
        program_id=row[4],
        customer_id=row[5],
        customer_name=row[6],
        token_epoch=row[7],
        external_id=row[8],
        language=row[9],
        created_at=row[10],
        closed_at=row[11],
        program_status=row[12],
        program_version=row[13],
        handle=row[14],
        time_zone=row[15],
        currency=row[16],
        vouchers=_briefs_decoder.decode(row[17]) if row[17] else [],
    )
