"""What a person sees of a command: sentences, and a bar while something takes long; plain lines where nobody looks."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

#: How often a long work says how far it is where no bar can be drawn.
_LINE_EVERY_SECONDS = 5.0

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Tone = Literal["", "bold", "dim", "green", "yellow", "red"]

#: Is told how much is done, absolutely.
Done = Callable[[int], None]


def say(sentence: str, *, tone: Tone = "") -> None:
    """A line on standard output. It is not broken: addresses must stay whole."""
    out.print(sentence, style=tone or None, markup=False, soft_wrap=True)


def complain(sentence: str) -> None:
    """A line on standard error, for what went wrong."""
    err.print(sentence, style="red", markup=False, soft_wrap=True)


def note(sentence: str) -> None:
    """A line on standard error that is about the work and not its result."""
    err.print(sentence, style="dim", markup=False, soft_wrap=True)


@contextmanager
def long_work(what: str, *, total: int) -> Iterator[Done]:
    """Show how far a work is: a bar on a terminal, else a line now and then. On standard error."""
    if err.is_terminal:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=err, transient=True) as progress:
            task = progress.add_task(what, total=total)
            yield lambda done: progress.update(task, completed=done)
    else:
        yield _lines(what, total)


def _lines(what: str, total: int) -> Done:
    said_at = time.monotonic()
    note(f"{what} ...")

    def told(done: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= _LINE_EVERY_SECONDS:
            said_at = time.monotonic()
            note(f"{what} ... {done} of {total}")

    return told
