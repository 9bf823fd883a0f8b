"""The courier's carrier for Apple: every device that has a pass is pushed, and what Apple says of it is done.

A push says nothing but "look". The phone asks the web service what is newer than what it knows, and fetches that.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import psycopg
import structlog
from cryptography.hazmat.primitives.hashes import SHA256

from cardamom.db.database import Database
from cardamom.kit.actor import system_actor
from cardamom.kit.errors import NotFound, Unavailable
from cardamom.ledger.arrays import plain
from cardamom.ledger.writer import Ledger
from cardamom.merchants.service import record_notice
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.push_client import Priority, PushAnswer, PushClient, PushUnavailable
from cardamom.wallet.credentials import Credentials
from cardamom.wallet.deliveries import Due, Sent, Wallet
from cardamom.wallet.devices import UnregisterDevice
from cardamom.wallet.endpoints import APPLE_PUSH
from cardamom.wallet.touching import Urgency

log = structlog.get_logger(__name__)

SLICE: Final = 250
SLICES_AT_ONCE: Final = 16
#: Until somebody gives a certificate, or a better one.
_CERTIFICATE_WAIT_SECONDS: Final = 900.0
#: A certificate that Apple refused is tried again after so long: Apple has been wrong too.
_REFUSED_SECONDS: Final = 3_600.0

#: A connection that was not used for so long is closed when another certificate comes.
_IDLE_SECONDS: Final = 3_600.0

#: Kind of the notice that Apple refuses a certificate. Facts: pass_type, reason.
CERTIFICATE_REFUSED: Final = "apple_certificate_refused"

#: The token is no token, or none of this pass type: it will never be one (APNs, "Handling error responses").
_DEAD_TOKENS: Final = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic"})
#: A 400 that is the certificate's fault: it does not stand for the topic.
_WRONG_TOPIC: Final = frozenset({"TopicDisallowed", "BadTopic", "MissingTopic"})

_REGISTRATIONS = """
select r.binding_id, r.device, r.push_token
  from unnest(%s::uuid[], %s::uuid[]) as b(merchant_id, id)
  join wallet_registration r on r.merchant_id = b.merchant_id and r.binding_id = b.id
