"""How fast one issuer may be written to: a token bucket in which what matters goes first.

Google allows 20 requests a second for an issuer and says nothing else about its quota; 15 leave room for the links
that web processes make at the same time. A redeemed voucher goes before a stamp, and a stamp before what only looks.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

#: Requests a second for one issuer, from the process that follows the events.
COURIER_RATE: Final = 15.0
#: From each web process, for save links. Somebody waits for them, and a card with ten vouchers needs a dozen at once;
#: what is too much for Google is told by a 429 and tried again.
WEB_RATE: Final = 5.0
WEB_BURST: Final = 20.0


class TokenBucket:
    """For one issuer and one event loop. Full at the beginning."""

    def __init__(
        self,
        rate: float,
        *,
        burst: float | None = None,
        seconds: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """rate: requests a second. burst: so many may go at once after a pause; a second's worth unless told."""
        self._rate = rate
        self._most = rate if burst is None else burst
        self._seconds = seconds
        self._sleep = sleep
        self._tokens = self._most
        self._filled_at = seconds()
        self._order = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._pouring: asyncio.Task[None] | None = None

    async def take(self, urgency: int) -> None:
        """Return when it is this request's turn; among equals who came first goes first.

        urgency: as `touching.Urgency`, the larger number goes first.
        """
        self._fill()
        if self._tokens >= 1.0 and not self._waiting:
            self._tokens -= 1.0
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-urgency, next(self._order), turn))
        if self._pouring is None or self._pouring.done():
            self._pouring = asyncio.create_task(self._pour(), name="google wallet bucket")
        await turn

    def hold(self, seconds: float) -> None:
        """Google said that it was too much: nobody goes for so long."""
        self._fill()
        self._tokens = min(self._tokens, -seconds * self._rate)

    async def _pour(self) -> None:
        """Hand out tokens until nobody waits. Whoever gave up waiting gets none."""
        while self._waiting:
            self._fill()
            if self._tokens < 1.0:
                await self._sleep((1.0 - self._tokens) / self._rate)
                continue
            _urgency, _place, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self._tokens -= 1.0
                turn.set_result(None)

    def _fill(self) -> None:
        at = self._seconds()
        self._tokens = min(self._most, self._tokens + (at - self._filled_at) * self._rate)
        self._filled_at = at
