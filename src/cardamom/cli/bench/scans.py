"""`cardamom bench scans`: stamps and redemptions over HTTP, against pgbench sending the same statements."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec

from cardamom.cli.bench import pgbench
from cardamom.cli.bench.load import Measured, WebProcess, measure, scan_script, scratch, web_process
from cardamom.cli.bench.world import Shape, code, lay_out
from cardamom.db.cluster import installed_programs
from cardamom.db.connections import with_database
from cardamom.db.embedded import running_server
from cardamom.db.migrations import migrate
from cardamom.db.settings import load_settings

#: "A worker under 150 MB after 200 000 stamps" is looked at after so many.
STAMPS_BEFORE_RSS = 200_000

Say = Callable[[str], None]


class Report(msgspec.Struct, kw_only=True):
    """Figures of one run on one machine. Rates per second, times in milliseconds, memory in MiB."""

    pgbench_tps: float
    rps_1: float
    rps_64: float
    rps_256: float
    ratio_64: float
    p50_ms_1: float
    p99_ms_1: float
    p50_ms_64: float
    p99_ms_64: float
    p50_ms_256: float
    p99_ms_256: float
    cpu_us_64: float
    rss_mb: float
    stamps: int
    redeem_pgbench_tps: float
    redeem_rps_64: float
    redeem_ratio_64: float
    redeem_p99_ms_64: float
    workers: int
    rounds: int
    merchants: int
    cards: int


def bench_scans(folder: Path, *, shape: Shape, seconds: int, rounds: int, workers: int, say: Say) -> Report:
    """Measure in an empty folder. Needs wrk; pgbench is the embedded server's own.

    pgbench and HTTP take turns, and the medians of the rounds are compared, so that what else the machine does meets
    both alike.
    """
    if shutil.which("wrk") is None:
        raise RuntimeError("wrk is not installed (Debian: apt-get install wrk)")
    settings = load_settings(folder)
    with running_server(folder) as server:
        url = with_database(server.url, "cardamom")
        say("schema and rows")
        migrate(url)
        keys = lay_out(url, shape)
        with web_process(settings, url, workers=workers) as web, scratch() as scripts:
            return _measured(url, web, keys, scripts, shape, seconds, rounds, workers, say)


def _measured(
    url: str,
    web: WebProcess,
    keys: list[str],
    folder: Path,
    shape: Shape,
    seconds: int,
    rounds: int,
    workers: int,
    say: Say,
) -> Report:
    stamps = _Stamps(url, web, keys, folder, shape, say)
    one, many = stamps.at(1, seconds), stamps.at(256, seconds)
    tps, at_64 = stamps.rounds(seconds, rounds)
    stamps.until(STAMPS_BEFORE_RSS, seconds)
    rss = web.rss_mb()
    redeem_tps, redeemed = _redemptions(url, web, keys, folder, shape, seconds, rounds, say)
    rate = median(each.per_second for each in at_64)
    redeem_rate = median(each.per_second for each in redeemed)
    return Report(
        pgbench_tps=tps,
        rps_1=one.per_second,
        rps_64=rate,
        rps_256=many.per_second,
        ratio_64=rate / tps,
        p50_ms_1=one.p50_ms,
        p99_ms_1=one.p99_ms,
        p50_ms_64=median(each.p50_ms for each in at_64),
        p99_ms_64=median(each.p99_ms for each in at_64),
        p50_ms_256=many.p50_ms,
        p99_ms_256=many.p99_ms,
        cpu_us_64=median(each.cpu_us for each in at_64),
        rss_mb=rss,
        stamps=stamps.count,
        redeem_pgbench_tps=redeem_tps,
        redeem_rps_64=redeem_rate,
        redeem_ratio_64=redeem_rate / redeem_tps,
        redeem_p99_ms_64=median(each.p99_ms for each in redeemed),
        workers=workers,
        rounds=rounds,
        merchants=shape.merchants,
        cards=shape.merchants * shape.cards,
    )


class _Stamps:
    """The stamping half: cards at random, counted."""

    def __init__(
        self, url: str, web: WebProcess, keys: list[str], folder: Path, shape: Shape, say: Say
    ) -> None:
        self._url, self._web, self._keys, self._folder, self._shape, self._say = (
            url,
            web,
            keys,
            folder,
            shape,
            say,
        )
        self._codes = [code(number, kind=1) for number in range(shape.merchants * shape.cards)]
        self.count = 0

    def at(self, connections: int, seconds: int) -> Measured:
        script = scan_script(self._keys, self._codes, self._folder)
        measured = measure(self._web, script, connections=connections, seconds=seconds)
        self.count += measured.requests
        self._say(
            f"stamps, {connections} connections: {measured.per_second:.0f}/s,"
            f" p50 {measured.p50_ms:.1f} ms, p99 {measured.p99_ms:.1f} ms, {measured.cpu_us:.0f} us of CPU each"
        )
        return measured

    def rounds(self, seconds: int, rounds: int) -> tuple[float, list[Measured]]:
        """pgbench and 64 connections in turns; (median tps, measurements)."""
        script = pgbench.stamps_script(merchants=self._shape.merchants, cards=self._shape.cards)
        tps, measured = [], []
        for _ in range(rounds):
            tps.append(pgbench.run(pgbench_program(), self._url, script, seconds=seconds))
            self._say(f"stamps, pgbench: {tps[-1]:.0f}/s")
            measured.append(self.at(64, seconds))
        return median(tps), measured

    def until(self, stamps: int, seconds: int) -> None:
        """Go on until the process has given so many stamps."""
        while self.count < stamps:
            self.at(64, seconds)


def _redemptions(
    url: str,
    web: WebProcess,
    keys: list[str],
    folder: Path,
    shape: Shape,
    seconds: int,
    rounds: int,
    say: Say,
) -> tuple[float, list[Measured]]:
    codes = [code(number, kind=2) for number in range(shape.merchants * shape.vouchers)]
    script = pgbench.redemptions_script(merchants=shape.merchants, vouchers=shape.vouchers)
    tps, measured, used = [], [], 0
    for _ in range(rounds):
        lua = scan_script(keys, codes, folder, redeem_from=used)
        measured.append(measure(web, lua, connections=64, seconds=seconds))
        # Requests that were sent when wrk stopped have used their voucher too.
        used += measured[-1].requests + 1_000
        say(f"redemptions, 64 connections: {measured[-1].per_second:.0f}/s, p99 {measured[-1].p99_ms:.1f} ms")
    for _ in range(rounds):
        tps.append(pgbench.run(pgbench_program(), url, script, seconds=seconds))
        say(f"redemptions, pgbench: {tps[-1]:.0f}/s")
    return median(tps), measured


def pgbench_program() -> str:
    """The embedded server's own, else the one on PATH."""
    own = installed_programs() / "pgbench"
    return str(own) if own.exists() else "pgbench"
