"""Where pictures are drawn: in a thread of its own, one at a time, and kept while there is room.

Drawing takes milliseconds of pure computing. On the event loop it would hold up every stamp of the process.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from cardamom.kit.remembering import Remembered
from cardamom.wallet.art.drawing import Drawing, Gift, Order, Preview, Sign, Stamps, hash_of
from cardamom.wallet.art.gifts import draw_gift
from cardamom.wallet.art.pictures import Uploads
from cardamom.wallet.art.previews import draw_preview
from cardamom.wallet.art.sheets import draw_stamps
from cardamom.wallet.art.signs import draw_sign

#: What a process keeps of drawn pictures: some thousand strips.
KEPT_BYTES: Final = 48 * 1024 * 1024


def draw(drawing: Drawing, order: Order, uploads: Uploads) -> bytes:
    """The PNG file. Pure; call it in a thread. Raises ValueError for a picture that there is not of this drawing."""
    match drawing:
        case Stamps() if order.format.of is Stamps and order.balance <= drawing.goal:
            return draw_stamps(drawing, order, uploads)
        case Sign() if order.format.of is Sign:
            return draw_sign(drawing, order, uploads)
        case Gift() if order.format.of is Gift:
            return draw_gift(drawing, order, uploads)
        case Preview() if order.format.of is Preview:
            return draw_preview(drawing, order, uploads)
        case _:
            raise ValueError(f"no {order.file_name} of a {type(drawing).__name__.lower()}")


class Studio:
    """Draws each picture once while it is remembered: the same bytes object is given to everybody who asks."""

    def __init__(self, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="art")
        self._kept = Remembered[tuple[str, str], bytes](most=kept_bytes, weigh=len)

    async def drawn(
        self, drawing: Drawing, orders: list[Order], uploads: Uploads, *, name: str = ""
    ) -> list[bytes]:
        """The files, in the order of the orders. name: the hash of the drawing, where it is known already."""
        name = name or hash_of(drawing)
        keys = [(name, order.file_name) for order in orders]
        found = {key: known for key in keys if (known := self._kept.recall(key)) is not None}
        missing = [order for key, order in zip(keys, orders, strict=True) if key not in found]
        if missing:
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(
                self._thread, lambda: [self._make(name, drawing, order, uploads) for order in missing]
            )
            for order, content in zip(missing, made, strict=True):
                found[name, order.file_name] = self._kept.keep((name, order.file_name), content)
        return [found[key] for key in keys]

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _make(self, name: str, drawing: Drawing, order: Order, uploads: Uploads) -> bytes:
        """In the thread. Somebody who waited longer may have had it drawn already."""
        return self._kept.recall((name, order.file_name)) or draw(drawing, order, uploads)
