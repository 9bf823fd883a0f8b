"""A served shop that tests may kill parts of: the real `cardamom serve` on a folder of its own."""

from __future__ import annotations

import asyncio
import random
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from cardamom.cards.links import LinkMaker
from cardamom.db.cluster import find_cluster
from cardamom.db.database import Database
from cardamom.db.embedded import DATABASE
from cardamom.ledger.writer import Ledger
from cardamom.web.assembly import register_all
from tests.cli.commands import Running, running
from tests.cli.patience import eventually
from tests.world import a_world

CARDS = 8


class Shop:
    """Where it listens, what it is asked with, and the cards of its regulars: (id, code)."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "data"
        self.port = 0
        self.command: Running | None = None
        self.merchant_id = ""
        self.headers: dict[str, str] = {}
        self.cards: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        return find_cluster(self.data).url(DATABASE)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Serve until the block ends; on the port of the first time."""
        arguments = ("serve", "--data", str(self.data), "--port", str(self.port))
        with running(*arguments, folder=self.home) as command:
            self.command = command
            found = eventually(
                lambda: re.search(r"ready: http://127\.0\.0\.1:(\d+)", command.said),
                seconds=90,
                what="the address",
            )
            self.port = int(found[1])
            yield
            if command.process.poll() is None:
                assert command.stop() == 0, command.complained

    def close(self) -> int:
        """SIGTERM to the one process that people start; its exit code."""
        assert self.command is not None
        return self.command.stop(signal.SIGTERM)

    def furnish(self) -> None:
        """A program with a reward, an API key and the cards."""
        asyncio.run(self._furnish())

    async def _furnish(self) -> None:
        database = Database(self.database_url)
        ledger = Ledger(database)
        register_all(ledger, LinkMaker(bytes(32), lambda: self.url))
        await ledger.start()
        world = await a_world(ledger)
        self.merchant_id = world.merchant_id
        self.headers = await world.an_api_key()
        for _ in range(CARDS):
            card_id = await world.a_card()
            self.cards.append((card_id, (await world.card(card_id)).code))
        await ledger.stop()
        await database.close()

    # -- what is killed ------------------------------------------------------------------------------------------

    def kill_a_web_worker(self) -> None:
        """The process that holds the writer."""
        web = self._child("web_process")
        workers = [each for each in web.children() if "resource_tracker" not in " ".join(each.cmdline())]
        random.choice(workers).send_signal(signal.SIGKILL)

    def kill_the_web_process(self) -> None:
        """The process that listens, with everything below it."""
        self._child("web_process").send_signal(signal.SIGKILL)

    def kill_the_database(self) -> None:
        self._child("bin/postgres").send_signal(signal.SIGKILL)

    def kill_a_backend(self) -> None:
        """One server process of the database; all others then start again."""
        backends = []
        for process in self._child("bin/postgres").children():
            with suppress(psutil.NoSuchProcess):
                if f"{DATABASE} [local]" in " ".join(process.cmdline()):
                    backends.append(process)
        random.choice(backends).send_signal(signal.SIGKILL)

    def _child(self, word: str) -> psutil.Process:
        assert self.command is not None
        supervisor = psutil.Process(self.command.process.pid)

        def look() -> psutil.Process | None:
            for process in supervisor.children():
                with suppress(psutil.NoSuchProcess):
                    if word in " ".join(process.cmdline()):
                        return process
            return None

        return eventually(look, what=f"a process with {word}")
