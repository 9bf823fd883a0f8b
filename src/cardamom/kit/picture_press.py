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
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from cardamom.kit.errors import Refused, refusal
from cardamom.kit.pictures import MOST_BYTES, Picture, PictureTooLarge, PictureUnreadable, press_picture

#: Of address space. A picture with as many pixels as we take needs a third of it.
MEMORY_BYTES: Final = 2 * 1024**3
CPU_SECONDS: Final = 20
_PATIENCE_SECONDS: Final = 60
#: One picture at a time: each may need half a gigabyte for a moment.
_ONE_AT_A_TIME: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures")


async def press(data: bytes) -> Picture:
    """An uploaded file as it is kept. Raises the refusals of `kit.pictures`."""
    if len(data) > MOST_BYTES:
        raise PictureTooLarge(limit_megabytes=MOST_BYTES // 1024**2)
    return await asyncio.get_running_loop().run_in_executor(_ONE_AT_A_TIME, _press_apart, data)


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
