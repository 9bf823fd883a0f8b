"""What is asked of the ledger and what it answers.

A command is one intention by one actor, named by the sender's key. Packages subclass `Command` (hot paths, batched) or
`Deed` commands (settings and master data) and register a handler for it.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

import msgspec

from cardamom.kit.actor import Actor
from cardamom.kit.errors import Malformed, Refused, refusal

OutcomeWord = Literal["accepted", "refused"]

#: A clock may be wrong by years. Outside these it names no instant that every calendar and time zone can show.
_EARLIEST_CLOCK = datetime(2, 1, 1, tzinfo=UTC)
_LATEST_CLOCK = datetime(9998, 1, 1, tzinfo=UTC)

#: Not part of what was asked: who asked, by which key, and for whom are compared on their own.
_NOT_THE_REQUEST = frozenset({"merchant_id", "actor", "key"})


def new_key() -> str:
    """An idempotency key for a caller who gave none: such a call cannot be retried safely."""
    return "auto-" + secrets.token_urlsafe(16)


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One request to change something of one merchant.

    key: the sender's idempotency key, unique per merchant for ever.
    occurred_at: the device's clock (UTC); the writer decides how far it is believed.
    device: the name or id under which the till presents itself.
    Raises Malformed for an occurred_at without a time zone, or one that cannot be kept.
    """

    kind: ClassVar[str]

    merchant_id: str
    actor: Actor
    key: str = msgspec.field(default_factory=new_key)
    occurred_at: datetime | None = None
    location_id: str | None = None
    device: str | None = None

    def __post_init__(self) -> None:
        if self.occurred_at is None:
            return
        if self.occurred_at.tzinfo is None or not _EARLIEST_CLOCK <= self.occurred_at <= _LATEST_CLOCK:
            raise Malformed(field="occurred_at")

    def fingerprint(self) -> bytes:
        """sha256 over the request; the same key with another fingerprint is another request."""
        body = {name: getattr(self, name) for name in self.__struct_fields__ if name not in _NOT_THE_REQUEST}
        return hashlib.sha256(self.kind.encode() + b"\n" + msgspec.json.encode(body, order="sorted")).digest()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The stored answer to a command; a replay of the key returns it again, word for word.

    aside: not stored, and so None on a replay: what the handler had at hand while it decided.
    """

    operation_id: str
    outcome: OutcomeWord
    recorded_at: datetime
    reason: str | None = None
    facts: dict[str, Any] = {}
    replayed: bool = False
    aside: Any = None

    @property
    def accepted(self) -> bool:
        return self.outcome == "accepted"

    def refusal(self) -> Refused:
        """The refusal that was stored, able to say its sentence in the current language."""
        if self.reason is None or self.accepted:
            raise ValueError("an accepted operation has no refusal")
        return refusal(self.reason, self.facts)

    def or_raise(self) -> Outcome:
        """For callers outside a scan, where a refusal is an error: raises it, else returns self."""
        if not self.accepted:
            raise self.refusal()
        return self
