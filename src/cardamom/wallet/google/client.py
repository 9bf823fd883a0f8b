"""Calls of the Google Wallet API. Google Wallet REST reference; the errors are those of the developer pages.

Promises that no more requests leave than the issuer may send, that trouble which passes is tried again at once a few
times, and that every other answer is one typed error.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from functools import lru_cache
from random import Random, SystemRandom
from typing import Any, Final, Literal
from urllib.parse import quote

import httpx2
import msgspec
import structlog

from cardamom.kit.clock import Clock
from cardamom.kit.clock import now as system_clock
from cardamom.wallet.google.account import ServiceAccount
from cardamom.wallet.google.bucket import TokenBucket
from cardamom.wallet.google.errors import GoogleDown, GoogleQuota, GoogleTemporary
from cardamom.wallet.google.refusals import refusal_in
from cardamom.wallet.google.texts import Document
from cardamom.wallet.google.tokens import AccessTokens
from cardamom.wallet.touching import Urgency

log = structlog.get_logger(__name__)

Kind = Literal["loyaltyClass", "loyaltyObject", "offerClass", "offerObject"]

#: Further tries of one call, the first after about so long; longer waits are for whoever keeps a list of what is due.
TRIES: Final = 3
FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 5.0
TIMEOUT_SECONDS: Final = 10.0
_CONNECTIONS: Final = 4


def http_client() -> httpx2.AsyncClient:
    """What calls go through: HTTP/2 where the server speaks it, a few connections kept open, no redirects."""
    return httpx2.AsyncClient(
        http2=True,
        verify=_tls(),
        timeout=TIMEOUT_SECONDS,
        limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
    )


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Reading the world's certificates takes a tenth of a second; once is enough for a process."""
    return httpx2.create_ssl_context()


class GoogleClient:
    """The API for one service account. Every call waits for its turn in the issuer's bucket.

    Calls raise the errors of `google.errors` below GoogleTrouble.
    """

    def __init__(
        self,
        account: ServiceAccount,
        *,
        http: httpx2.AsyncClient,
        api: str,
        bucket: TokenBucket,
        clock: Clock = system_clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Random | None = None,
    ) -> None:
        """api: `Endpoints.google_api`."""
        self.account = account
        self._http = http
        self._api = api
        self._bucket = bucket
        self._tokens = AccessTokens(account, http=http, clock=clock)
        self._sleep = sleep
        self._random = random or SystemRandom()

    async def get(self, kind: Kind, id: str, *, urgency: int = Urgency.COSMETIC) -> Document:
        return await self._call("GET", f"{kind}/{quote(id)}", None, urgency)

    async def insert(self, kind: Kind, document: Document, *, urgency: int = Urgency.COSMETIC) -> Document:
        """Raises GoogleExists when it is there already."""
        return await self._call("POST", kind, document, urgency)

    async def patch(
        self, kind: Kind, id: str, changes: Document, *, urgency: int = Urgency.COSMETIC
    ) -> Document:
        """Raises GoogleUnknown when it is not there."""
        return await self._call("PATCH", f"{kind}/{quote(id)}", changes, urgency)

    async def add_message(
        self, kind: Kind, id: str, message: Document, *, urgency: int = Urgency.COSMETIC
    ) -> Document:
        """Raises GoogleNoticesUsedUp for one that notifies after the third of 24 hours."""
        return await self._call("POST", f"{kind}/{quote(id)}/addMessage", {"message": message}, urgency)

    async def _call(self, method: str, path: str, body: Document | None, urgency: int) -> Document:
        """With further tries where these can help. A token that was taken back is replaced once."""
        is_token_new = False
        tries = 0
        while True:
            await self._bucket.take(urgency)
            try:
                token = await self._tokens.current()
                answer = await self._send(method, path, body, token)
                if answer.status_code == 401 and not is_token_new:
                    self._tokens.forget(token)
                    is_token_new = True
                    continue
                return self._read(answer)
            except (GoogleQuota, GoogleDown) as trouble:
                tries += 1
                pause = self._pause(trouble, tries)
                if pause is None:
                    raise
                log.info("google.trying_again", method=method, reason=trouble.code, tries=tries)
                await self._sleep(pause)

    async def _send(self, method: str, path: str, body: Document | None, token: str) -> httpx2.Response:
        try:
            return await self._http.request(
                method, f"{self._api}/{path}", json=body, headers={"Authorization": f"Bearer {token}"}
            )
        except httpx2.HTTPError as error:
            raise GoogleDown from error

    def _read(self, answer: httpx2.Response) -> Document:
        if answer.status_code != 200:
            trouble = refusal_in(answer, account=self.account.email)
            if isinstance(trouble, GoogleQuota):
                # No longer than a call is worth waiting for: whoever waits here keeps others from theirs.
                self._bucket.hold(min(trouble.facts.get("retry_after_seconds", 1.0), _LONGEST_PAUSE_SECONDS))
            raise trouble
        try:
            document: dict[str, Any] = msgspec.json.decode(answer.content, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise GoogleDown from error
        return document

    def _pause(self, trouble: GoogleTemporary, tries: int) -> float | None:
        """How long to wait before the next try: as the answer says, else twice as long each time, with jitter."""
        if tries > TRIES:
            return None
        told: float | None = trouble.facts.get("retry_after_seconds")
        if told is not None:
            return None if told > _LONGEST_PAUSE_SECONDS else told
        return FIRST_PAUSE_SECONDS * 2 ** (tries - 1) * self._random.uniform(0.5, 1.5)


class GoogleClients:
    """The clients of one process: one bucket for each issuer, one token for each account."""

    def __init__(
        self,
        *,
        http: httpx2.AsyncClient,
        api: str,
        rate: float,
        burst: float | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """rate, burst: of requests for an issuer, from this process (`bucket`)."""
        self._http = http
        self._api = api
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}
        self._clients: dict[tuple[str, str, str], GoogleClient] = {}

    def client(self, account: ServiceAccount) -> GoogleClient:
        """For this account; the same one until its key is another."""
        name = (account.issuer_id, account.email, account.key_id)
        if name not in self._clients:
            bucket = self._buckets.setdefault(account.issuer_id, TokenBucket(self._rate, burst=self._burst))
            self._clients[name] = GoogleClient(
                account, http=self._http, api=self._api, bucket=bucket, clock=self._clock
            )
        return self._clients[name]