"""


class _Device(msgspec.Struct, frozen=True):
    """A registration of a pass."""

    device: bytes
    push_token: str


class _Line:
    """The connection of one certificate. refused_until, used_at: monotonic.

    told: the merchants whose owners were told that Apple refuses it.
    """

    def __init__(self, client: PushClient, fingerprint: bytes) -> None:
        self.client = client
        self.fingerprint = fingerprint
        self.refused_until = 0.0
        self.used_at = 0.0
        self.told: set[str] = set()


class AppleCarrier:
    """A `deliveries.Carrier`."""

    wallet: Wallet = "apple"
    slice_size = SLICE
    slices_at_once = SLICES_AT_ONCE

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        credentials: Credentials,
        *,
        url: str,
        trusted: str | None = None,
    ) -> None:
        """url: of `endpoints.Endpoints.apple_push`. trusted: PEM, the authority of a stand-in; None: the system's."""
        self._database = database
        self._ledger = ledger
        self._credentials = credentials
        self._url = url
        self._trusted = trusted
        self._lines: dict[bytes, _Line] = {}
        self._reader: psycopg.AsyncConnection[Any] | None = None

    async def send(self, bindings: Sequence[Due]) -> list[Sent]:
        """Push them all at once; the connection's limits slow us down. Raises Unavailable without a database."""
        devices = await self._devices(bindings)
        return await asyncio.gather(*(self._send(due, devices.get(due.id, [])) for due in bindings))

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.gather(*(line.client.close() for line in self._lines.values()))
        self._lines.clear()
        if self._reader is not None:
            await self._reader.close()

    async def _send(self, due: Due, devices: list[_Device]) -> Sent:
        if not devices:
            return Sent(due=due, answer="nobody", told=True)
        certificate = await self._credentials.apple_for(due.merchant_id, due.issuer)
        if certificate is None:
            return Sent(
                due=due,
                answer="no_certificate",
                error="apple_no_certificate",
                wait_seconds=_CERTIFICATE_WAIT_SECONDS,
            )
        if certificate.is_test and self._url == APPLE_PUSH:
            # The demo's authority: Apple would only refuse it, and there is no phone that took the pass.
            return Sent(due=due, answer="not_sent", told=True)
        line = await self._line(certificate)
        if line.refused_until > time.monotonic():
            return _refused(due)
        priority: Priority = "5" if due.urgency in (Urgency.ROLLOUT, Urgency.COSMETIC) else "10"
        answers = await asyncio.gather(*(self._push(line, due, each, priority) for each in devices))
        # One phone that could not be told is enough to try again; a second push does the others no harm.
        return next((each for each in answers if not each.told), answers[0])

    async def _push(self, line: _Line, due: Due, device: _Device, priority: Priority) -> Sent:
        try:
            answer = await line.client.push(device.push_token, priority=priority)
        except PushUnavailable as error:
            # At most a line for each try to connect: a day without Apple is thousands of pushes.
            if not error.is_foreseen:
                log.warning("apple.push_unavailable", reason=str(error), pass_type=due.issuer)
            return Sent(due=due, answer="unavailable", error="apple_unavailable")
        match answer.status:
            case 200:
                return Sent(due=due, answer="ok", told=True)
            case 410:
                await self._drop(due, device, answer)
                return Sent(due=due, answer="unregistered", told=True)
            case 400 if answer.reason in _DEAD_TOKENS:
                await self._drop(due, device, answer)
                return Sent(due=due, answer="bad_token", told=True)
            case status if status == 403 or answer.reason in _WRONG_TOPIC:
                await self._stop(line, due, answer)
                return _refused(due)
            case 429:
                return _later(due, answer, answer="too_many", error="apple_too_many_pushes")
            case status if status >= 500:
                return _later(due, answer, answer="unavailable", error="apple_unavailable")
        log.error("apple.push_refused", status=answer.status, reason=answer.reason, pass_type=due.issuer)
        return Sent(due=due, answer="refused", error="apple_refused_push")

    async def _drop(self, due: Due, device: _Device, answer: PushAnswer) -> None:
        """Forget a registration, unless it has another token by now or was made again later than Apple means."""
        command = UnregisterDevice(
            merchant_id=due.merchant_id,
            actor=system_actor(due.merchant_id),
            binding_id=due.id,
            device_hash=device.device,
            push_token=device.push_token,
            not_after=answer.since,
        )
        try:
            (await self._ledger.submit(command)).or_raise()
        except NotFound:
            log.info("apple.registration_gone_already", reason=answer.reason)

    async def _stop(self, line: _Line, due: Due, answer: PushAnswer) -> None:
        """Send nothing more with this certificate, and raise an alarm: once in the log, once for each owner."""
        if line.refused_until <= time.monotonic():
            log.error("apple.certificate_refused", pass_type=due.issuer, reason=answer.reason)
        line.refused_until = time.monotonic() + _REFUSED_SECONDS
        if due.merchant_id in line.told:
            return
        line.told.add(due.merchant_id)
        await record_notice(
            self._ledger,
            merchant_id=due.merchant_id,
            kind=CERTIFICATE_REFUSED,
            facts={"pass_type": due.issuer, "reason": answer.reason},
            # No event of the feed: the certificate is what it is about, and it is told of once.
            event_id=str(uuid.UUID(bytes=hashlib.sha256(line.fingerprint).digest()[:16], version=5)),
        )

    async def _line(self, certificate: PassCertificate) -> _Line:
        """The connection of a certificate. Those of certificates that nobody uses any more are closed."""
        fingerprint = certificate.leaf.fingerprint(SHA256())
        at = time.monotonic()
        line = self._lines.get(fingerprint)
        if line is None:
            line = _Line(PushClient(certificate, self._url, trusted=self._trusted), fingerprint)
            idle = [each for each in self._lines.values() if at - each.used_at > _IDLE_SECONDS]
            self._lines[fingerprint] = line
            for each in idle:
                del self._lines[each.fingerprint]
                await each.client.close()
        line.used_at = at
        return line

    async def _devices(self, bindings: Sequence[Due]) -> dict[str, list[_Device]]:
        """By binding. On a connection that is kept: a slice of a few stamps should not cost a new one."""
        found: defaultdict[str, list[_Device]] = defaultdict(list)
        try:
            if self._reader is None or self._reader.closed:
                self._reader = await self._database.listen_connect()
            given = (plain(each.merchant_id for each in bindings), plain(each.id for each in bindings))
            rows = await (await self._reader.execute(_REGISTRATIONS, given)).fetchall()
        except psycopg.OperationalError as error:
            raise Unavailable(retry_after_seconds=1) from error
        for binding_id, device, push_token in rows:
            found[binding_id].append(_Device(bytes(device), push_token))
        return found


def _refused(due: Due) -> Sent:
    return Sent(
        due=due,
        answer="certificate_refused",
        error="apple_certificate_refused",
        wait_seconds=_CERTIFICATE_WAIT_SECONDS,
    )


def _later(due: Due, said: PushAnswer, *, answer: str, error: str) -> Sent:
    """After the time that Apple named, else after growing gaps."""
    return Sent(due=due, answer=answer, error=error, wait_seconds=said.retry_after_seconds)
