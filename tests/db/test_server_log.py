"""The server's last words become one sentence that says what to do."""

from pathlib import Path

import pytest

from cardamom.db.problems import DatabaseProblem, DiskFull, ServerDied, WrongPermissions
from cardamom.db.server_log import problem_from

FOLDER = Path("/data/postgres")


@pytest.mark.parametrize(
    ("said", "problem", "sentence"),
    [
        (
            'FATAL:  could not write lock file "postmaster.pid": No space left on device',
            DiskFull,
            "The disk that holds /data/postgres is full. Make room and start again: nothing is lost.",
        ),
        ("initdb: error: could not create directory: Disk quota exceeded", DiskFull, "is full"),
        (
            'FATAL:  data directory "/data/postgres" has invalid permissions\n'
            "DETAIL:  Permissions should be u=rwx (0700) or u=rwx,g=rx (0750).",
            WrongPermissions,
            "chmod 0700",
        ),
        (
            'FATAL:  could not open file "postgresql.conf": Permission denied',
            WrongPermissions,
            "Permission denied",
        ),
        (
            '2026-11-22 08:00:00.000 UTC [12]  LOG:  invalid value for parameter "work_mem": "plenty"\n'
            '2026-11-22 08:00:00.000 UTC [12]  FATAL:  configuration file "local.conf" contains errors',
            ServerDied,
            'LOG:  invalid value for parameter "work_mem": "plenty" FATAL:  configuration file "local.conf"',
        ),
        ("", ServerDied, "It said: nothing."),
    ],
)
def test_last_words_name_the_problem(said: str, problem: type[DatabaseProblem], sentence: str) -> None:
    found = problem_from(said, folder=FOLDER)
    assert type(found) is problem
    assert sentence in str(found)
