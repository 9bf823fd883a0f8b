"""The courier: sees to it that every wallet is told what changed, whatever happens on the way.

One works for the whole installation; others stand by and take over. What is due is a row (`wallet_binding.next_try`),
and it stays due until a carrier has told it: a courier that dies, a wallet that is away for a day and a database that
is started anew lose nothing. At worst a phone is told twice.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
import psycopg
import structlog
from msgspec import UNSET

from cardamom.db.database import Database
from cardamom.kit.clock import Clock
from cardamom.kit.clock import now as system_clock
from cardamom.kit.errors import Unavailable
from cardamom.ledger.arrays import plain, quoted
from cardamom.wallet import courier_metrics as metrics
from cardamom.wallet.deliveries import QUIET, Carrier, Due, Sent, Wallet
from cardamom.wallet.following import COALESCE_SECONDS
from cardamom.wallet.touching import Urgency

log = structlog.get_logger(__name__)

#: Held by the session of the courier that works. Any number will do that nobody else uses.
LOCK = 0x0CA2DA_30_4D
#: How often a courier looks when nobody wakes it, and how often one that stands by tries to take over.
POLL_SECONDS = 1.0
#: Time for a few more bindings to become due before the next look: 1,000 stamps a second are fifty looks.
_GATHER_SECONDS = 0.02
#: A phone that was pushed and did not fetch is pushed once more after so long.
REMIND_SECONDS = 600
#: What could not be told is tried again after 1, 2, 4, ... seconds, up to this, give or take a quarter.
LONGEST_GAP_SECONDS = 300.0

#: By urgency first. An index scan for each urgency, because what is due later stands between them.
_CLAIM = """
select b.merchant_id, b.id, b.wallet, b.issuer, b.kind, b.subject_id, b.card_id, b.epoch, b.state, b.wanted, b.sent,
       b.fetched, b.urgency, b.next_try, b.tries, b.shown, b.notices
  from unnest(%(urgencies)s::smallint[]) with ordinality as u(urgency, rank)
 cross join lateral (
   select * from wallet_binding
    where wallet = %(wallet)s and urgency = u.urgency and next_try <= %(now)s
    order by next_try
    limit %(limit)s
 ) b
 order by u.rank, b.next_try
 limit %(limit)s
"""
_URGENCIES = plain([*sorted((int(each) for each in Urgency), reverse=True), 0])

#: A `next_try` that is not the claimed one any more was written by a registration, which has not been told, or by a
#: save link, which has told Google something itself and noted what: its word stays, and is compared once more.
_RECORD = """
with told as (
  select * from unnest(%(merchants)s::uuid[], %(ids)s::uuid[], %(claimed)s::timestamptz[], %(wanted)s::bigint[],
                       %(told)s::boolean[], %(spoke)s::boolean[], %(ended)s::boolean[],
                       %(retry)s::timestamptz[], %(failed)s::boolean[],
                       %(remind)s::timestamptz[], %(errors)s::text[], %(shown)s::jsonb[], %(speaks)s::boolean[],
                       %(notices)s::jsonb[])
    as t(merchant_id, id, claimed, wanted, told, spoke, ended, retry, failed, remind, error, shown, speaks, notices)
),
locked as (
  select t.*, b.next_try is distinct from t.claimed as is_asked_again
    from told t join wallet_binding b on b.merchant_id = t.merchant_id and b.id = t.id
   order by b.merchant_id, b.id
     for no key update of b
)
update wallet_binding b
   set sent = case when l.told and not l.is_asked_again then greatest(b.sent, l.wanted) else b.sent end,
       sent_at = case when l.spoke then %(now)s else b.sent_at end,
       next_try = case
         when l.is_asked_again then b.next_try
         when b.wanted > l.wanted then case
           when l.spoke then %(now)s + %(pause)s * interval '1 second'
           else coalesce(l.retry, %(now)s) end
         when l.ended then null
         when not l.told then l.retry
         when b.fetched < l.wanted then l.remind
       end,
       urgency = case when l.told and not l.is_asked_again and b.wanted = l.wanted then 0 else b.urgency end,
       tries = case when l.failed then least(b.tries + 1, 1000) else 0 end,
       error = l.error,
       shown = case when l.speaks and not l.is_asked_again then l.shown else b.shown end,
       notices = coalesce(l.notices, b.notices)
  from locked l
 where b.merchant_id = l.merchant_id and b.id = l.id
