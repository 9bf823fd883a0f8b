"""Apple's stand-in in a process of its own: `python -m cardamom.cli.bench.apns_process TRUSTED ARRIVALS`.

TRUSTED: a file with the authority of the pass certificates. Prints one JSON line, {url, authority}, when it listens.
SIGTERM writes every push into ARRIVALS, a line each (token, seconds since 1970), and ends it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

from cardamom.cli.bench.apns import mock_apns


async def serve(trusted: bytes) -> str:
    """Until SIGTERM; what arrived, a line each."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with mock_apns(trusted=trusted) as apns:
        print(json.dumps({"url": apns.url, "authority": apns.authority}), flush=True)
        await stop.wait()
        return "".join(f"{push.token} {push.at}\n" for push in apns.pushes)


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(asyncio.run(serve(Path(sys.argv[1]).read_bytes())), encoding="ascii")
