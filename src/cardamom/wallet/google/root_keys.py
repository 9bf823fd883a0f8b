"""The keys that Google's callbacks go back to: fetched by their age and never because a signature is bad.

Otherwise anybody could make us fetch as often as they can post. After a failed fetch the next one waits, for the same
reason; keys that have not expired stay good meanwhile.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

import httpx2
import msgspec
import structlog

from cardamom.kit.clock import Clock
from cardamom.kit.clock import now as system_clock
from cardamom.kit.errors import Unavailable
from cardamom.wallet.google.callbacks import PROTOCOL, RootKey, SigningKey, instant, public_key
from cardamom.wallet.google.errors import CallbackForged

log = structlog.get_logger(__name__)

#: A new root key is published long before the old one ends, and has to be learnt in time.
MOST_AGE: Final = timedelta(hours=24)
PAUSE_AFTER_FAILURE: Final = timedelta(seconds=60)
_MOST_BYTES: Final = 65_536


class _KeyList(msgspec.Struct, frozen=True):
    keys: list[SigningKey]


class RootKeys:
    """One process's copy. Callers at the same time share one fetch."""

    def __init__(self, http: httpx2.AsyncClient, address: str, *, clock: Clock = system_clock) -> None:
        """address: where Google publishes the keys, `Endpoints.google_keys`."""
        self._http = http
        self._address = address
        self._clock = clock
        self._keys: tuple[RootKey, ...] = ()
        self._due_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def current(self) -> tuple[RootKey, ...]:
        """Those that have not expired. Raises Unavailable when there are none and Google does not answer."""
        if self._is_due():
            async with self._fetching:
                if self._is_due():
                    await self._fetch()
        good = tuple(key for key in self._keys if key.expires_at > self._clock())
        if not good:
            raise Unavailable(retry_after_seconds=int(PAUSE_AFTER_FAILURE.total_seconds()))
        return good

    def _is_due(self) -> bool:
        return self._due_at is None or self._due_at <= self._clock()

    async def _fetch(self) -> None:
        at = self._clock()
        try:
            answer = await self._http.get(self._address)
            answer.raise_for_status()
            keys = _read(answer.content)
        except (httpx2.HTTPError, msgspec.DecodeError, CallbackForged) as error:
            log.warning("google.root_keys_missing", error=type(error).__name__)
            self._due_at = at + PAUSE_AFTER_FAILURE
            return
        self._keys = keys
        first_end = min((key.expires_at for key in keys if key.expires_at > at), default=at)
        self._due_at = max(min(at + MOST_AGE, first_end), at + PAUSE_AFTER_FAILURE)


def _read(document: bytes) -> tuple[RootKey, ...]:
    """The keys of our protocol. Raises msgspec.DecodeError and CallbackForged for a document that is none."""
    if len(document) > _MOST_BYTES:
        raise CallbackForged
    listed = msgspec.json.decode(document, type=_KeyList).keys
    return tuple(
        RootKey(public_key(key.key_value), instant(key.key_expiration))
        for key in listed
        if key.protocol_version == PROTOCOL
    )
