"""A stand-in for Apple's push service: HTTP/2 over TLS that asks for a client certificate, with all of Apple's answers.

    async with mock_apns(trusted=authority.root_pem) as apns:      # trusted: who issued the pass certificates
        client = PushClient(certificate, apns.url, trusted=apns.authority)
        apns.phones["ab" * 32] = phone.wake                        # called with a Push that was answered with 200
        apns.answers["cd" * 32] = [Answer(410, "Unregistered", since=...)]   # for one token, one after the other;
        apns.answers["*"] = [Answer(503)] * 3                                # "*": for any; when none is left, 200
        apns.pushes                                                # every Push that came in, in order
        apns.delay_seconds = 0.2                                   # answers come so late
        apns.is_silent = True                                      # takes pushes and never answers
        apns.max_streams = 1                                       # SETTINGS of the connections to come
        apns.window = 0                                            # likewise; a stream's window opens a moment later
        apns.go_away("Shutdown", processed=False)                  # ends every connection
        await apns.stop(); await apns.start()                      # refuses connections, then listens at the same port

For tests and for `cardamom bench wallet`; nothing of the product imports it.
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_ANY = "*"
_OPENING_SECONDS = 0.02


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """A push as it arrived. at: the system's clock, in seconds. subject: of the client's certificate."""

    token: str
    headers: dict[str, str]
    body: bytes
    at: float
    subject: str


class Answer(msgspec.Struct, frozen=True):
    """What to say instead of 200. since: of a 410, when the token became invalid. reset: refuse the stream instead."""

    status: int
    reason: str = ""
    since: datetime | None = None
    retry_after_seconds: int | None = None
    reset: bool = False


class MockApns:
    """See the module. Bound to one event loop; listens on the loopback."""

    def __init__(self, *, trusted: bytes) -> None:
        """trusted: PEM of the authority whose client certificates are taken."""
        self.pushes: list[Push] = []
        self.answers: dict[str, list[Answer]] = {}
        self.phones: dict[str, Callable[[Push], None]] = {}
        self.delay_seconds = 0.0
        self.is_silent = False
        self.max_streams = 1_000
        self.window = 65_535
        #: How many connections were made, and how many streams were open at once at most.
        self.connections = 0
        self.most_streams = 0
        self.authority, self._context = _server_tls(trusted)
        self._server: asyncio.Server | None = None
        self._port = 0
        self.open: set[_Connection] = set()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen; again at the same port after `stop`."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self), "127.0.0.1", self._port, ssl=self._context
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
        for connection in list(self.open):
            connection.cut()
        await asyncio.sleep(0)

    def go_away(self, reason: str = "", *, processed: bool = True) -> None:
        """End every connection with GOAWAY. processed: whether the pushes under way count as looked at."""
        for connection in list(self.open):
            connection.go_away(reason, processed=processed)

    def take(self, push: Push) -> Answer:
        """Note a push and decide its answer."""
        self.pushes.append(push)
        for name in (push.token, _ANY):
            if self.answers.get(name):
                return self.answers[name].pop(0)
        if push.token in self.phones:
            self.phones[push.token](push)
        return Answer(200)


@asynccontextmanager
async def mock_apns(*, trusted: bytes) -> AsyncIterator[MockApns]:
    """A running stand-in, stopped at the end."""
    apns = MockApns(trusted=trusted)
    await apns.start()
    try:
        yield apns
    finally:
        await apns.stop()


class _Connection(asyncio.Protocol):
    def __init__(self, apns: MockApns) -> None:
        self._apns = apns
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self._h2 = h2.connection.H2Connection(config)
        self._h2.local_settings = h2.settings.Settings(
            client=False,
            initial_values={
                h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: apns.max_streams,
                h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: apns.window,
            },
        )
        self._transport: asyncio.Transport | None = None
        self._subject = ""
        self._requests: dict[int, tuple[dict[str, str], bytes]] = {}
        self._is_flushing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._apns.open.add(self)
        self._apns.connections += 1
        self._subject = str(transport.get_extra_info("peercert")["subject"])
        self._h2.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        try:
            events = self._h2.receive_data(data)
        except h2.exceptions.ProtocolError:
            self._flush()
            self.cut()
            return
        for event in events:
            self._take(event)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._apns.open.discard(self)

    def cut(self) -> None:
        """End without a word."""
        if self._transport is not None:
            self._transport.abort()

    def go_away(self, reason: str, *, processed: bool) -> None:
        body = msgspec.json.encode({"reason": reason}) if reason else None
        last = max(self._requests, default=self._h2.highest_inbound_stream_id) if processed else 0
        self._h2.close_connection(additional_data=body, last_stream_id=last)
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def _take(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.RequestReceived(stream_id=int(number)):
                headers = {str(name): str(value) for name, value in event.headers or ()}
                self._requests[number] = (headers, b"")
                self._apns.most_streams = max(self._apns.most_streams, self._h2.open_inbound_streams)
                if not self._apns.window:
                    asyncio.get_running_loop().call_later(_OPENING_SECONDS, self._open_window, number)
            case h2.events.DataReceived(stream_id=int(number)):
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, number)
                headers, body = self._requests[number]
                self._requests[number] = (headers, body + (event.data or b""))
            case h2.events.StreamEnded(stream_id=int(number)):
                self._push(number)
            case h2.events.StreamReset(stream_id=int(number)):
                self._requests.pop(number, None)

    def _open_window(self, number: int) -> None:
        if number in self._requests:
            self._h2.increment_flow_control_window(2, number)
            self._flush()

    def _push(self, number: int) -> None:
        headers, body = self._requests[number]
        token = headers[":path"].removeprefix("/3/device/")
        push = Push(token=token, headers=headers, body=body, at=time.time(), subject=self._subject)
        if headers[":method"] != "POST" or token == headers[":path"]:
            answer = Answer(405, "MethodNotAllowed")
        else:
            answer = self._apns.take(push)
        if self._apns.is_silent:
            return
        if self._apns.delay_seconds:
            asyncio.get_running_loop().call_later(self._apns.delay_seconds, self._answer, number, answer)
        else:
            self._answer(number, answer)

    def _answer(self, number: int, answer: Answer) -> None:
        if self._requests.pop(number, None) is None:
            return
        if answer.reset:
            self._h2.reset_stream(number, h2.errors.ErrorCodes.REFUSED_STREAM)
        elif answer.status == 200:
            self._h2.send_headers(number, [(":status", "200")], end_stream=True)
        else:
            self._refuse(number, answer)
        if not self._is_flushing:
            self._is_flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _refuse(self, number: int, answer: Answer) -> None:
        said: dict[str, object] = {"reason": answer.reason}
        if answer.since is not None:
            said["timestamp"] = int(answer.since.timestamp() * 1_000)
        headers = [(":status", str(answer.status)), ("content-type", "application/json")]
        if answer.retry_after_seconds is not None:
            headers.append(("retry-after", str(answer.retry_after_seconds)))
        self._h2.send_headers(number, headers)
        self._h2.send_data(number, msgspec.json.encode(said), end_stream=True)

    def _flush(self) -> None:
        self._is_flushing = False
        if self._transport is not None and not self._transport.is_closing():
            data = self._h2.data_to_send()
            if data:
                self._transport.write(data)


def _server_tls(trusted: bytes) -> tuple[str, ssl.SSLContext]:
    """(PEM of a certificate for the loopback that is its own authority, the server's context)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=trusted.decode())
    with tempfile.NamedTemporaryFile(prefix="cardamom-bench-") as file:
        file.write(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        context.load_cert_chain(file.name)
    return pem.decode(), context
