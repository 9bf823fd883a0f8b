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


def problem_from(said: str, *, cluster: Cluster) -> DatabaseProblem:
    """The problem that the server's last words stand for."""
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return DiskFull(cluster.folder)
    if "has invalid permissions" in said:
        reason = "its rights are too wide or too narrow. Set them with: chmod 0700."
        return WrongPermissions(cluster.folder, account=cluster.account.name, reason=reason)
    if "Permission denied" in said or "has wrong ownership" in said or "Operation not permitted" in said:
        reason = f"permission denied. It said: {_worst(said)}"
        return WrongPermissions(cluster.folder, account=cluster.account.name, reason=reason)
    return ServerDied(cluster.folder, said=_worst(said))


def _worst(said: str) -> str:
    lines = [_PREFIX.sub("", line).strip() for line in said.splitlines() if line.strip()]
    worst = [line for line in lines if line.startswith(("FATAL", "PANIC", "ERROR"))]
    return " ".join((worst or lines)[-3:])
