"""Children come back when they die, end when they are told, and do not outlive whoever looks after them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cardamom.cli import supervisor
from cardamom.cli.problems import GivenUp
from cardamom.cli.supervisor import Child, Supervisor
from tests.cli import supervised
from tests.cli.patience import eventually


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisor whose two children are there."""
    process = subprocess.Popen([sys.executable, "-m", supervised.__name__, str(tmp_path)])
    try:
        pid_of(tmp_path, "first"), pid_of(tmp_path, "second")
        yield process
    finally:
        process.kill()
        process.wait()


def pid_of(folder: Path, name: str, *, other_than: int = 0) -> int:
    def look() -> int | None:
        path = folder / f"{name}.pid"
        text = path.read_text() if path.exists() else ""
        return int(text) if text and int(text) != other_than else None

    return eventually(look, what=f"{name} starting")


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_killed_child_comes_back(running: subprocess.Popen[bytes], tmp_path: Path) -> None:
    before = pid_of(tmp_path, "first")
    os.kill(before, signal.SIGKILL)
    assert pid_of(tmp_path, "first", other_than=before) != before
    assert running.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_children_stop_one_after_the_other(
    running: subprocess.Popen[bytes], tmp_path: Path, number: signal.Signals
) -> None:
    running.send_signal(number)
    assert running.wait(20) == 0
    assert (tmp_path / "stopped").read_text().split() == ["first", "second"]


def test_children_notice_that_their_supervisor_was_killed(
    running: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    pids = [pid_of(tmp_path, "first"), pid_of(tmp_path, "second")]
    running.kill()
    running.wait()
    for pid in pids:
        assert eventually(lambda pid=pid: is_gone(pid), what="the end of an orphan")
    # They were told, not killed: what a web process had accepted would have been committed.
    assert sorted((tmp_path / "stopped").read_text().split()) == ["first", "second"]


async def test_a_child_that_never_stays_up_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.001)
    dying = Child(
        name="broken", command=[sys.executable, "-c", "exit(3)"], environment=dict(os.environ), stop_seconds=5
    )
    well = supervised.child(tmp_path, "well")
    with pytest.raises(GivenUp, match="broken"):
        await Supervisor([dying, well]).run()
    assert is_gone(pid_of(tmp_path, "well"))


async def test_a_child_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
    )
    deaf = Child(
        name="deaf",
        command=[sys.executable, "-c", program, str(tmp_path / "deaf.pid")],
        environment=dict(os.environ),
        stop_seconds=0.3,
    )

    def fail_once_it_is_there() -> None:
        pid_of(tmp_path, "deaf")
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError, match="the database is gone"):
        await Supervisor([deaf], needed=fail_once_it_is_there).run()
    assert is_gone(pid_of(tmp_path, "deaf"))
