"""`cardamom bench`: what is measured, and how it is told."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cardamom.cli.bench import pgbench, scans
from cardamom.cli.bench.load import measure, scan_script, scratch, web_process
from cardamom.cli.bench.world import Shape, code, lay_out
from cardamom.cli.console import note, say
from cardamom.cli.problems import CommandProblem
from cardamom.db.connections import with_database
from cardamom.db.embedded import running_server
from cardamom.db.migrations import migrate
from cardamom.db.settings import load_settings

app = typer.Typer(help="Measure this machine. Needs wrk; see docs/benchmarks.md.", no_args_is_help=True)

Seconds = Annotated[int, typer.Option("--seconds", min=1, help="How long each load lasts.")]
Rounds = Annotated[int, typer.Option("--rounds", min=1, help="How often pgbench and HTTP take turns.")]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Web processes.")]
Parts = Annotated[
    list[str] | None,
    typer.Option(
        "--part", help="Only this: strips, passes, push-rate, push-latency or redesign. Repeatable."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]

#: "One million cards cost less than 10 % of the rate of 10 000."
FEW = Shape(merchants=100, cards=100, vouchers=0)
MANY = Shape(merchants=100, cards=10_000, vouchers=0)


@app.command(name="scans")
def bench_scans(
    seconds: Seconds = 8, rounds: Rounds = 3, workers: Workers = 1, *, as_json: AsJson = False
) -> None:
    """Stamps and redemptions over HTTP, against pgbench sending the same statements one transaction at a time."""
    with _folder() as folder, _explained():
        report = scans.bench_scans(
            folder, shape=Shape(), seconds=seconds, rounds=rounds, workers=workers, say=note
        )
    if as_json:
        say(msgspec.json.encode(report).decode())
        return
    for name, value in msgspec.structs.asdict(report).items():
        say(f"{name:>20}  {value:,.2f}" if isinstance(value, float) else f"{name:>20}  {value:,}")


@app.command(name="scale")
def bench_scale(
    seconds: Seconds = 8, rounds: Rounds = 3, workers: Workers = 1, *, as_json: AsJson = False
) -> None:
    """The rate of stamps with a million cards against the rate with ten thousand, in turns."""
    with _folder() as folder, _explained():
        few, many = scale(folder, seconds=seconds, rounds=rounds, workers=workers)
    figures = {"rps_10k_cards": few, "rps_1m_cards": many, "ratio_1m": many / few}
    if as_json:
        say(msgspec.json.encode(figures).decode())
        return
    for name, value in figures.items():
        say(f"{name:>20}  {value:,.2f}")


@app.command(name="wallet")
def bench_wallet(
    part: Parts = None,
    seconds: Seconds = 8,
    rounds: Rounds = 3,
    *,
    as_json: AsJson = False,
) -> None:
    """Passes, strips, pushes and a redesign of a hundred thousand cards, with stand-ins for Apple."""
    from cardamom.cli.bench.wallet import PARTS, figures

    unknown = set(part or ()) - set(PARTS)
    if unknown:
        raise CommandProblem(f"No such part: {', '.join(sorted(unknown))}. There are {', '.join(PARTS)}.")
    found: dict[str, dict[str, Any]] = {}
    for name in part or PARTS:
        with _folder() as folder, _explained():
            found[name] = figures(PARTS[name](folder, seconds=seconds, rounds=rounds, say=note))
    if as_json:
        say(msgspec.json.encode(found).decode())
        return
    for name, told in found.items():
        for figure, value in told.items():
            said = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
            say(f"{name:>13} {figure:>24}  {said}")


def scale(folder: Path, *, seconds: int, rounds: int, workers: int) -> tuple[float, float]:
    """Stamps per second at 64 connections, the medians of both shapes. One database each, one after the other."""
    rates: list[float] = []
    for name, shape in (("few", FEW), ("many", MANY)):
        note(f"{shape.merchants * shape.cards:,} cards")
        own = folder / name
        settings = load_settings(own)
        with running_server(own) as server:
            url = with_database(server.url, "cardamom")
            migrate(url)
            keys = lay_out(url, shape)
            codes = [code(number, kind=1) for number in range(shape.merchants * shape.cards)]
            with web_process(settings, url, workers=workers) as web, scratch() as scripts:
                measured = [
                    # A script of its own for each round: its keys are used once.
                    measure(web, scan_script(keys, codes, scripts), connections=64, seconds=seconds)
                    for _ in range(rounds)
                ]
            yardstick = pgbench.run(
                scans.pgbench_program(),
                url,
                pgbench.stamps_script(merchants=shape.merchants, cards=shape.cards),
                seconds=seconds,
            )
        rates.append(sorted(each.per_second for each in measured)[rounds // 2])
        note(f"{rates[-1]:.0f}/s; pgbench on the same rows {yardstick:.0f}/s")
    return rates[0], rates[1]


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cardamom-bench-") as folder:
        yield Path(folder)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise CommandProblem(f"Not measured: {error}.") from error