"""

_DUE = "select wallet, count(*) from wallet_binding where next_try <= %s and wanted > sent group by wallet"


class Courier:
    """Runs in the worker process."""

    def __init__(
        self, database: Database, carriers: Sequence[Carrier], *, clock: Clock = system_clock
    ) -> None:
        self._database = database
        self._rounds = [_Round(carrier, clock) for carrier in carriers]
        self._clock = clock
        #: Whether this courier is the one that works.
        self.is_working = False

    def wake(self) -> None:
        """Something may be due. Never blocks; meant as the dispatcher's `after_commit`."""
        for each in self._rounds:
            each.wake.set()

    async def run(self) -> None:
        """Deliver until cancelled. Waits for a database that is away, and while another courier works."""
        while True:
            # A task of its own: before Python 3.13 a group that failed leaves its task marked as cancelled.
            session = asyncio.create_task(self._session(), name="courier session")
            try:
                await session
            except* psycopg.Error as errors:
                log.warning("courier.database_away", errors=[repr(error) for error in errors.exceptions])
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # We were being stopped when the database failed, and were told only of the latter.
                raise asyncio.CancelledError
            await asyncio.sleep(POLL_SECONDS)

    async def _session(self) -> None:
        """Until its connection is lost."""
        try:
            async with await self._database.listen_connect() as session:
                await self._until_ours(session)
                await self._work(session)
        finally:
            self.is_working = False

    async def _until_ours(self, session: psycopg.AsyncConnection[Any]) -> None:
        while True:
            found = await session.execute("select pg_try_advisory_lock(%s)", (LOCK,))
            row = await found.fetchone()
            if row is not None and row[0]:
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _work(self, session: psycopg.AsyncConnection[Any]) -> None:
        """Everything is read and written on the session that holds the lock: who lost it can do no more harm."""
        self.is_working = True
        log.info("courier.working", wallets=[each.carrier.wallet for each in self._rounds])
        async with asyncio.TaskGroup() as group:
            for each in self._rounds:
                group.create_task(each.run(session), name=f"courier {each.carrier.wallet}")
            group.create_task(self._count(session), name="courier count")

    async def _count(self, session: psycopg.AsyncConnection[Any]) -> None:
        while True:
            found = await session.execute(_DUE, (self._clock(),))
            metrics.count_due(dict(await found.fetchall()))
            await asyncio.sleep(metrics.COUNT_SECONDS)


