"""The `cardamom` command as people start it: a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

#: What the environment of whoever runs the tests must not decide.
_SETTINGS = ("CARDAMOM_DATA", "CARDAMOM_DATABASE_URL", "CARDAMOM_BASE_URL", "CARDAMOM_SECRET_KEY")


def environment(more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
    return {**kept, **more}


def cardamom(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. `more` is added to the environment."""
    return subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", *arguments],
        env=environment(more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Running:
    """A command that goes on until it is told to stop. What it says is in two files beside the data folder."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self._folder = folder

    @property
    def said(self) -> str:
        """On standard output so far."""
        return (self._folder / "said.txt").read_text(encoding="utf-8")

    @property
    def complained(self) -> str:
        """On standard error so far."""
        return (self._folder / "complained.txt").read_text(encoding="utf-8")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def running(*arguments: str, folder: Path) -> Iterator[Running]:
    """A command in the background; killed at the end when it still runs.

    folder: for what it says. Several may follow one another there.
    """
    with (folder / "said.txt").open("wb") as said, (folder / "complained.txt").open("wb") as complained:
        process = subprocess.Popen(
            [sys.executable, "-m", "cardamom.cli.main", *arguments],
            env=environment({}),
            stdout=said,
            stderr=complained,
            stdin=subprocess.DEVNULL,
        )
        try:
            yield Running(process, folder)
        finally:
            process.kill()
            process.wait()
