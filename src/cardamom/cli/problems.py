"""What can be wrong with how a command was called. Each is a class with a sentence for the operator.

CommandProblem
  PortTaken        somebody else listens there
  HostUnknown      no such address on this machine
  NotADemoFolder   the demo was pointed at a folder that holds something else
  GivenUp          a process does not stay up
  SchemaPending    the tables are older than this program
  OtherInstanceKey the database was used with another key
  NoBooks          there are no tables at all
  MerchantUnknown  no business has this name here
  FileUnreadable   a file that was named cannot be read
  CertificateUnreadable  a file holds no certificate

The command line prints the sentence and exits with 1, as it does for `db.problems`.
"""

from pathlib import Path


class CommandProblem(Exception):
    """The command cannot do what it was asked to. `str()` gives the sentence."""


class PortTaken(CommandProblem):
    """Somebody else listens at the address."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} of {host} is in use. Choose another with --port, or stop the program that listens there."
        )


class HostUnknown(CommandProblem):
    """The address to listen at is not one of this machine's, or may not be used by this user."""

    def __init__(self, host: str, port: int, *, reason: str) -> None:
        super().__init__(f"Nobody can listen at port {port} of {host}: {reason}.")


class NotADemoFolder(CommandProblem):
    """The demo builds only in folders of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is not a demo's folder and not empty. Nothing was changed. Choose another with --data."
        )


class GivenUp(CommandProblem):
    """A process died again and again right after its start."""

    def __init__(self, name: str, *, times: int) -> None:
        super().__init__(
            f"The {name} process ended {times} times right after its start. Its last lines say why."
        )


class SchemaPending(CommandProblem):
    """The tables lack changes that this program needs."""

    def __init__(self, count: int) -> None:
        super().__init__(f"The database lacks {count} changes of its tables. Run `cardamom migrate` first.")


class OtherInstanceKey(CommandProblem):
    """The key of this installation is not the one that the database was used with."""

    def __init__(self) -> None:
        super().__init__(
            "This database was used with another instance key. Under this one, links to cards do not match, passes in "
            "wallets are not updated and stored credentials cannot be read. Nothing was changed. Put the instance.key "
            "of the old installation into the data folder, or its value into CARDAMOM_SECRET_KEY. If it is lost for "
            "ever, run `cardamom adopt-key`."
        )


class NoBooks(CommandProblem):
    """The database has no tables of ours."""

    def __init__(self) -> None:
        super().__init__("There are no books here yet: this database was never served.")


class MerchantUnknown(CommandProblem):
    """No business of this installation has the slug."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no business {slug!r} here.")


class FileUnreadable(CommandProblem):
    """A file that was named is not there, or not ours to read."""

    def __init__(self, file: str, *, reason: str) -> None:
        super().__init__(f"{file} cannot be read: {reason}.")


class CertificateUnreadable(CommandProblem):
    """A file that should hold certificates does not."""

    def __init__(self, file: str) -> None:
        super().__init__(f"{file} holds no certificate, neither as PEM nor as DER.")
