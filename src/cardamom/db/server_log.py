"""Reading what PostgreSQL said, to tell the operator in one sentence what to do."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from cardamom.db.cluster import Cluster
from cardamom.db.problems import DatabaseProblem, DiskFull, ServerDied, WrongPermissions

_PREFIX = re.compile(
    r"^(\d{4}-\d\d-\d\d [\d:.]+ \w+ )?(\[\d+\] )?(\S* )?(?=LOG|FATAL|PANIC|ERROR|HINT|DETAIL)"
)


def log_sizes(cluster: Cluster) -> dict[Path, int]:
    """How long the server's logs are now, to tell later what was added. Its first words have a file of their own."""
    return {path: path.stat().st_size for path in (cluster.folder / "log").glob("*.log")}


def said_since(cluster: Cluster, sizes: Mapping[Path, int]) -> str:
    """What the server of this start wrote: its first words, and what was added to its logs."""
    texts = [cluster.start_log.read_text(errors="replace")]
    for path in sorted((cluster.folder / "log").glob("*.log")):
        with path.open("rb") as file:
            before = sizes.get(path, 0)
            # A log of last week's day is begun anew, and shorter than it was.
            file.seek(before if file.seek(0, os.SEEK_END) >= before else 0)
            texts.append(file.read().decode(errors="replace"))
    return "\n".join(texts)


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
