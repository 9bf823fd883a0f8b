"""What a handler decides about a command: movements, new states, facts and events. Plain data, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from cardamom.kit.errors import Refused
from cardamom.ledger.commands import OutcomeWord


class Account(msgspec.Struct, kw_only=True):
    """A countable thing of one merchant, as loaded under its row lock.

    state: JSON bytes owned by the package that decides about this kind; the ledger never looks inside.
    seq, head: number and hash of the last entry; an account without entries has 0 and 32 zero bytes.
    """

    merchant_id: str
    id: str
    kind: str
    subject_id: str
    balance: int = 0
    floor: int = 0
    state: bytes = b"{}"
    seq: int = 0
    head: bytes = bytes(32)
    revision: int = 0


class Move(msgspec.Struct, frozen=True):
    """A signed movement on one account; becomes one entry."""

    account_id: str
    unit: str
    delta: int


class Occasion(msgspec.Struct, frozen=True):
    """The operation that a decision will become. now: the server's clock, UTC."""

    operation_id: str
    now: datetime


class Event(msgspec.Struct, frozen=True):
    """A fact other packages may react to. type is noun.verb_past; payload is JSON without secrets, codes or phones."""

    type: str
    subject_id: str
    payload: dict[str, Any] = {}


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The whole effect of one command.

    states: new state (JSON bytes) per account id; accounts that appear in moves or states get a new revision.
    opened: accounts that begin with this operation; their first moves may be in `moves`.
    reverses: the operation that this one takes back; one-to-one by constraint.
    rows: whatever the handler's `save` wants to write; the ledger passes it through.
    aside: what the first answer carries beyond the stored facts, to spare its caller a read; never stored.
    """

    outcome: OutcomeWord = "accepted"
    reason: str | None = None
    facts: dict[str, Any] = {}
    moves: Sequence[Move] = ()
    states: Mapping[str, bytes] = {}
    opened: Sequence[Account] = ()
    events: Sequence[Event] = ()
    reverses: str | None = None
    rows: Any = None
    aside: Any = None


#: An undo that was sent within its window may arrive this much later.
UNDO_GRACE_SECONDS = 5


def refused(why: Refused, *, events: Sequence[Event] = ()) -> Decision:
    """A refusal is an outcome: stored, replayed, and it moves nothing."""
    return Decision(outcome="refused", reason=why.code, facts=dict(why.facts), events=events)
