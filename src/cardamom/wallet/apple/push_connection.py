"""One HTTP/2 connection to Apple's push service: streams within its limits, answers matched to their pushes.

RFC 9113 by the library h2; what is ours is who waits for what. Pushes that are begun in the same turn of the event
loop leave in one write.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import msgspec

#: Apple answers in a few dozen bytes.
_LONGEST_ANSWER = 4_096
_BODY = b"{}"


class ConnectionGone(Exception):
    """The connection ended before the push was answered: it may or may not have been taken. Begin anew."""


class NotProcessed(ConnectionGone):
    """The server says that it did not look at the push (RFC 9113, sections 6.8 and 8.7)."""


class Answered(msgspec.Struct, frozen=True):
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Stream:
    __slots__ = ("answer", "body", "headers")

    def __init__(self, answer: asyncio.Future[Answered]) -> None:
        self.answer = answer
        self.headers: dict[str, str] = {}
        self.body = b""


class PushConnection(asyncio.Protocol):
    """A connection from its handshake to its end. It is never begun again: there are others."""

    def __init__(self) -> None:
        config = h2.config.H2Configuration(
            client_side=True,
            header_encoding="utf-8",
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self._h2 = h2.connection.H2Connection(config)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._streams: dict[int, _Stream] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._stalled: list[asyncio.Future[None]] = []
        self._limit = 0
        self._is_paused = self._is_flushing = False
        self._ended: ConnectionGone | None = None
        self._pong: asyncio.Future[None] | None = None
        #: Resolved by the server's first SETTINGS: before them nobody knows how many streams it takes.
        self.ready: asyncio.Future[None] = self._loop.create_future()
        #: What the server said when it closed: Apple gives a JSON object with a reason.
        self.last_words = b""

    @property
    def is_open(self) -> bool:
        """Whether a push may be begun here."""
        return self._ended is None

    @property
    def is_idle(self) -> bool:
        """Nothing is under way."""
        return not self._streams

    async def post(self, headers: list[tuple[str, str]], *, timeout_seconds: float) -> Answered:
        """Send a push and wait for its answer. Waits its turn where the server's limit of streams is reached.

        headers: lower case, those with a colon first (RFC 9113, section 8.3).
        Raises ConnectionGone, NotProcessed, and TimeoutError when no answer came in time; the stream is then reset.
        """
        await self._turn()
        if self._ended is not None:
            raise NotProcessed(str(self._ended))
        try:
            stream_id = self._h2.get_next_available_stream_id()
        except h2.exceptions.NoAvailableStreamIDError as error:
            self._end(NotProcessed("no stream ids are left"))
            raise NotProcessed("no stream ids are left") from error
        stream = _Stream(self._loop.create_future())
        self._streams[stream_id] = stream
        try:
            self._h2.send_headers(stream_id, headers)
            # Two bytes a push: the server's window is as good as never empty, and it is asked all the same.
            while self._h2.local_flow_control_window(stream_id) < len(_BODY):
                await self._window()
            self._h2.send_data(stream_id, _BODY, end_stream=True)
            self._flush_soon()
            async with asyncio.timeout(timeout_seconds):
                return await stream.answer
        except h2.exceptions.ProtocolError as error:
            self._end(ConnectionGone(str(error)))
            raise ConnectionGone(str(error)) from error
        finally:
            self._leave(stream_id, stream)

    async def ping(self, *, timeout_seconds: float) -> None:
        """Ask whether anybody is there. Raises ConnectionGone, TimeoutError."""
        if self._ended is not None:
            raise self._ended
        if self._pong is None or self._pong.done():
            self._pong = self._loop.create_future()
            self._h2.ping(b"cardamom")
            self._flush_soon()
        async with asyncio.timeout(timeout_seconds):
            await self._pong

    def close(self) -> None:
        """Say good-bye. What is under way is not waited for."""
        if self._ended is None:
            self._h2.close_connection()
            self._flush()
        self._end(ConnectionGone("closed by us"))

    # -- turns -----------------------------------------------------------------------------------------------------

    async def _turn(self) -> None:
        """Wait for a free stream and a buffer with room."""
        while self._ended is None and (len(self._streams) >= self._limit or self._is_paused):
            turn: asyncio.Future[None] = self._loop.create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                # It may have been called already: the next one goes instead.
                self._call_next()
                raise

    async def _window(self) -> None:
        """Wait until the server takes more bytes. Raises ConnectionGone."""
        if self._ended is None:
            self._flush_soon()
            more: asyncio.Future[None] = self._loop.create_future()
            self._stalled.append(more)
            await more
        if self._ended is not None:
            raise self._ended

    def _leave(self, stream_id: int, stream: _Stream) -> None:
        del self._streams[stream_id]
        if not stream.answer.done() and self._ended is None:
            # Somebody stopped waiting: tell the server, so that both count the same streams.
            try:
                self._h2.reset_stream(stream_id, h2.errors.ErrorCodes.CANCEL)
                self._flush_soon()
            except h2.exceptions.ProtocolError:
                self._end(ConnectionGone("a stream could not be reset"))
        self._call_next()

    def _call_next(self) -> None:
        free = len(self._waiting) if self._ended else max(self._limit - len(self._streams), 0)
        while self._waiting and free:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1

    def _call_stalled(self) -> None:
        stalled, self._stalled = self._stalled, []
        for more in stalled:
            if not more.done():
                more.set_result(None)

    # -- the transport ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._h2.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        try:
            events = self._h2.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            self._flush()
            self._end(ConnectionGone(f"not HTTP/2: {error}"))
            return
        for event in events:
            self._take(event)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(ConnectionGone(str(exc) if exc else "closed by the server"))

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self._call_next()

    def _flush_soon(self) -> None:
        if not self._is_flushing:
            self._is_flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._is_flushing = False
        if self._transport is not None and (data := self._h2.data_to_send()):
            self._transport.write(data)

    def _end(self, why: ConnectionGone) -> None:
        if self._ended is None:
            self._ended = why
        for stream in self._streams.values():
            if not stream.answer.done():
                stream.answer.set_exception(self._ended)
        for future in (self.ready, self._pong):
            if future is not None and not future.done():
                future.set_exception(self._ended)
                future.exception()  # nobody may be waiting
        self._call_next()
        self._call_stalled()
        if self._transport is not None:
            self._transport.close()

    # -- frames ----------------------------------------------------------------------------------------------------

    def _take(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.ResponseReceived(stream_id=int(number)) if number in self._streams:
                self._streams[number].headers = dict(_text(event.headers))
            case h2.events.DataReceived(stream_id=int(number)):
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, number)
                if number in self._streams:
                    stream = self._streams[number]
                    stream.body = (stream.body + (event.data or b""))[:_LONGEST_ANSWER]
            case h2.events.StreamEnded(stream_id=int(number)) if number in self._streams:
                _answer(self._streams[number])
            case h2.events.StreamReset(stream_id=int(number)) if number in self._streams:
                _refuse(self._streams[number], event.error_code)
            case h2.events.RemoteSettingsChanged():
                self._limit = self._h2.remote_settings.max_concurrent_streams
                if not self.ready.done():
                    self.ready.set_result(None)
                self._call_next()
                self._call_stalled()
            case h2.events.WindowUpdated():
                self._call_stalled()
            case h2.events.PingAckReceived() if self._pong is not None and not self._pong.done():
                self._pong.set_result(None)
            case h2.events.ConnectionTerminated():
                self._go_away(event)

    def _go_away(self, event: h2.events.ConnectionTerminated) -> None:
        """h2 hears nothing after GOAWAY, so what the server might still answer is asked again elsewhere.

        A push that was taken twice does no harm: the second time the phone finds nothing new.
        """
        self.last_words = bytes(event.additional_data or b"")
        last = event.last_stream_id or 0
        for number, stream in self._streams.items():
            if number > last and not stream.answer.done():
                stream.answer.set_exception(NotProcessed("the server goes away"))
        self._end(ConnectionGone("the server goes away"))


def _text(headers: Any) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in headers]


def _answer(stream: _Stream) -> None:
    if not stream.answer.done():
        status = stream.headers.get(":status", "0")
        stream.answer.set_result(Answered(int(status), stream.headers, stream.body))


def _refuse(stream: _Stream, error_code: object) -> None:
    if not stream.answer.done():
        kind = NotProcessed if error_code == h2.errors.ErrorCodes.REFUSED_STREAM else ConnectionGone
        stream.answer.set_exception(kind(f"reset: {error_code}"))
