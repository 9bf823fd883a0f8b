"""The parent's side of the processes that race."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from types import TracebackType

import msgspec

from cardamom.ledger.commands import Command
from tests.races.till import Answer, Raced, run_till

PROCESSES = 4
#: A control goes wrong in nearly every round; one that never does is a failed test.
ROUNDS = 12


class Tills:
    """Some processes with ledgers of their own, waiting for a race to begin."""

    def __init__(self, url: str) -> None:
        # Spawned, not forked: nothing is shared but the database.
        context = multiprocessing.get_context("spawn")
        self._start = context.Barrier(PROCESSES)
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(PROCESSES):
            ours, theirs = context.Pipe()
            process = context.Process(target=run_till, args=(url, theirs, self._start), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def __enter__(self) -> Tills:
        for pipe in self._pipes:
            assert pipe.recv() == "ready"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(10)
            assert process.exitcode == 0, "a till did not end well"

    async def race(self, commands: Sequence[Command], *, without: Sequence[str] = ()) -> Result:
        """Let every command be sent at the same moment, each by another process than its neighbour.

        without: protections to take away, by their names in `disarm.PROTECTIONS`.
        """
        for number, pipe in enumerate(self._pipes):
            pipe.send((list(commands[number::PROCESSES]), tuple(without)))
        heard = [await asyncio.to_thread(pipe.recv) for pipe in self._pipes]
        raced = [msgspec.msgpack.decode(each, type=Raced) for each in heard]
        answers = [raced[place % PROCESSES].answers[place // PROCESSES] for place in range(len(commands))]
        return Result(answers, [why for each in raced for why in each.retried])


class Result(msgspec.Struct, frozen=True):
    """Answers in the order of the commands."""

    answers: list[Answer]
    retried: list[str]

    @property
    def caught(self) -> set[str]:
        """The nets in which batches were caught: the guard of an account's revision, a place or key that is taken.

        IntegrityError is SQLAlchemy's name for the latter.
        """
        return {"DivisionByZero", "UniqueViolation", "IntegrityError"} & set(self.retried)

    @property
    def accepted(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.outcome == "accepted"]

    def reasons(self) -> list[str | None]:
        """Of those that were not accepted."""
        return [answer.reason for answer in self.answers if answer.outcome != "accepted"]
