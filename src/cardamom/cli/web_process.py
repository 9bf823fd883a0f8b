"""The process that answers HTTP, started by the supervisor as `python -m cardamom.cli.web_process HOST PORT WORKERS`.

Granian listens and starts the workers; each worker loads `application`.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels

from cardamom.cli.lifeline import follow, follow_supervisor
from cardamom.cli.logs import configure_logs

if TYPE_CHECKING:
    from litestar import Litestar

#: Connections that may wait to be accepted.
BACKLOG = 4_096
#: Requests that a worker has in hand at once, open live pages among them. Past that, connections wait.
AT_ONCE = 2_048
#: A worker that was asked to stop may finish its requests and commit what was accepted for this long.
STOP_SECONDS = 20
#: One more attempt after a worker died; when that one dies at once too, it is the supervisor's turn.
_RESPAWN_SECONDS = 1.0

#: Through the handlers of `configure_logs`. Of Granian's own lines only warnings are of interest.
_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {},
    "handlers": {},
    "loggers": {
        "_granian": {"handlers": [], "level": "WARNING", "propagate": True},
        "granian.access": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}


def application() -> Litestar:
    """For Granian, in each worker process."""
    follow(os.getppid())
    configure_logs()
    from cardamom.web.app import app_from_environment

    app = app_from_environment()
    # Routes, schemas and templates live as long as the process: looking through them at every full collection stops
    # all requests for a tenth of a second.
    gc.collect()
    gc.freeze()
    return app


def run(host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM."""
    Granian(
        "cardamom.cli.web_process:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=workers,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=AT_ONCE,
        log_dictconfig=_LOGGING,
        log_level=LogLevels.warning,
        log_access=False,
        respawn_failed_workers=True,
        respawn_interval=_RESPAWN_SECONDS,
        workers_kill_timeout=STOP_SECONDS,
    ).serve()


if __name__ == "__main__":
    configure_logs()
    follow_supervisor()
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
