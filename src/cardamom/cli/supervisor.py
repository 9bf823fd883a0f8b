"""Keeps a few processes running, and stops them in order.

A process that dies is started again, at once the first time and later each time it dies young; one that never stays
up ends the whole. Signals go to the supervisor only: the children have sessions of their own, so that Ctrl-C in a
terminal does not stop them all at the same moment.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import msgspec
import structlog

from cardamom.cli.lifeline import SUPERVISOR
from cardamom.cli.problems import GivenUp

log = structlog.get_logger(__name__)

#: A process that lived at least this long was well: the next death counts as its first.
WELL_AFTER_SECONDS = 30.0
#: So many young deaths in a row, and it is given up.
YOUNG_DEATHS = 5
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 15.0
#: How often the thing that the children need (the database) is looked at.
LOOK_EVERY_SECONDS = 1.0

_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A process to keep running.

    stop_seconds: how long it may take to stop before it is killed.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stop_seconds: float


class Supervisor:
    """Runs children until SIGTERM, SIGINT or SIGHUP, then stops them in the order in which they were given."""

    def __init__(self, children: Sequence[Child], *, needed: Callable[[], None] = lambda: None) -> None:
        """needed: called again and again in a thread; brings back what the children need, or raises when it cannot."""
        self._children = children
        self._needed = needed
        self._running: dict[str, Process] = {}
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Return once everything has stopped. Raises GivenUp, and whatever `needed` raises; also then all is stopped.

        Takes over the process's signals meanwhile.
        """
        loop = asyncio.get_running_loop()
        for number in _STOPPING:
            loop.add_signal_handler(number, self._stop.set)
        stop = asyncio.create_task(self._stop.wait())
        keepers = [asyncio.create_task(self._keep(child)) for child in self._children]
        work = [asyncio.create_task(self._look_after_needed()), *keepers]
        try:
            done, _pending = await asyncio.wait([stop, *work], return_when=asyncio.FIRST_COMPLETED)
            self._stop.set()
            for task in done - {stop}:
                task.result()
        finally:
            for task in [stop, *work]:
                task.cancel()
            await asyncio.gather(stop, *work, return_exceptions=True)
            await self._stop_all()
            for number in _STOPPING:
                loop.remove_signal_handler(number)

    async def _keep(self, child: Child) -> None:
        """Start a child, again and again. Raises GivenUp."""
        young_deaths = 0
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            process = await _start(child)
            self._running[child.name] = process
            log.debug("process.started", process=child.name, pid=process.pid)
            status = await process.wait()
            del self._running[child.name]
            lived = loop.time() - began
            young_deaths = 1 if lived >= WELL_AFTER_SECONDS else young_deaths + 1
            log.warning(
                "process.died", process=child.name, status=_said(status), lived_seconds=round(lived, 1)
            )
            if young_deaths >= YOUNG_DEATHS:
                raise GivenUp(child.name, times=young_deaths)
            await asyncio.sleep(min(FIRST_PAUSE_SECONDS * 4 ** (young_deaths - 1), LONGEST_PAUSE_SECONDS))

    async def _look_after_needed(self) -> None:
        while True:
            await asyncio.to_thread(self._needed)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _stop_all(self) -> None:
        for child in self._children:
            process = self._running.pop(child.name, None)
            if process is not None:
                await _stop(child, process)


async def _start(child: Child) -> Process:
    return await asyncio.create_subprocess_exec(
        *child.command,
        env={**child.environment, SUPERVISOR: str(os.getpid())},
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


async def _stop(child: Child, process: Process) -> None:
    """Ask, wait, then kill the child with everything that it started."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), child.stop_seconds)
    except TimeoutError:
        log.warning("process.killed", process=child.name, after_seconds=child.stop_seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    log.debug("process.stopped", process=child.name)


def _said(status: int) -> str:
    """An exit status for people: "exit 3" or "SIGKILL"."""
    return f"exit {status}" if status >= 0 else signal.Signals(-status).name
