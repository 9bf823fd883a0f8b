"""A supervisor with two small children, as a process of its own: run with the folder in which they leave their traces.

Each child writes its number to NAME.pid. Asked to stop it takes a moment, then adds its name to the file `stopped`.
"""

import asyncio
import os
import sys
from pathlib import Path

from cardamom.cli.supervisor import Child, Supervisor

CHILD = """
import os, signal, sys, time
from pathlib import Path
from cardamom.cli.lifeline import follow_supervisor

folder, name = Path(sys.argv[1]), sys.argv[2]

def stop(*_signal):
    time.sleep(0.2)
    with (folder / "stopped").open("a") as file:
        file.write(f"{name}\\n")
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
follow_supervisor()
(folder / f"{name}.pid").write_text(str(os.getpid()))
while True:
    time.sleep(60)
"""


def child(folder: Path, name: str) -> Child:
    """A child that stays until it is told."""
    return Child(
        name=name,
        command=[sys.executable, "-c", CHILD, str(folder), name],
        environment=dict(os.environ),
        stop_seconds=10,
    )


if __name__ == "__main__":
    traces = Path(sys.argv[1])
    asyncio.run(Supervisor([child(traces, "first"), child(traces, "second")]).run())
