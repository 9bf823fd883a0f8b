"""Clients that behave: each request has its key, and is sent again with it until there is an answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import msgspec

from cardamom.kit.ids import new_id
from tests.crash.shop import Shop

CLIENTS = 12
#: A server that is gone for longer than this is a failure of the server, not of the patience.
GIVEN_UP_AFTER_SECONDS = 60

#: What a client may hear instead of an answer, apart from a broken connection.
_NOT_NOW = (429, 503)


class Asked(msgspec.Struct, frozen=True):
    """A request that will be sent until it is answered."""

    key: str
    path: str
    body: dict[str, Any]


class Load:
    """Many clients at once, and everything that they were told.

    acknowledged: the answers by key. unanswered: keys that are on their way. repeated: how often one was sent again.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._stopping = False
        self.acknowledged: dict[str, tuple[Asked, dict[str, Any]]] = {}
        self.unanswered: set[str] = set()
        self.repeated = 0

    async def run(self, disturb: Callable[[Load], Awaitable[None]]) -> None:
        """Keep all clients busy while `disturb` runs, then let every one of them finish what it began."""
        self._stopping = False
        async with (
            httpx2.AsyncClient(base_url=self._shop.url, timeout=20) as http,
            asyncio.TaskGroup() as group,
        ):
            for number in range(CLIENTS):
                group.create_task(self._work(http, number))
            try:
                await disturb(self)
            finally:
                self._stopping = True

    async def progress(self, *, by: int) -> None:
        """Wait until so many more requests were acknowledged: the shop goes on. Raises TimeoutError."""
        wanted = len(self.acknowledged) + by
        async with asyncio.timeout(GIVEN_UP_AFTER_SECONDS):
            while len(self.acknowledged) < wanted:  # noqa: ASYNC110 - many tasks may be the one that reaches it
                await asyncio.sleep(0.02)

    async def send_again(self, *, most: int) -> None:
        """Repeat acknowledged requests, as a phone does that missed the answer."""
        waiting = random.sample(list(self.acknowledged.values()), min(most, len(self.acknowledged)))
        async with (
            httpx2.AsyncClient(base_url=self._shop.url, timeout=20) as http,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(CLIENTS):
                group.create_task(self._send_again(http, waiting))

    async def _send_again(
        self, http: httpx2.AsyncClient, waiting: list[tuple[Asked, dict[str, Any]]]
    ) -> None:
        while waiting:
            asked, first = waiting.pop()
            again = await self._until_answered(http, asked)
            assert again["operation"] == first["operation"], "one request became two operations"
            assert again.get("replayed", True)

    async def _work(self, http: httpx2.AsyncClient, number: int) -> None:
        """Stamp one's own card or everybody's; sometimes take a stamp back, or use a reward."""
        cards = self._shop.cards
        vouchers: list[str] = []
        while not self._stopping:
            _card_id, code = cards[random.choice((0, number % len(cards)))]
            answer = await self._ask(http, "/api/v1/scans", {"code": code})
            vouchers += [voucher["id"] for voucher in answer["issued"]]
            if random.random() < 0.2:
                await self._ask(http, f"/api/v1/operations/{answer['operation']}/undo", {})
            if vouchers and random.random() < 0.5:
                await self._ask(http, f"/api/v1/vouchers/{vouchers.pop()}/redeem", {})

    async def _ask(self, http: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
        asked = Asked(new_id(), path, body)
        self.unanswered.add(asked.key)
        answer = await self._until_answered(http, asked)
        self.acknowledged[asked.key] = (asked, answer)
        self.unanswered.discard(asked.key)
        return answer

    async def _until_answered(self, http: httpx2.AsyncClient, asked: Asked) -> dict[str, Any]:
        async with asyncio.timeout(GIVEN_UP_AFTER_SECONDS):
            while True:
                headers = {**self._shop.headers, "Idempotency-Key": asked.key}
                try:
                    answer = await http.post(asked.path, json=asked.body, headers=headers)
                except httpx2.TransportError:
                    self.repeated += 1
                    await asyncio.sleep(random.uniform(0.02, 0.2))
                    continue
                if answer.status_code == 200:
                    return dict(answer.json())
                assert answer.status_code in _NOT_NOW, f"{asked.path}: {answer.status_code} {answer.text}"
                self.repeated += 1
                await asyncio.sleep(0.1)
