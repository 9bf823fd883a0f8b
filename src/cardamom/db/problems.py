"""What can be wrong with the database before anybody can be served. Each is a class with a sentence for the operator.

    DatabaseProblem
      SettingProblem           a setting is missing or cannot be read
      AlreadyServed            another process serves this data folder
      PlatformWithoutEmbedded  no embedded server here
      AccountProblem           the system user of the database is missing or cannot be taken on
      WrongPermissions         files or folders belong to somebody else
      DiskFull                 no space left
      OtherMajorVersion        the cluster was made by another major version
      ServerDied               the server went away while it started
      ServerUnreachable        nothing answers at CARDAMOM_DATABASE_URL
      SchemaProblem            migrations are missing, or are newer than this program
      BackupProblem            a backup or a restore did not work

The command line prints the sentence and exits with 1. Nothing is lost by any of them.
"""

from pathlib import Path


class DatabaseProblem(Exception):
    """The database cannot be used as things stand. `str()` gives the sentence."""


class SettingProblem(DatabaseProblem):
    """A setting is missing or cannot be read."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The setting {name} {reason}")


class AlreadyServed(DatabaseProblem):
    """Another process serves this data folder."""

    def __init__(self, data: Path, *, pid: int | None) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"Cardamom already serves {data}: {who} does it. Stop that one first, or give this one another --data."
        )
        self.pid = pid


class PlatformWithoutEmbedded(DatabaseProblem):
    """The embedded server needs Unix sockets and Unix file rights."""

    def __init__(self, platform: str) -> None:
        super().__init__(
            f"The embedded database does not run on {platform}. Set CARDAMOM_DATABASE_URL to a PostgreSQL server (15 "
            "or newer)."
        )


class AccountProblem(DatabaseProblem):
    """PostgreSQL refuses to run as root, and its own system user cannot be used."""

    def __init__(self, account: str, reason: str) -> None:
        super().__init__(
            f"PostgreSQL does not run as root, and the system user {account} cannot be used: {reason}"
        )


class WrongPermissions(DatabaseProblem):
    """The files of the database may not be used by the user that runs it."""

    def __init__(self, path: Path, *, reason: str) -> None:
        super().__init__(f"The database in {path} cannot be used: {reason}")


class DiskFull(DatabaseProblem):
    """There is no space left where the database lives."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"The disk that holds {path} is full. Make room and start again: nothing is lost.")


class OtherMajorVersion(DatabaseProblem):
    """The cluster was made by another major version of PostgreSQL, which this one cannot read."""

    def __init__(self, path: Path, *, found: str, ours: str) -> None:
        super().__init__(
            f"The database in {path} was made by PostgreSQL {found}; this Cardamom brings {ours}, which cannot read "
            "it. Nothing was changed. Install the Cardamom that you had before, run `cardamom backup FILE`, move "
            f"{path} away, install this one again and run `cardamom restore FILE`."
        )


class ServerDied(DatabaseProblem):
    """The server went away while it started. The sentence ends with what it said last."""

    def __init__(self, path: Path, *, said: str) -> None:
        super().__init__(f"The database in {path} did not start. It said: {said or 'nothing.'}")


class ServerUnreachable(DatabaseProblem):
    """Nothing answers at the address of the database."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The database cannot be reached: {reason}")


class SchemaProblem(DatabaseProblem):
    """The tables are not those of this program."""


class BackupProblem(DatabaseProblem):
    """A backup or a restore did not work; the old state is untouched."""
