"""The application behind a real socket, for browsers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from litestar import Litestar

_TRIES = 100
_PAUSE_SECONDS = 0.05
#: Ports below are other people's.
_LOWEST_PORT = 20_000


@asynccontextmanager
async def serving(app: Litestar) -> AsyncIterator[str]:
    """The address of the application, answering on this machine only, in this event loop."""
    port = free_port()
    server = Server(
        app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    task = asyncio.create_task(server.serve())
    address = f"http://127.0.0.1:{port}"
    try:
        await _answering(address, task)
        yield address
    finally:
        server.stop()
        await task


def free_port() -> int:
    """One that nobody listens on."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port >= _LOWEST_PORT:
            return port


async def _answering(address: str, task: asyncio.Task[None]) -> None:
    async with httpx2.AsyncClient() as client:
        for _try in range(_TRIES):
            if task.done():
                await task
            try:
                await client.get(f"{address}/healthz")
            except httpx2.TransportError:
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return
    raise TimeoutError(f"nothing answers at {address}")