class _Round:
    """One wallet's deliveries: takes what is due in slices, a few of them under way at a time."""

    def __init__(self, carrier: Carrier, clock: Clock) -> None:
        self.carrier = carrier
        self.wake = asyncio.Event()
        self._clock = clock
        self._in_hand: set[tuple[str, str]] = set()
        self._under_way = 0

    async def run(self, session: psycopg.AsyncConnection[Any]) -> None:
        self._in_hand.clear()
        self._under_way = 0
        async with asyncio.TaskGroup() as group:
            while True:
                self.wake.clear()
                due: list[Due] = []
                if self._under_way < self.carrier.slices_at_once:
                    due = await self._claim(session)
                if due:
                    self._in_hand.update((each.merchant_id, each.id) for each in due)
                    self._under_way += 1
                    group.create_task(self._deliver(session, due))
                if len(due) < self.carrier.slice_size:
                    await self._pause()

    async def _pause(self) -> None:
        await asyncio.sleep(_GATHER_SECONDS)
        # Not wait_for(): before Python 3.12 it forgets that it was cancelled when the event comes at that moment.
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self.wake.wait()

    async def _claim(self, session: psycopg.AsyncConnection[Any]) -> list[Due]:
        """What is due and not in hand, the most urgent first. Claiming writes nothing."""
        given = {
            "urgencies": _URGENCIES,
            "wallet": self.carrier.wallet,
            "now": self._clock(),
            "limit": self.carrier.slice_size + len(self._in_hand),
        }
        rows = await (await session.execute(_CLAIM, given)).fetchall()
        fresh = [row for row in rows if (row[0], row[1]) not in self._in_hand]
        return [_due(row) for row in fresh[: self.carrier.slice_size]]

    async def _deliver(self, session: psycopg.AsyncConnection[Any], due: list[Due]) -> None:
        try:
            await self._tell(session, due)
        finally:
            self._in_hand.difference_update((each.merchant_id, each.id) for each in due)
            self._under_way -= 1
            self.wake.set()

    async def _tell(self, session: psycopg.AsyncConnection[Any], due: list[Due]) -> None:
        # A phone that fetched meanwhile needs no second word.
        to_tell = [each for each in due if each.sent < each.wanted or each.fetched < each.wanted]
        quiet = [each for each in due if each.sent >= each.wanted and each.fetched >= each.wanted]
        results = [Sent(due=each, answer="fetched", told=True) for each in quiet]
        if to_tell:
            results += await self._carry(to_tell)
        at = self._clock()
        metrics.count_sent(results, at=at)
        await session.execute(_RECORD, recorded(results, now=at, wallet=self.carrier.wallet))

    async def _carry(self, bindings: list[Due]) -> list[Sent]:
        """One binding that a carrier stumbles over must not hold up its neighbours: the slice is split."""
        try:
            return await self.carrier.send(bindings)
        except Unavailable as error:
            wait_seconds = float(error.facts["retry_after_seconds"])
            return [Sent(due=each, answer="waited", wait_seconds=wait_seconds) for each in bindings]
        except Exception as error:
            if len(bindings) > 1:
                middle = len(bindings) // 2
                return await self._carry(bindings[:middle]) + await self._carry(bindings[middle:])
            log.exception(
                "courier.carrier_failed", wallet=self.carrier.wallet, binding=bindings[0].id, error=str(error)
            )
            return [Sent(due=bindings[0], answer="failed", error="internal_error")]


def _due(row: tuple[Any, ...]) -> Due:
    return Due(**dict(zip(Due.__struct_fields__, row, strict=True)))


def recorded(results: Sequence[Sent], *, now: datetime, wallet: Wallet) -> dict[str, Any]:
    """The results as arrays for one statement."""
    remind_at = now + timedelta(seconds=REMIND_SECONDS)
    spoke = [each.told and each.answer not in QUIET for each in results]
    # Only a phone fetches; and only news is worth a second word.
    reminded = [
        wallet == "apple" and said and each.due.sent < each.due.wanted
        for each, said in zip(results, spoke, strict=True)
    ]
    return {
        "merchants": plain(each.due.merchant_id for each in results),
        "ids": plain(each.due.id for each in results),
        "claimed": quoted(each.due.next_try.isoformat() for each in results),
        "wanted": plain(each.due.wanted for each in results),
        "told": plain(each.told for each in results),
        "spoke": plain(spoke),
        "ended": plain(each.ended for each in results),
        "retry": quoted(None if each.told else _retry_at(each, now).isoformat() for each in results),
        "failed": plain(not each.told and each.wait_seconds is None for each in results),
        "remind": quoted(remind_at.isoformat() if again else None for again in reminded),
        "errors": quoted(each.error for each in results),
        "shown": quoted(_json(each.shown) for each in results),
        "speaks": plain(each.shown is not UNSET for each in results),
        "notices": quoted(_json(each.notices) for each in results),
        "now": now,
        "pause": COALESCE_SECONDS,
    }


def _retry_at(sent: Sent, now: datetime) -> datetime:
    if sent.wait_seconds is not None:
        return now + timedelta(seconds=sent.wait_seconds)
    gap = min(2.0 ** min(sent.due.tries, 16), LONGEST_GAP_SECONDS)
    return now + timedelta(seconds=gap * random.uniform(0.75, 1.25))  # noqa: S311 - so that not all come at once


def _json(value: Any) -> str | None:
    return None if value is UNSET or value is None else msgspec.json.encode(value).decode()
