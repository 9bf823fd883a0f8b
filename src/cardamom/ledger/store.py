"""The ledger's SQL, all of it. Every statement takes arrays and runs once per batch (DESIGN section 4).

The statements keep the rules of a cluster as far as the plain shape allows: ids and times come from the application,
nothing volatile is updated, errors are told apart by SQLSTATE.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import psycopg

from cardamom.kit.actor import reference
from cardamom.ledger.arrays import binary, plain, quoted
from cardamom.ledger.commands import Command, Outcome, OutcomeWord
from cardamom.ledger.decisions import Account, Decision, Event, Occasion
from cardamom.ledger.rules import Entry

Connection = psycopg.AsyncConnection[Any]

KNOWN = """
select o.merchant_id, o.key, o.fingerprint, o.id, o.outcome, o.reason, o.facts, o.recorded_at
  from unnest(%s::uuid[], %s::text[]) as k(merchant_id, key)
  join operation o on o.merchant_id = k.merchant_id and o.key = k.key
"""

LOCK_ACCOUNTS = """
select a.merchant_id, a.id, a.kind, a.subject_id, a.balance, a.floor, a.state::text, a.seq, a.head, a.revision
  from account a
  join unnest(%s::uuid[], %s::uuid[]) as u(merchant_id, id) on a.merchant_id = u.merchant_id and a.id = u.id
 order by a.merchant_id, a.id
   for no key update of a
"""

INSERT_OPERATIONS = """
insert into operation (merchant_id, id, key, fingerprint, kind, actor, location_id, device, occurred_at, recorded_at,
                       outcome, reason, facts, reverses)
select m, i, k, f, kind, actor, l, d, o, r, outcome, reason, facts::jsonb, reverses
  from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bytea[], %s::text[], %s::text[], %s::uuid[], %s::text[],
              %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::uuid[])
       as u(m, i, k, f, kind, actor, l, d, o, r, outcome, reason, facts, reverses)
"""

INSERT_ENTRIES = """
insert into entry (merchant_id, account_id, seq, operation_id, unit, delta, balance, recorded_at, hash)
select * from unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[],
                     %s::timestamptz[], %s::bytea[])
"""

INSERT_ACCOUNTS = """
insert into account (merchant_id, id, kind, subject_id, balance, floor, state, seq, head, revision, opened_at)
select m, i, kind, s, balance, floor, state::jsonb, seq, head, revision, at
  from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[],
              %s::bytea[], %s::bigint[], %s::timestamptz[])
       as u(m, i, kind, s, balance, floor, state, seq, head, revision, at)
"""

#: The row count is the last word on whether the locks were really held. It is compared where it arises, so that the
#: COMMIT can be sent in the same breath: an account that changed under the batch is a division by zero (22012).
UPDATE_ACCOUNTS = """
with changed as (
  update account a set balance = u.balance, state = u.state::jsonb, seq = u.seq, head = u.head, revision = u.revision
    from unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::bigint[], %s::bytea[], %s::bigint[])
         as u(merchant_id, id, balance, state, seq, head, revision)
   where a.merchant_id = u.merchant_id and a.id = u.id and a.revision = u.revision - 1
   returning 1
)
select 1 / (count(*) = %s)::int from changed
"""

INSERT_EVENTS = """
insert into event (merchant_id, id, type, subject_id, payload, operation_id, recorded_at)
select m, i, t, s, p::jsonb, o, r
  from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::uuid[], %s::timestamptz[])
       as u(m, i, t, s, p, o, r)
