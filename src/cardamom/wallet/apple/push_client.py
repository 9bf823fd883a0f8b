"""Pushes to Apple: one long-lived HTTP/2 connection with the pass certificate as TLS client certificate.

Apple Developer, "Sending notification requests to APNs" and "Establishing a certificate-based connection to APNs"; for
passes "Adding a Web Service to Update Passes": the body is an empty JSON object, the topic is the pass type.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal, cast
from urllib.parse import urlsplit

import msgspec
import structlog
from hpack import NeverIndexedHeaderTuple

from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.push_connection import Answered, ConnectionGone, PushConnection

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 10.0
PONG_SECONDS = 3.0
#: From the call to the answer, with the wait for a free stream.
TURN_SECONDS = 30.0
#: An idle connection is looked after now and then, so that a router that forgot it is noticed before a stamp is.
PING_SECONDS = 120.0
#: A server that cannot be reached is left alone for a second, then two, four, ... up to this.
LONGEST_PAUSE_SECONDS = 30.0
#: Apple keeps a push for a phone that is off. Older news is worth nothing: phones ask by themselves about daily.
KEPT_SECONDS = 86_400
_MINUTE = 60
#: Whatever an answer says, nobody is left alone for longer.
_LONGEST_WAIT_SECONDS = 3_600.0
#: A push that met a connection at its end is sent on the next one, so often.
_TRIES = 3

#: apns-priority: "10" at once, "5" when it suits the phone's battery.
Priority = Literal["10", "5"]


class PushUnavailable(Exception):
    """Apple could not be asked, or gave no answer. is_foreseen: nobody tried, because it failed a moment ago."""

    def __init__(self, why: str, *, is_foreseen: bool = False) -> None:
        super().__init__(why)
        self.is_foreseen = is_foreseen


class PushAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What Apple said of one push. reason: its word, "" for a 200. since: of a 410, when the token became invalid."""

    status: int
    reason: str = ""
    since: datetime | None = None
    retry_after_seconds: float | None = None


class PushClient:
    """For one certificate and one event loop. Connects at the first push, and again when a connection ended."""

    def __init__(self, certificate: PassCertificate, url: str, *, trusted: str | None = None) -> None:
        """url: https://host[:port]. trusted: PEM of the authority of a stand-in; None: those of the system.

        Raises ValueError for an address that is not https.
        """
        address = urlsplit(url)
        if address.scheme != "https" or not address.hostname:
            raise ValueError(f"pushes need an https address, not {url!r}")
        self._host, self._port = address.hostname, address.port or 443
        self._context = _tls(certificate, trusted)
        self._server = [(":method", "POST"), (":scheme", "https"), (":authority", address.netloc)]
        self._topic = ("apns-topic", certificate.pass_type)
        self._connection: PushConnection | None = None
        self._connecting = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._failures = 0
        self._not_before = 0.0

    async def push(self, token: str, *, priority: Priority = "10") -> PushAnswer:
        """Wake the wallet of a device. Raises PushUnavailable.

        Waits while as many pushes are under way as Apple takes at once: whoever calls is slowed down.
        """
        headers = [
            *self._server,
            # A token is a secret of its phone, and would only push others out of the table of known headers.
            cast("tuple[str, str]", NeverIndexedHeaderTuple(":path", f"/3/device/{token}")),
            self._topic,
            ("apns-priority", priority),
            ("apns-expiration", str(int(time.time()) // _MINUTE * _MINUTE + KEPT_SECONDS)),
        ]
        for _ in range(_TRIES):
            connection = await self._connected()
            try:
                async with asyncio.timeout(TURN_SECONDS):
                    return _read(await connection.post(headers, timeout_seconds=ANSWER_SECONDS))
            except ConnectionGone as gone:
                refusal = _reason(connection.last_words)
                if refusal in _CERTIFICATE_REFUSED:
                    return PushAnswer(status=403, reason=refusal)
                log.info("push.connection_ended", why=str(gone), said=refusal)
            except TimeoutError as error:
                await self._look_after(connection)
                raise PushUnavailable("no answer in time") from error
        raise PushUnavailable("the connection ended again and again")

    async def close(self) -> None:
        """Close the connection. A push that is under way fails."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._connection is not None:
            self._connection.close()

    async def _connected(self) -> PushConnection:
        if self._connection is not None and self._connection.is_open:
            return self._connection
        async with self._connecting:
            if self._connection is None or not self._connection.is_open:
                self._connection = await self._connect()
                self._keeper = self._keeper or asyncio.create_task(self._keep(), name="push keep-alive")
            return self._connection

    async def _connect(self) -> PushConnection:
        """Raises PushUnavailable, at once while the server is left alone."""
        if time.monotonic() < self._not_before:
            raise PushUnavailable("the server could not be reached a moment ago", is_foreseen=True)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _transport, connection = await asyncio.get_running_loop().create_connection(
                    PushConnection, self._host, self._port, ssl=self._context
                )
                await connection.ready
        except (OSError, TimeoutError, ConnectionGone) as error:
            self._failures += 1
            pause = min(2.0 ** (self._failures - 1), LONGEST_PAUSE_SECONDS)
            self._not_before = time.monotonic() + pause
            raise PushUnavailable(f"{type(error).__name__}: {error}") from error
        self._failures = 0
        return connection

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            connection = self._connection
            if connection is not None and connection.is_open and connection.is_idle:
                await self._look_after(connection)

    async def _look_after(self, connection: PushConnection) -> None:
        """Close a connection that leads nowhere: pushes would wait on it until TCP gives up, a quarter of an hour."""
        try:
            await connection.ping(timeout_seconds=PONG_SECONDS)
        except (ConnectionGone, TimeoutError):
            connection.close()


#: Said in a GOAWAY or with a 403: this certificate will not do, and trying again changes nothing.
_CERTIFICATE_REFUSED = frozenset({"BadCertificate", "BadCertificateEnvironment", "Forbidden"})


def _tls(certificate: PassCertificate, trusted: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=trusted)
    context.set_alpn_protocols(["h2"])
    # OpenSSL reads a certificate from a file only. It is ours alone from its first moment and gone at once.
    descriptor, path = tempfile.mkstemp(prefix="cardamom-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(certificate.client_pem())
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
    return context


def _read(answered: Answered) -> PushAnswer:
    if answered.status == 200:
        return PushAnswer(status=200)
    said = _object(answered.body)
    timestamp, retry_after = said.get("timestamp"), answered.headers.get("retry-after", "")
    return PushAnswer(
        status=answered.status,
        reason=_reason(answered.body),
        since=datetime.fromtimestamp(timestamp / 1_000, UTC) if isinstance(timestamp, int) else None,
        retry_after_seconds=min(float(retry_after), _LONGEST_WAIT_SECONDS)
        if retry_after.isdecimal()
        else None,
    )


def _reason(body: bytes) -> str:
    reason = _object(body).get("reason")
    return reason if isinstance(reason, str) else ""


def _object(body: bytes) -> dict[str, object]:
    found: object = None
    with suppress(msgspec.DecodeError):
        found = msgspec.json.decode(body or b"{}")
    return found if isinstance(found, dict) else {}
