"""What phones complain about (PassKit web service, `POST /v1/log`), as counts and as lines without secrets.

The lines are written by whoever sends them: they are cut, cleaned and counted, and believed by nobody. Without them
the operator of a shop would never learn that phones cannot install its passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

import msgspec
import structlog
from prometheus_client import Counter

from cardamom.access.limits import RequestLimits
from cardamom.kit.errors import TooManyRequests
from cardamom.kit.text import clean

log = structlog.get_logger(__name__)

#: A phone sends a few lines of some hundred characters. What is longer is not read to its end.
MOST_BYTES: Final = 32 * 1024
MOST_LINES: Final = 50
#: Characters of a line that are looked at, and those that are written down.
_READ_LIMIT: Final = 1_200
_LINE_LIMIT: Final = 300
#: Reports of one address, and of everybody together, that a process looks into in a second.
_PER_ADDRESS: Final = 2
_TOGETHER: Final = 20

Task = Literal["register", "unregister", "list", "fetch", "push", "other"]

LINES = Counter(
    "cardamom_wallet_device_log_lines",
    "Lines that phones wrote to the log of the PassKit web service, by what they were about to do and what went wrong.",
    ["task", "problem"],
)
REPORTS_DROPPED = Counter(
    "cardamom_wallet_device_log_reports_dropped",
    "Reports of phones that were not looked into: too many, too large, or not readable.",
    ["why"],
)

#: As iOS begins its lines; the first that is found counts.
_TASKS: tuple[tuple[str, Task], ...] = (
    ("unregister task", "unregister"),
    ("register task", "register"),
    ("get serial", "list"),
    ("what changed", "list"),
    ("get pass", "fetch"),
    ("spurious push", "push"),
)
_STATUS = re.compile(r"unexpected response code (\d{3})\b")
#: (what the line says, what it is called in the metrics).
_PROBLEMS: tuple[tuple[str, str], ...] = (
    ("spurious push", "spurious_push"),
    ("remained the same", "tag_unchanged"),
    ("invalid pass data", "invalid_pass"),
    ("isn’t valid", "invalid_pass"),
    ("isn't valid", "invalid_pass"),
    ("throttled", "throttled"),
    ("timed out", "network"),
    ("network connection", "network"),
    ("could not connect", "network"),
    ("hostname could not be found", "network"),
    ("ssl", "tls"),
    ("certificate", "tls"),
    ("authentication", "unauthorised"),
)
_KNOWN_STATUSES = frozenset(
    {
        "301",
        "302",
        "303",
        "400",
        "401",
        "403",
        "404",
        "405",
        "409",
        "413",
        "422",
        "429",
        "500",
        "502",
        "503",
        "504",
    }
)
#: Tokens, identifiers of devices and serial numbers are long runs of letters and digits.
_SECRET = re.compile(r"[A-Za-z0-9_=-]{20,}")
_WITHHELD = "…"


class Report(msgspec.Struct, frozen=True):
    """The body of a report."""

    logs: list[str] = []


class Complaint(msgspec.Struct, frozen=True):
    """A line of a report: what the phone was about to do, what went wrong, and the line without secrets."""

    task: Task
    problem: str
    line: str


_report = msgspec.json.Decoder(Report)


class DeviceLog:
    """Takes the reports of one process."""

    def __init__(self) -> None:
        self._per_address = RequestLimits(per_second=_PER_ADDRESS, size=2_000)
        self._together = RequestLimits(per_second=_TOGETHER)

    def may_speak(self, address: str) -> bool:
        """Whether a report of this address is looked into now; asked before it is read."""
        try:
            self._per_address.take(address)
            self._together.take("")
        except TooManyRequests:
            REPORTS_DROPPED.labels("too_many").inc()
            return False
        return True

    def take(self, body: bytes | None) -> None:
        """Count and write down what phones say. None for a body that was too large. Never raises for what it says."""
        if body is None:
            REPORTS_DROPPED.labels("too_large").inc()
            return
        try:
            report = _report.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            REPORTS_DROPPED.labels("unreadable").inc()
            return
        for complaint in complaints(report.logs):
            LINES.labels(complaint.task, complaint.problem).inc()
            log.warning(
                "wallet.device_complains", task=complaint.task, problem=complaint.problem, line=complaint.line
            )


def complaints(lines: list[str]) -> Iterator[Complaint]:
    """What the first lines of a report say."""
    for line in lines[:MOST_LINES]:
        lowered = line[:_READ_LIMIT].lower()
        yield Complaint(_task(lowered), _problem(lowered), without_secrets(line))


def without_secrets(line: str) -> str:
    """A line that may be written down: short, on one line, without anything that looks like a token or an id."""
    return clean(_SECRET.sub(_WITHHELD, line[:_READ_LIMIT]), limit=10 * _READ_LIMIT)[:_LINE_LIMIT]


def _task(lowered: str) -> Task:
    return next((task for words, task in _TASKS if words in lowered), "other")


def _problem(lowered: str) -> str:
    status = _STATUS.search(lowered)
    if status is not None:
        return f"status_{status[1]}" if status[1] in _KNOWN_STATUSES else "status_other"
    return next((problem for words, problem in _PROBLEMS if words in lowered), "other")
