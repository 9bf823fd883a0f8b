"""A small HTTP/1.1 server on a loopback port, in the event loop of the test, that can vanish and come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import h11
import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """path: without the query. query: the first value of each. headers: names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """headers: beside content-length."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Loopback:
    """Answers what `answer` returns; None is no answer at all: the connection stays open and silent."""

    def __init__(self, answer: Callable[[Request], Answer | None]) -> None:
        self.url = ""
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """At the port of last time, the first time at any free one."""
        port = int(self.url.rpartition(":")[2]) if self.url else 0
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is None:
            return
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except (asyncio.CancelledError, ConnectionError):
            # The test cut the line, or the client did: there is nobody to tell.
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        while (request := await _read(http, reader)) is not None:
            answer = self._answer(request)
            if answer is None:
                await asyncio.Event().wait()
                return
            writer.write(_written(http, answer))
            await writer.drain()
            if http.our_state is h11.MUST_CLOSE:
                return
            http.start_next_cycle()


def _written(http: h11.Connection, answer: Answer) -> bytes:
    length = ("content-length", str(len(answer.body)))
    events = (
        h11.Response(status_code=answer.status, headers=[*answer.headers, length]),
        h11.Data(data=answer.body),
        h11.EndOfMessage(),
    )
    return b"".join(http.send(event) or b"" for event in events)


async def _read(http: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection; None when the client closed it."""
    head: h11.Request | None = None
    body = b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            break
        else:
            return None
    assert head is not None
    url = urlsplit(head.target.decode())
    return Request(
        method=head.method.decode(),
        path=url.path,
        query={key: values[0] for key, values in parse_qs(url.query).items()},
        headers={name.decode(): value.decode() for name, value in head.headers},
        body=body,
    )
