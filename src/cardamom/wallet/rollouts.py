"""A change that reaches many passes: slice after slice, at a pace, while everybody goes on stamping.

Each slice is an operation with the event `passes.refreshed`, and its passes want that event's position. They cannot
want the position of the redesign itself: a phone that meanwhile saw a newer stamp on another card of the same business
asks only for what is newer than that, and would never hear of it.

A slice is written down before the next begins, so a crash goes on where it was. Google's classes are not in here: they
are told at once (`touching`). Cards at Google come last.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

import msgspec
import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.tables import cards
from cardamom.db.database import Database
from cardamom.kit.actor import system_actor
from cardamom.kit.clock import now
from cardamom.kit.errors import NotFound, Unavailable
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Command, Outcome
from cardamom.ledger.decisions import Decision, Occasion
from cardamom.ledger.dispatcher import PlacedEvent
from cardamom.ledger.handlers import Tx
from cardamom.ledger.writer import Ledger
from cardamom.wallet import events
from cardamom.wallet.tables import bindings, rollouts
from cardamom.wallet.touching import Redesign, Urgency

log = structlog.get_logger(__name__)

#: The event of a slice. Its subject is the rollout.
REFRESHED = "passes.refreshed"
#: Passes in a slice: one short statement, and one line in the feed.
SLICE = 1_000
#: Passes a second, in all. A shop's thousand regulars hear within seconds, a hundred thousand in eight minutes, and
#: what their phones then fetch leaves room for the counter.
PACE = 200.0
#: How often unfinished rollouts are looked for when nobody says that there is one.
LOOK_SECONDS = 5.0
#: How soon a rollout goes on whose slice was refused or ended in a fault.
AGAIN_SECONDS = 60.0
#: How soon it is looked whether a slice was placed in the feed.
_WAIT_SECONDS = 0.2


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """How far a redesign has come. program_id: None for one of the whole business.

    total: passes when it began. done: those that were reached, of which the last ones may still be told.
    """

    merchant_id: str
    id: str
    program_id: str | None
    revision: int
    total: int
    done: int
    through: str | None
    started_at: datetime
    finished_at: datetime | None


async def rollouts_of(tx: AsyncConnection, merchant_id: str, *, limit: int = 10) -> list[Rollout]:
    """The merchant's rollouts, newest first."""
    newest = (
        sa.select(rollouts)
        .where(rollouts.c.merchant_id == merchant_id)
        .order_by(rollouts.c.started_at.desc(), rollouts.c.id.desc())
        .limit(limit)
    )
    return [Rollout(**row) for row in (await tx.execute(newest)).mappings()]


# -- beginning: in the dispatcher's transaction --------------------------------------------------------------------

#: What the redesign is about; nothing when a location is not on the map. A reward is named by rules of any version,
#: because cards in a running cycle keep theirs.
_MEANT = """
select p.id
  from program p
 where p.merchant_id = %(merchant)s and p.status <> 'draft'
   and exists (
     select from program_version v
      where v.merchant_id = p.merchant_id and v.program_id = p.id
        and (v.rules->>'reward' = %(reward)s::text
             or v.rules->'milestones' @> jsonb_build_array(jsonb_build_object('reward', %(reward)s::text))))
"""
_ON_THE_MAP = """
select 1 from location where merchant_id = %s and id = %s and latitude is not null
"""
#: What is not finished is overtaken: its passes are among those of the new one.
_OVERTAKE = """
update wallet_rollout
   set finished_at = %(now)s
 where merchant_id = %(merchant)s and finished_at is null and revision < %(revision)s
   and (%(program)s::uuid is null or program_id = %(program)s)
"""
_BEGIN = """
insert into wallet_rollout (merchant_id, id, program_id, revision, total, done, started_at)
select %(merchant)s, %(id)s, %(program)s, %(revision)s, count(*), 0, %(now)s
  from wallet_binding b join card c on c.merchant_id = b.merchant_id and c.id = b.card_id
 where b.merchant_id = %(merchant)s and b.state <> 'void'
   and (%(program)s::uuid is null or c.program_id = %(program)s)
having count(*) > 0
"""


async def begin(driver: psycopg.AsyncConnection[Any], redesign: Redesign) -> None:
    """Write down that a redesign has to reach its passes, in the caller's transaction. Nothing where there are none."""
    for program_id in await _programs(driver, redesign):
        given = {
            "merchant": redesign.merchant_id,
            "program": program_id,
            "revision": redesign.position,
            "id": new_id(),
            "now": now(),
        }
        await driver.execute(_OVERTAKE, given)
        await driver.execute(_BEGIN, given)


