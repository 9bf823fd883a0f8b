"""A courier that dies while it delivers: `python -m tests.wallet.doomed_courier URL SLICES`.

It tells slices of five and kills itself with signal 9 in the middle of the SLICESth.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from cardamom.db.database import Database
from cardamom.wallet.courier import Courier
from cardamom.wallet.deliveries import Due, Sent
from tests.wallet.delivering import NotingCarrier


class DoomedCarrier(NotingCarrier):
    slice_size, slices_at_once = 5, 1

    def __init__(self, slices: int) -> None:
        super().__init__()
        self._left = slices

    async def send(self, bindings: Sequence[Due]) -> list[Sent]:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().send(bindings)


if __name__ == "__main__":
    asyncio.run(Courier(Database(sys.argv[1]), [DoomedCarrier(int(sys.argv[2]))]).run())
