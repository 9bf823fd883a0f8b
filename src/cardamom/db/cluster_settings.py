"""How the embedded database is set up: initdb, its settings, and who may connect."""

import locale
import shutil
from pathlib import Path

import psutil

from cardamom.db.cluster import Cluster, installed_programs
from cardamom.db.problems import DatabaseProblem, OtherMajorVersion
from cardamom.db.server_log import problem_from

_MEGABYTE = 1024 * 1024
_INCLUDED = "cardamom.conf"
_OWN_CHANGES = "local.conf"


def initialise(cluster: Cluster) -> None:
    """Make the cluster, whole or not at all. Raises DatabaseProblem."""
    partial = cluster.folder.with_name("postgres.partial")
    if partial.exists():
        # Left by an initdb that was killed: the rename below never happened, so nothing in it was ever used.
        shutil.rmtree(partial)
    cluster.account.give(partial)
    command = [str(cluster.programs / "initdb"), "--pgdata", str(partial), "--username", "cardamom"]
    command += ["--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    # pg_trgm asks the operating system what a letter is, whatever the provider: under "C" it is blind to Arabic.
    command += ["--locale", "C", "--lc-ctype", _utf8_locale(), "--data-checksums", "--auth", "trust"]
    done = cluster.account.run([*command, "--no-instructions"])
    if done.returncode != 0:
        raise problem_from(done.stderr or done.stdout, folder=cluster.folder)
    conf = partial / "postgresql.conf"
    included = (
        f"include = '{_INCLUDED}'\n# Your own changes, read last:\ninclude_if_exists = '{_OWN_CHANGES}'\n"
    )
    cluster.account.write(conf, f"{conf.read_text()}\n{included}")
    partial.rename(cluster.folder)


def _utf8_locale() -> str:
    """A locale of this system whose letters are Unicode's. Raises DatabaseProblem when there is none."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8", "UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise DatabaseProblem(
        "This system has no UTF-8 locale (C.UTF-8 or en_US.UTF-8). Install one and start again."
    )


def configure(cluster: Cluster) -> None:
    """Write our settings and who may connect. Done at every start."""
    write, folder = cluster.account.write, cluster.folder
    write(folder / _INCLUDED, _settings(cluster))
    # The socket's folder is private already. Should it ever be opened up, only these users still get in: the owner,
    # and root, who may do anything here anyway and backs up what a service of another user runs.
    write(folder / "pg_hba.conf", "local all all peer map=cardamom\n")
    users = dict.fromkeys((cluster.account.name, "root"))
    write(folder / "pg_ident.conf", "".join(f'cardamom "{user}" cardamom\n' for user in users))


def _settings(cluster: Cluster) -> str:
    shared_buffers = min(max(memory_bytes() // 8, 32 * _MEGABYTE), 1024 * _MEGABYTE)
    settings = {
        # Nobody but this machine, and on it only through a private folder.
        "listen_addresses": "",
        "unix_socket_directories": str(cluster.socket),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{shared_buffers // _MEGABYTE}MB",
        "effective_cache_size": f"{4 * shared_buffers // _MEGABYTE}MB",
        "maintenance_work_mem": "64MB",
        "random_page_cost": "1.1",
        "max_parallel_workers_per_gather": "2" if _has_room_for_sharing() else "0",
        # Statements are short and many: compiling them costs more than it gives.
        "jit": "off",
        # An acknowledged stamp is on the disk. These two are never to be off.
        "fsync": "on",
        "synchronous_commit": "on",
        "wal_compression": _wal_compression(cluster),
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "track_io_timing": "on",
        "track_wal_io_timing": "on",
        "shared_preload_libraries": "pg_stat_statements" if _has_library("pg_stat_statements") else "",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        # A week of logs in the cluster's folder, one file for each day.
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_line_prefix": "%m [%p] %a ",
        "log_lock_waits": "on",
        "log_min_duration_statement": "2s",
        # A statement's parameters, and the row that an error quotes, may be somebody's phone number.
        "log_error_verbosity": "terse",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    }
    lines = [f"{name} = '{_quoted(value)}'" for name, value in settings.items()]
    head = f"# Written by Cardamom at every start. Put your own changes in {_OWN_CHANGES}."
    return "\n".join([head, *lines, ""])


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _has_library(name: str) -> bool:
    libraries = installed_programs().with_name("lib")
    return any((libraries / f"{name}{ending}").exists() for ending in (".so", ".dylib"))


def _wal_compression(cluster: Cluster) -> str:
    built = cluster.account.run([str(cluster.programs / "pg_config"), "--configure"])
    return "lz4" if "--with-lz4" in built.stdout else "pglz"


def memory_bytes() -> int:
    """The memory that we may use: the machine's, or a container's limit when that is less."""
    total = int(psutil.virtual_memory().total)
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        if limit.exists() and (text := limit.read_text().strip()).isdigit():
            return min(total, int(text))
    return total


def _has_room_for_sharing() -> bool:
    """Whether parallel queries have room to exchange rows: many containers give /dev/shm no more than 64 MB."""
    shared = Path("/dev/shm")  # noqa: S108 - it is measured, nothing is written to it
    return not shared.exists() or shutil.disk_usage(shared).total >= 256 * _MEGABYTE


def refuse_other_major(cluster: Cluster) -> None:
    """Raise OtherMajorVersion when another major version made this cluster."""
    found = (cluster.folder / "PG_VERSION").read_text().strip()
    said = cluster.account.run([str(cluster.programs / "postgres"), "--version"]).stdout
    # It says "postgres (PostgreSQL) 18.6", and on some systems the packager's name in brackets after that.
    ours = said.split()[2].partition(".")[0]
    if found != ours:
        raise OtherMajorVersion(cluster.folder, found=found, ours=ours)
