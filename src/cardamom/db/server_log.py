"""Reading what PostgreSQL said, to tell the operator in one sentence what to do."""

import re
from pathlib import Path

from cardamom.db.cluster import Cluster
from cardamom.db.problems import DatabaseProblem, DiskFull, ServerDied, WrongPermissions

_TAIL_BYTES = 8192
_PREFIX = re.compile(
    r"^(\d{4}-\d\d-\d\d [\d:.]+ \w+ )?(\[\d+\] )?(\S* )?(?=LOG|FATAL|PANIC|ERROR|HINT|DETAIL)"
)


def last_words(cluster: Cluster, *, since: float) -> str:
    """What the server wrote since a moment (seconds since the epoch), newest log last."""
    logs = [cluster.start_log, *sorted((cluster.folder / "log").glob("*.log"))]
    return "\n".join(_tail(path) for path in logs if path.exists() and path.stat().st_mtime >= since)


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        return file.read().decode(errors="replace")


def problem_from(said: str, *, folder: Path) -> DatabaseProblem:
    """The problem that the server's last words, or the system's, stand for."""
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return DiskFull(folder)
    if "has invalid permissions" in said:
        return WrongPermissions(folder, reason="its rights are not private. Set them with: chmod 0700.")
    if any(
        words in said for words in ("Permission denied", "has wrong ownership", "Operation not permitted")
    ):
        return WrongPermissions(folder, reason=f"it may not be used. The system said: {_worst(said)}")
    return ServerDied(folder, said=_worst(said))


def _worst(said: str) -> str:
    """The last fatal line with the two before it, which often hold the cause, and the advice after it."""
    lines = [_PREFIX.sub("", line).strip() for line in said.splitlines() if line.strip()]
    fatal = [at for at, line in enumerate(lines) if line.startswith(("FATAL", "PANIC", "ERROR"))]
    at = fatal[-1] if fatal else len(lines) - 1
    return " ".join(lines[max(0, at - 2) : at + 3])
