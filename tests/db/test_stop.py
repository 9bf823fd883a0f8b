"""Stopping a server that somebody else started and still has as a child."""

import subprocess
import sys
import time
from pathlib import Path

from cardamom.db.embedded import EmbeddedServer

START_AND_STAY = """
import sys
from pathlib import Path
from cardamom.db.embedded import EmbeddedServer

server = EmbeddedServer(Path(sys.argv[1]))
server.start()
print("started", flush=True)
sys.stdin.read()
"""


def test_a_server_is_gone_although_its_living_parent_does_not_collect_it(data: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", START_AND_STAY, data], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "started\n"
        server = EmbeddedServer(data)
        server.start()
        began = time.monotonic()
        server.stop()
        # A process whose parent never waits for it stays in the process table; it must not be waited for.
        assert time.monotonic() - began < 60
        assert server.pid is None
        assert starter.poll() is None
        starter.communicate("")
