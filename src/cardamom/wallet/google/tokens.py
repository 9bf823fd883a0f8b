"""Access tokens of service accounts: asked for once, kept until shortly before they end, shared by all callers.

OAuth 2.0 with a signed assertion (RFC 7523), as Google's "OAuth 2.0 for server to server applications" describes.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

import httpx2
import msgspec

from cardamom.kit.clock import Clock
from cardamom.wallet.google.account import ServiceAccount
from cardamom.wallet.google.errors import GoogleDown, GoogleRefusedAccount

#: A token is not used in the last minutes of its life: requests wait in a bucket, and clocks differ.
_MARGIN: Final = timedelta(minutes=2)
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int = 3_600


class AccessTokens:
    """The token of one account, for one event loop."""

    def __init__(self, account: ServiceAccount, *, http: httpx2.AsyncClient, clock: Clock) -> None:
        self._account = account
        self._http = http
        self._clock = clock
        self._token = ""
        self._good_until: datetime | None = None
        self._asking = asyncio.Lock()

    async def current(self) -> str:
        """Raises GoogleRefusedAccount when Google does not know the account, GoogleDown when it does not answer."""
        async with self._asking:
            if self._good_until is None or self._good_until <= self._clock():
                await self._ask()
            return self._token

    def forget(self, token: str) -> None:
        """Google did not take this one any more. One that came after it stays."""
        if token == self._token:
            self._good_until = None

    async def _ask(self) -> None:
        at = self._clock()
        form = {"grant_type": _GRANT, "assertion": self._account.assertion(now=at)}
        try:
            answer = await self._http.post(self._account.token_uri, data=form)
        except httpx2.HTTPError as error:
            raise GoogleDown from error
        if answer.status_code in {400, 401, 403}:
            raise GoogleRefusedAccount
        if answer.status_code != 200:
            raise GoogleDown
        try:
            token = msgspec.json.decode(answer.content, type=_Token)
        except msgspec.DecodeError as error:
            raise GoogleDown from error
        self._token = token.access_token
        self._good_until = at + timedelta(seconds=token.expires_in) - _MARGIN
