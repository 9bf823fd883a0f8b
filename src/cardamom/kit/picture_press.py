"""Pictures are decoded in a process of their own, with little memory and little time.

A file that was made to exploit a decoder, to fill the memory or to compute for ever takes down that process and
nothing else. Run as `python -m cardamom.kit.picture_press`: the file comes in on standard input; out go one line of
JSON and what is kept.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from cardamom.kit.errors import Refused, Unavailable, refusal
from cardamom.kit.pictures import MOST_BYTES, Picture, PictureTooLarge, PictureUnreadable, press_picture

#: Of address space. A picture with as many pixels as we take needs a third of it.
MEMORY_BYTES: Final = 2 * 1024**3
CPU_SECONDS: Final = 20
_PATIENCE_SECONDS: Final = 60
#: Files that a process has taken and not pressed yet, in all and of one sender. What is more waits at the sender's.
_MOST: Final = 8
_MOST_OF_ONE: Final = 2
_AGAIN_SECONDS: Final = 5


class Press:
    """One picture at a time, because each may need half a gigabyte for a moment; a few more may wait for their turn."""

    def __init__(self, pressing: Callable[[bytes], Picture]) -> None:
        self._pressing = pressing
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures")
        self._lock = threading.Lock()
        #: By sender.
        self._taken: Counter[str] = Counter()

    async def press(self, data: bytes, *, sender: str) -> Picture:
        """Raises Unavailable where too many wait already, and what pressing raises."""
        with self._lock:
            if self._taken.total() >= _MOST or self._taken[sender] >= _MOST_OF_ONE:
                raise Unavailable(retry_after_seconds=_AGAIN_SECONDS)
            self._taken[sender] += 1
        turn = self._thread.submit(self._take_turn, data, sender)
        # Who goes away does not take the file out of the queue, and so it goes on counting.
        return await asyncio.shield(asyncio.wrap_future(turn))

    def _take_turn(self, data: bytes, sender: str) -> Picture:
        try:
            return self._pressing(data)
        finally:
            with self._lock:
                self._taken[sender] -= 1
                if not self._taken[sender]:
                    del self._taken[sender]


async def press(data: bytes, *, sender: str) -> Picture:
    """An uploaded file as it is kept. sender: who must not fill the queue for everybody, as a merchant's id.

    Raises the refusals of `kit.pictures`, and Unavailable where too many wait already.
    """
    if len(data) > MOST_BYTES:
        raise PictureTooLarge(limit_megabytes=MOST_BYTES // 1024**2)
    return await _PRESS.press(data, sender=sender)


def _press_apart(data: bytes) -> Picture:
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", __name__],
            input=data,
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PictureUnreadable from error
    head, _line, content = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        raise PictureUnreadable
    said: dict[str, Any] = msgspec.json.decode(head)
    if "code" in said:
        raise refusal(said["code"], said["facts"])
    return Picture(content=content, **said)


_PRESS: Final = Press(_press_apart)


def main() -> None:
    """The process: nothing but limits, one file, one answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    said: dict[str, Any]
    try:
        picture = press_picture(sys.stdin.buffer.read())
    except Refused as refused:
        said, content = {"code": refused.code, "facts": refused.facts}, b""
    else:
        said = {"media_type": picture.media_type, "width": picture.width, "height": picture.height}
        content = picture.content
    sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n" + content)


if __name__ == "__main__":
    main()
