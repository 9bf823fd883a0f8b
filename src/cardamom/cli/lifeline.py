"""A child process must not outlive the process that looks after it, however that one ended."""

import ctypes
import os
import signal
import sys
import threading
import time

#: The supervisor names itself here to its children.
SUPERVISOR = "CARDAMOM_SUPERVISOR_PID"

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY_SECONDS = 1.0


def follow_supervisor() -> None:
    """Be told to stop (SIGTERM) when the supervisor is gone; nothing happens when nobody supervises us."""
    pid = os.environ.get(SUPERVISOR)
    if pid is not None:
        follow(int(pid))


def follow(parent: int) -> None:
    """Send ourselves SIGTERM as soon as our parent process has ended. `parent`: its number, as we were told it.

    Call it in the main thread. The parent must have started us from a thread that lives as long as it does.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()
    # It may have ended before we could ask.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