"""

_encode = msgspec.json.Encoder().encode


class Known(msgspec.Struct, frozen=True):
    """An operation that a key already named."""

    fingerprint: bytes
    outcome: Outcome


class Recorded(msgspec.Struct, frozen=True):
    """One operation of the batch about to be written."""

    command: Command
    fingerprint: bytes
    occasion: Occasion
    decision: Decision


async def ask_known(driver: Connection, keys: Sequence[tuple[str, str]]) -> psycopg.AsyncCursor[Any]:
    """Send the question which (merchant_id, key) pairs came before; in a pipeline it travels with what follows.

    It may be asked before the locks are held: a twin that another process commits meanwhile makes the insert of the
    operation fail (unique key), and the batch is tried again.
    """
    return await driver.execute(KNOWN, (plain(m for m, _ in keys), quoted(k for _, k in keys)), prepare=True)


async def read_known(asked: psycopg.AsyncCursor[Any]) -> dict[tuple[str, str], Known]:
    """The stored operations by (merchant_id, key)."""
    return {
        (row[0], row[1]): Known(
            bytes(row[2]),
            Outcome(
                operation_id=row[3],
                outcome=row[4],
                reason=row[5],
                facts=row[6],
                recorded_at=row[7],
                replayed=True,
            ),
        )
        for row in await asked.fetchall()
    }


async def lock_accounts(driver: Connection, pairs: Iterable[tuple[str, str]]) -> dict[str, Account]:
    """Lock and read accounts by (merchant_id, id); unknown pairs are absent. Held until the transaction ends."""
    wanted = list(pairs)
    found = await driver.execute(
        LOCK_ACCOUNTS, (plain(m for m, _ in wanted), plain(i for _, i in wanted)), prepare=True
    )
    return {row[1]: account_of(row) for row in await found.fetchall()}


def account_of(row: Sequence[Any]) -> Account:
    """An account from the ten columns that LOCK_ACCOUNTS selects, in that order."""
    return Account(
        merchant_id=row[0],
        id=row[1],
        kind=row[2],
        subject_id=row[3],
        balance=row[4],
        floor=row[5],
        state=row[6].encode(),
        seq=row[7],
        head=bytes(row[8]),
        revision=row[9],
    )


async def insert_operations(driver: Connection, rows: Sequence[Recorded]) -> None:
    """One row per command, refused ones included. Raises UniqueViolation when a key or a reversal came twice."""
    commands = [row.command for row in rows]
    decisions = [row.decision for row in rows]
    await driver.execute(
        INSERT_OPERATIONS,
        (
            plain(c.merchant_id for c in commands),
            plain(row.occasion.operation_id for row in rows),
            quoted(c.key for c in commands),
            binary(row.fingerprint for row in rows),
            quoted(c.kind for c in commands),
            quoted(reference(c.actor) for c in commands),
            plain(c.location_id for c in commands),
            quoted(c.device for c in commands),
            _instants(c.occurred_at for c in commands),
            _instants(row.occasion.now for row in rows),
            plain(d.outcome for d in decisions),
            quoted(d.reason for d in decisions),
            quoted(_encode(d.facts).decode() for d in decisions),
            plain(d.reverses for d in decisions),
        ),
        prepare=True,
    )


async def insert_entries(driver: Connection, entries: Sequence[tuple[Entry, datetime]]) -> None:
    """Append movements to their accounts' chains."""
    rows = [entry for entry, _ in entries]
    await driver.execute(
        INSERT_ENTRIES,
        (
            plain(e.merchant_id for e in rows),
            plain(e.account_id for e in rows),
            plain(e.seq for e in rows),
            plain(e.operation_id for e in rows),
            quoted(e.unit for e in rows),
            plain(e.delta for e in rows),
            plain(e.balance for e in rows),
            _instants(at for _, at in entries),
            binary(e.hash for e in rows),
        ),
        prepare=True,
    )


async def insert_accounts(driver: Connection, accounts: Sequence[tuple[Account, datetime]]) -> None:
    """Open accounts, already moved by the operations of this batch."""
    rows = [account for account, _ in accounts]
    await driver.execute(
        INSERT_ACCOUNTS,
        (
            plain(a.merchant_id for a in rows),
            plain(a.id for a in rows),
            quoted(a.kind for a in rows),
            plain(a.subject_id for a in rows),
            plain(a.balance for a in rows),
            plain(a.floor for a in rows),
            quoted(a.state.decode() for a in rows),
            plain(a.seq for a in rows),
            binary(a.head for a in rows),
            plain(a.revision for a in rows),
            _instants(at for _, at in accounts),
        ),
        prepare=True,
    )


async def update_accounts(driver: Connection, accounts: Sequence[Account]) -> None:
    """Write changed accounts, guarded by their revision. Raises DivisionByZero when a lock was not held."""
    await driver.execute(
        UPDATE_ACCOUNTS,
        (
            plain(a.merchant_id for a in accounts),
            plain(a.id for a in accounts),
            plain(a.balance for a in accounts),
            quoted(a.state.decode() for a in accounts),
            plain(a.seq for a in accounts),
            binary(a.head for a in accounts),
            plain(a.revision for a in accounts),
            len(accounts),
        ),
        prepare=True,
    )


async def insert_events(driver: Connection, events: Sequence[tuple[Event, str, str, str, datetime]]) -> None:
    """Announce facts: (event, event id, merchant_id, operation id, time)."""
    await driver.execute(
        INSERT_EVENTS,
        (
            plain(merchant_id for _, _, merchant_id, _, _ in events),
            plain(event_id for _, event_id, _, _, _ in events),
            quoted(event.type for event, *_ in events),
            plain(event.subject_id for event, *_ in events),
            quoted(_encode(event.payload).decode() for event, *_ in events),
            plain(operation_id for _, _, _, operation_id, _ in events),
            _instants(at for *_, at in events),
        ),
        prepare=True,
    )


def _instants(values: Iterable[datetime | None]) -> str:
    return plain(None if value is None else value.isoformat() for value in values)


def outcome_of(recorded: Recorded) -> Outcome:
    """What the caller gets once the batch is durable."""
    word: OutcomeWord = recorded.decision.outcome
    return Outcome(
        operation_id=recorded.occasion.operation_id,
        outcome=word,
        reason=recorded.decision.reason,
        facts=dict(recorded.decision.facts),
        recorded_at=recorded.occasion.now,
        aside=recorded.decision.aside,
    )
