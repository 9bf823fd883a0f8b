"""A process of its own with a ledger of its own, as a web worker is one: it races others for the same rows."""

import asyncio
from collections.abc import Sequence
from multiprocessing.connection import Connection
from threading import Barrier
from typing import Any, Literal

import msgspec

from cardamom.cards.links import LinkMaker
from cardamom.db.database import Database
from cardamom.kit.errors import Refused
from cardamom.ledger import writer
from cardamom.ledger.commands import Command
from cardamom.ledger.failures import Failure
from cardamom.ledger.writer import Ledger
from cardamom.web.assembly import register_all
from tests.ledger.bench import submit_patiently
from tests.races.disarm import disarm, rearm

#: Small, so that many batches of different processes meet.
BATCH = 4


class Answer(msgspec.Struct, frozen=True):
    """What came back to a client. reason: of a refusal, also of one that is not an outcome, such as key_reused."""

    outcome: Literal["accepted", "refused", "failed"]
    reason: str | None
    operation_id: str | None
    facts: dict[str, Any]


class Raced(msgspec.Struct, frozen=True):
    """What a process saw. retried: the errors of the database for which batches had to be tried again."""

    answers: list[Answer]
    retried: list[str]


def run_till(url: str, pipe: Connection, start: Barrier) -> None:
    """Serve races until the other end hangs up. What the target of the process is."""
    asyncio.run(_serve(url, pipe, start))


async def _serve(url: str, pipe: Connection, start: Barrier) -> None:
    retried: list[str] = []
    _note_failures(retried)
    ledger = Ledger(Database(url), batch=BATCH)
    register_all(ledger, LinkMaker(bytes(32), lambda: "https://cards.example.org"))
    await ledger.start()
    pipe.send("ready")
    while True:
        try:
            commands, protections = await asyncio.to_thread(pipe.recv)
        except EOFError:
            break
        disarm(*protections)
        retried.clear()
        await asyncio.to_thread(start.wait, 30)
        answers = await _race(ledger, commands)
        pipe.send(msgspec.msgpack.encode(Raced(answers, list(retried))))
        rearm()
    await ledger.stop()


async def _race(ledger: Ledger, commands: Sequence[Command]) -> list[Answer]:
    found = await asyncio.gather(
        *(submit_patiently(ledger, command) for command in commands), return_exceptions=True
    )
    return [_answer(each) for each in found]


def _answer(found: Any) -> Answer:
    if isinstance(found, Refused):
        return Answer("failed", found.code, None, {})
    if isinstance(found, BaseException):
        return Answer("failed", type(found).__name__, None, {})
    return Answer(found.outcome, found.reason, found.operation_id, found.facts)


def _note_failures(seen: list[str]) -> None:
    classify = writer.classify

    def noted(error: BaseException) -> Failure:
        seen.append(type(error).__name__)
        return classify(error)

    writer.classify = noted
