"""What a package brings to the ledger: handlers that decide in batches, deeds that are performed one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

import msgspec
import psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Account, Decision, Occasion

C_contra = TypeVar("C_contra", bound=Command, contravariant=True)


class Tx:
    """The writer's open transaction, with the ledger's role, on one connection seen two ways.

    driver: psycopg, for the statements of the hot paths. sql: SQLAlchemy Core, for everything else.
    Neither is committed or rolled back by a handler.
    """

    __slots__ = ("driver", "sql")

    def __init__(self, sql: AsyncConnection, driver: psycopg.AsyncConnection[Any]) -> None:
        self.sql = sql
        self.driver = driver


class Decided(msgspec.Struct, frozen=True):
    """An accepted command with what was decided about it."""

    command: Any
    decision: Decision
    occasion: Occasion


class Facts:
    """What a batch of decisions needs to know. Handlers subclass it with more.

    accounts: every account that decisions may move, by account id, loaded under its row lock. The writer applies each
    decision here before the next one is made.
    """

    __slots__ = ("accounts",)

    def __init__(self, accounts: dict[str, Account]) -> None:
        self.accounts = accounts


F = TypeVar("F", bound=Facts)


class Handler(Protocol[C_contra, F]):
    """Decides about many commands at once. A command that no fact was loaded for is refused by `decide`, not here."""

    async def load(self, tx: Tx, commands: Sequence[C_contra]) -> F:
        """Read what the batch needs in as few statements as possible, locking accounts in (merchant_id, id) order."""
        ...

    def decide(self, facts: F, command: C_contra, occasion: Occasion) -> Decision:
        """Pure: no database, no clock, no randomness that matters. Refusals are decisions."""
        ...

    async def save(self, tx: Tx, decided: Sequence[Decided]) -> None:
        """Write the handler's own rows for the accepted commands: one statement per table."""
        ...


@runtime_checkable
class Deed(Protocol[C_contra]):
    """Performs one command: settings, master data, and what is rare."""

    async def perform(self, tx: Tx, command: C_contra, occasion: Occasion) -> Decision:
        """Write the rows and say what happened.

        Raising a Refused rolls back to before the deed and stores the refusal.
        """
        ...
