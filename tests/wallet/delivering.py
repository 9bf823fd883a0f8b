"""A courier at work, for tests: with Apple's stand-in, or with a carrier that only notes what it was given."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.courier import Courier
from cardamom.wallet.deliveries import Due, Sent, Wallet


class OneCertificate:
    """Credentials of an installation with one certificate, which a test may take away or change."""

    def __init__(self, certificate: PassCertificate | None) -> None:
        self.certificate = certificate

    async def apple_for(self, merchant_id: str, pass_type: str) -> PassCertificate | None:
        return self.certificate


class NotingCarrier:
    """Tells nobody; `told` is what it was given. `answer` decides what came of it."""

    slice_size = 10
    slices_at_once = 4

    def __init__(self, wallet: Wallet = "apple") -> None:
        self.wallet: Wallet = wallet
        self.told: list[Due] = []
        self.answer: Callable[[Due], Awaitable[Sent]] = self._told

    async def send(self, bindings: Sequence[Due]) -> list[Sent]:
        self.told += bindings
        return [await self.answer(due) for due in bindings]

    async def _told(self, due: Due) -> Sent:
        return Sent(due=due, answer="ok", told=True)


@asynccontextmanager
async def at_work(*couriers: Courier) -> AsyncIterator[None]:
    """Let couriers work while the block lasts."""
    tasks = [asyncio.create_task(courier.run()) for courier in couriers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(is_so: Callable[[], bool | Awaitable[bool]], *, seconds: float = 8) -> None:
    """Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            found = is_so()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)