async def _programs(driver: psycopg.AsyncConnection[Any], redesign: Redesign) -> list[str | None]:
    """The programs to roll out, None standing for all of them together."""
    merchant_id = redesign.merchant_id
    if redesign.reward_id is not None:
        found = await driver.execute(_MEANT, {"merchant": merchant_id, "reward": redesign.reward_id})
        return [program_id for (program_id,) in await found.fetchall()]
    if redesign.location_id is not None:
        found = await driver.execute(_ON_THE_MAP, (merchant_id, redesign.location_id))
        return [None] if await found.fetchone() else []
    return [redesign.program_id]


# -- a slice: an operation, then its event -------------------------------------------------------------------------


class RefreshPasses(Command, frozen=True, kw_only=True):
    """Let the next slice of a rollout follow. after: the last pass of the slice before, None for the first."""

    kind: ClassVar[str] = "wallet.refresh_passes"

    rollout_id: str
    after: str | None


class RefreshPassesDeed:
    async def perform(self, tx: Tx, command: RefreshPasses, occasion: Occasion) -> Decision:
        """Facts: rollout, passes (how many), through (the last one). Raises NotFound."""
        found = await tx.sql.execute(
            sa.select(rollouts.c.program_id).where(
                rollouts.c.merchant_id == command.merchant_id, rollouts.c.id == command.rollout_id
            )
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound
        after, ids, is_last = await _next_slice(tx.sql, command, program_id=row.program_id)
        told = {"passes": len(ids), "through": ids[-1] if ids else None, "is_last": is_last}
        announced = events.passes_refreshed(
            command.rollout_id,
            program=row.program_id,
            passes=len(ids),
            after=after,
            through=ids[-1] if ids else None,
            is_last=is_last,
        )
        return Decision(facts={"rollout": command.rollout_id, **told}, events=[announced])


async def _next_slice(
    tx: AsyncConnection, command: RefreshPasses, *, program_id: str | None
) -> tuple[str | None, list[str], bool]:
    """After which pass of the same wallet they come, the passes in the order of their ids, whether none is left.

    Apple's come first: pushes are quick, Google's quota is small.
    """
    after = command.after
    wallet = "apple"
    if after is not None:
        last = sa.select(bindings.c.wallet).where(
            bindings.c.merchant_id == command.merchant_id, bindings.c.id == after
        )
        wallet = (await tx.execute(last)).scalar_one()
    found = await _slice(tx, command.merchant_id, wallet=wallet, program_id=program_id, after=after)
    if wallet == "google" or len(found) > SLICE:
        return after, found[:SLICE], len(found) <= SLICE
    others = await _slice(tx, command.merchant_id, wallet="google", program_id=program_id, after=None)
    if found:
        return after, found, not others
    return None, others[:SLICE], len(others) <= SLICE


async def _slice(
    tx: AsyncConnection, merchant_id: str, *, wallet: str, program_id: str | None, after: str | None
) -> list[str]:
    """One more than a slice, where there are so many."""
    rows = (
        sa.select(bindings.c.id)
        .join(cards, sa.and_(cards.c.merchant_id == bindings.c.merchant_id, cards.c.id == bindings.c.card_id))
        .where(bindings.c.merchant_id == merchant_id, bindings.c.wallet == wallet, bindings.c.state != "void")
    )
    if program_id is not None:
        rows = rows.where(cards.c.program_id == program_id)
    if after is not None:
        rows = rows.where(bindings.c.id > after)
    return list((await tx.execute(rows.order_by(bindings.c.id).limit(SLICE + 1))).scalars())


#: Spread over the time until the next slice. Who is being told of something else is only told more.
_REACH = """
with slice as (
  select b.merchant_id, b.id, b.state = 'saved' or b.state = 'issued' and b.wallet = 'google' as is_out
    from wallet_binding b
    join card c on c.merchant_id = b.merchant_id and c.id = b.card_id
   where b.merchant_id = %(merchant)s
     and b.wallet = (select wallet from wallet_binding where merchant_id = %(merchant)s and id = %(through)s)
     and b.id <= %(through)s and b.id > coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000')
     and b.state <> 'void'
     and (%(program)s::uuid is null or c.program_id = %(program)s)
   order by b.id
     for no key update of b
),
numbered as (select *, row_number() over (partition by is_out order by id) as number from slice)
update wallet_binding b
   set wanted = greatest(b.wanted, %(position)s),
       modified_at = greatest(b.modified_at + interval '1 second', %(now)s),
       urgency = greatest(b.urgency, %(urgency)s),
       next_try = case
         when not n.is_out then b.next_try
         when b.tries > 0 and b.next_try is not null then b.next_try
         else least(b.next_try, %(now)s + n.number / %(pace)s * interval '1 second')
       end
  from numbered n
 where b.merchant_id = n.merchant_id and b.id = n.id
"""
_DONE = """
update wallet_rollout
   set done = done + %(passes)s, through = coalesce(%(through)s, through),
       finished_at = case when %(is_last)s then coalesce(finished_at, %(now)s) else finished_at end
 where merchant_id = %(merchant)s and id = %(rollout)s
"""


async def reach(driver: psycopg.AsyncConnection[Any], event: PlacedEvent) -> None:
    """Let the passes of a slice want its event, in the dispatcher's transaction."""
    given = {
        **event.payload,
        "merchant": event.merchant_id,
        "rollout": event.subject_id,
        "position": event.position,
        "urgency": int(Urgency.ROLLOUT),
        "pace": PACE,
        "now": now(),
    }
    if event.payload["passes"]:
        await driver.execute(_REACH, given)
    await driver.execute(_DONE, given)


def register(ledger: Ledger) -> None:
    """Tell the ledger who decides about slices."""
    ledger.register(RefreshPasses, RefreshPassesDeed())


# -- the one who sees to it ----------------------------------------------------------------------------------------

_OPEN = (
    sa.select(rollouts).where(rollouts.c.finished_at.is_(None)).order_by(rollouts.c.started_at, rollouts.c.id)
)


class _PutOff(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout that goes on later.

    refusals: how often the slice was refused. Refusals are kept in the books under the name that was asked with, so the
    next try needs another one; everybody who counts from the start comes by the same names.
    """

    until: float
    refusals: int


class Rolling:
    """Asks for slice after slice. Two at once do no harm: a slice has one name, and who comes second hears the same.

    A rollout that goes wrong is put off; the others go on.
    """

    def __init__(
        self, database: Database, ledger: Ledger, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._monotonic = monotonic
        self._next_at = 0.0
        #: By rollout: after which pass its newest slice was asked for, and when.
        self._asked: dict[str, tuple[str | None, float]] = {}
        #: By rollout: what went wrong with it, and when it goes on.
        self._put_off: dict[str, _PutOff] = {}
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be a new rollout. Never blocks."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            try:
                is_waiting = await self.step()
            except (Unavailable, psycopg.Error, sa.exc.DBAPIError) as error:
                log.warning("rollouts.database_away", error=type(error).__name__)
                is_waiting = False
            if is_waiting:
                await asyncio.sleep(max(_WAIT_SECONDS, self._next_at - self._monotonic()))
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()

    async def step(self) -> bool:
        """Ask for the next slice of every rollout whose last one is placed.

        Tells whether any is unfinished and not put off. Raises what says that the database is away.
        """
        async with self._database.unscoped_writing_as_the_ledger() as tx:
            found = [Rollout(**row) for row in (await tx.execute(_OPEN)).mappings()]
        self._asked = {rollout.id: self._asked[rollout.id] for rollout in found if rollout.id in self._asked}
        self._put_off = {each.id: self._put_off[each.id] for each in found if each.id in self._put_off}
        # In turns: a shop with a hundred passes does not wait for one with a hundred thousand.
        for rollout in sorted(found, key=lambda each: self._asked.get(each.id, ("", 0.0))[1]):
            if self._monotonic() < self._next_at:
                break
            if self._is_put_off(rollout):
                continue
            if rollout.id in self._asked and self._asked[rollout.id][0] == rollout.through:
                continue  # not placed in the feed yet
            await self._ask_or_put_off(rollout)
        return not all(self._is_put_off(rollout) for rollout in found)

    def _is_put_off(self, rollout: Rollout) -> bool:
        return rollout.id in self._put_off and self._monotonic() < self._put_off[rollout.id].until

    async def _ask_or_put_off(self, rollout: Rollout) -> None:
        refusals = self._put_off[rollout.id].refusals if rollout.id in self._put_off else 0
        try:
            outcome = await self._ask(rollout, refusals=refusals)
        except (Unavailable, psycopg.Error, sa.exc.DBAPIError):
            raise
        except Exception:
            # Whatever one rollout ends in, those of other shops and the courier beside them must not end in it too.
            log.exception("rollouts.fault", rollout=rollout.id)
        else:
            if outcome.accepted:
                self._has_asked(rollout, passes=int(outcome.facts["passes"]))
                return
            refusals += 1
            log.error("rollouts.refused", rollout=rollout.id, reason=outcome.reason)
        self._put_off[rollout.id] = _PutOff(until=self._monotonic() + AGAIN_SECONDS, refusals=refusals)

    async def _ask(self, rollout: Rollout, *, refusals: int) -> Outcome:
        name = f"rollout:{rollout.id}:{rollout.through or ''}"
        return await self._ledger.submit(
            RefreshPasses(
                merchant_id=rollout.merchant_id,
                actor=system_actor(rollout.merchant_id),
                key=f"{name}:{refusals}" if refusals else name,
                rollout_id=rollout.id,
                after=rollout.through,
            )
        )

    def _has_asked(self, rollout: Rollout, *, passes: int) -> None:
        self._put_off.pop(rollout.id, None)
        self._asked[rollout.id] = (rollout.through, self._monotonic())
        self._next_at = self._monotonic() + passes / PACE
        log.info("rollouts.slice", rollout=rollout.id, passes=passes, done=rollout.done, total=rollout.total)
