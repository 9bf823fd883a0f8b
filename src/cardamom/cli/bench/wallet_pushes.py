"""Pushes: how many a second over one connection, how soon after a stamp, and what a redesign costs the counter."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle, pairwise
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from cardamom.cli.bench.load import WebProcess, measure, scan_script, scratch, web_process
from cardamom.cli.bench.world import Shape, code, lay_out, merchant_id, subject_id
from cardamom.db.connections import connect, with_database
from cardamom.db.database import Database
from cardamom.db.embedded import running_server
from cardamom.db.migrations import migrate
from cardamom.db.settings import Settings, load_settings
from cardamom.kit.actor import SYSTEM
from cardamom.kit.clock import now
from cardamom.ledger.dispatcher import Bell
from cardamom.ledger.writer import Ledger
from cardamom.programs.deeds import UpdateProgram
from cardamom.programs.schemas import DesignPatch, Icon, ProgramPatch
from cardamom.wallet.apple.certificates import PassCertificate, read_certificate
from cardamom.wallet.apple.push_client import PushClient
from cardamom.wallet.apple.test_authority import Authority, issue_certificate, new_authority
from cardamom.web.assembly import assemble_wallets, register_all

PASS_TYPE = "pass.org.example.bench"  # noqa: S105 - no password
#: Stamps of one run of the latency: each card once, so that no pass waits for its five seconds.
MANY_SHOPS = Shape(merchants=50, cards=1_000, vouchers=0)
ONE_CHAIN = Shape(merchants=1, cards=100_000, vouchers=0)
STAMPS_A_SECOND = 1_000
_ICONS: Final[tuple[Icon, ...]] = ("leaf", "scissors")
_PUSHES = 10_000
_CALLERS = 400
#: Many who rest long, less what an answer takes: then the rate hardly depends on how quick the answers are.
_STAMPERS = 400
_ANSWER_MS = 20
#: So long the worker may still be busy when the last stamp was given.
_SETTLE_SECONDS = 3

Say = Callable[[str], None]

_BIND = """
insert into wallet_binding (merchant_id, id, wallet, issuer, kind, subject_id, card_id, epoch, state, wanted, sent,
                            fetched, urgency, created_at, modified_at, tries, notices)
select merchant_id, id, 'apple', %s, 'card', id, id, 0, 'saved', 0, 0, 0, 0, created_at, created_at, 0, '[]' from card
"""
#: The token is the card's id, so that an arrival can be matched with its stamp.
_REGISTER = """
insert into wallet_registration (merchant_id, binding_id, device, push_token, registered_at)
select merchant_id, id, decode(replace(id::text, '-', ''), 'hex'), replace(id::text, '-', ''), created_at from card
"""
_FIRST_STAMPS = """
select replace(subject_id::text, '-', ''), extract(epoch from min(recorded_at))::float8
  from event where type = 'stamp.added' group by merchant_id, subject_id
"""


class PushRate(msgspec.Struct, frozen=True, kw_only=True):
    """Over one connection to a stand-in in another process."""

    pushes_per_second: float


class PushLatency(msgspec.Struct, frozen=True, kw_only=True):
    """From the ledger's time of a stamp to the arrival of its push, while stamps arrive at a rate."""

    stamps_per_second: float
    pushes: int
    missing: int
    p50_ms: float
    p99_ms: float


class Redesign(msgspec.Struct, frozen=True, kw_only=True):
    """Stamps a second at 64 connections, every card of them in a phone, without a redesign and while one is rolled out.

    ratio: the median of the rounds. reached: passes, in all rounds.
    """

    cards: int
    stamps_without: float
    stamps_during: float
    ratio: float
    reached: int


class _Apple(msgspec.Struct, frozen=True):
    """The stand-in. environment: what makes a worker push to it."""

    url: str
    authority: str
    certificate: PassCertificate
    environment: dict[str, str]
    arrivals: Path
    process: subprocess.Popen[str]

    def stop(self) -> dict[str, float]:
        """When the first push to each token arrived."""
        self.process.terminate()
        self.process.wait()
        found: dict[str, float] = {}
        for line in self.arrivals.read_text(encoding="ascii").splitlines():
            token, at = line.split()
            found.setdefault(token, float(at))
        return found


def bench_push_rate(folder: Path, *, seconds: int, rounds: int, say: Say) -> PushRate:
    """No database: client and stand-in alone. seconds is not used: so many pushes are a second or five."""
    with _apple(folder) as apple:
        rates = [asyncio.run(_push_all(apple)) for _ in range(rounds)]
    say(f"pushes: {', '.join(f'{rate:.0f}/s' for rate in rates)}")
    return PushRate(pushes_per_second=median(rates))


async def _push_all(apple: _Apple) -> float:
    client = PushClient(apple.certificate, apple.url, trusted=apple.authority)

    async def call() -> None:
        for _ in range(_PUSHES // _CALLERS):
            answer = await client.push(secrets.token_hex(32))
            if answer.status != 200:
                raise RuntimeError(f"a push was answered with {answer.status}")

    await client.push(secrets.token_hex(32))
    begin = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(_CALLERS)))
    rate = _PUSHES / (time.perf_counter() - begin)
    await client.close()
    return rate


def bench_push_latency(folder: Path, *, seconds: int, rounds: int, say: Say) -> PushLatency:
    """A web process, a worker, Apple's stand-in and wrk on one machine. rounds is not used."""
    with _apple(folder) as apple, _shop(folder, MANY_SHOPS, apple) as (url, web, keys), scratch() as scripts:
        codes = [code(number, kind=1) for number in range(MANY_SHOPS.merchants * MANY_SHOPS.cards)]
        if seconds * STAMPS_A_SECOND * 1.2 > len(codes):
            raise RuntimeError(f"there are cards for {len(codes) / STAMPS_A_SECOND / 1.2:.0f} seconds only")
        _wait_for_the_worker(url)
        script = scan_script(
            keys, codes, scripts, stamp_pause_ms=_STAMPERS * 1_000 // STAMPS_A_SECOND - _ANSWER_MS
        )
        measured = measure(web, script, connections=_STAMPERS, seconds=seconds)
        time.sleep(_SETTLE_SECONDS)
        with connect(url, application="cardamom bench") as connection:
            stamped: dict[str, float] = dict(connection.execute(_FIRST_STAMPS).fetchall())
        arrived = apple.stop()
    waited = sorted(1_000 * (arrived[token] - at) for token, at in stamped.items() if token in arrived)
    if not waited:
        raise RuntimeError("no push arrived")
    figures = PushLatency(
        stamps_per_second=measured.per_second,
        pushes=len(waited),
        missing=len(stamped) - len(waited),
        p50_ms=waited[len(waited) // 2],
        p99_ms=waited[len(waited) * 99 // 100],
    )
    say(
        f"{figures.stamps_per_second:.0f} stamps/s: pushed after p50 {figures.p50_ms:.0f} ms,"
        f" p99 {figures.p99_ms:.0f} ms, {figures.missing} missing"
    )
    return figures


def bench_redesign(folder: Path, *, seconds: int, rounds: int, say: Say) -> Redesign:
    """One program whose every card is in a phone; its design changes while the tills go on."""
    with _apple(folder) as apple, _shop(folder, ONE_CHAIN, apple) as (url, web, keys), scratch() as scripts:
        codes = [code(number, kind=1) for number in range(ONE_CHAIN.cards)]

        def stamps() -> float:
            script = scan_script(keys, codes, scripts)
            return measure(web, script, connections=64, seconds=seconds).per_second

        _wait_for_the_worker(url)
        stamps()
        without, during, reached = [], [], 0
        for icon, _round in zip(cycle(_ICONS), range(rounds), strict=False):
            without.append(stamps())
            asyncio.run(_redesign(load_settings(folder), url, icon))
            during.append(stamps())
            reached += _end_the_redesign(url)
        without.append(stamps())
    # Tables grow and other work comes and goes: a round is compared with what was before and after it.
    around = [(before + after) / 2 for before, after in pairwise(without)]
    ratios = [rate / quiet for rate, quiet in zip(during, around, strict=True)]
    say(
        f"stamps: {_said(without)} without and {_said(during)} with a redesign that reached {reached:,} passes"
    )
    return Redesign(
        cards=ONE_CHAIN.cards,
        stamps_without=median(without),
        stamps_during=median(during),
        ratio=median(ratios),
        reached=reached,
    )


def _said(rates: list[float]) -> str:
    return ", ".join(f"{rate:.0f}/s" for rate in rates)


def _end_the_redesign(url: str) -> int:
    """How many passes it has reached. Raises RuntimeError for one that did not begin, or was over before its round."""
    with connect(url, application="cardamom bench") as connection:
        found = connection.execute(
            "update wallet_rollout set finished_at = %s where finished_at is null returning done", (now(),)
        ).fetchall()
    if len(found) != 1 or not found[0][0]:
        raise RuntimeError("the redesign was not under way")
    return int(found[0][0])


async def _redesign(settings: Settings, url: str, icon: Icon) -> None:
    database = Database(url, pool_size=1)
    bell = Bell(database)
    ledger = Ledger(database, lanes=1, after_commit=bell.ring)
    register_all(ledger, assemble_wallets(settings, database).links)
    await bell.start()
    await ledger.start()
    try:
        command = UpdateProgram(
            merchant_id=merchant_id(0),
            actor=SYSTEM,
            program_id=subject_id(0, kind=9),
            patch=ProgramPatch(design=DesignPatch(icon=icon)),
        )
        (await ledger.submit(command)).or_raise()
        await asyncio.sleep(1)  # until the bell has rung and the first slice is on its way
    finally:
        await ledger.stop()
        await bell.stop()
        await database.close()


@contextmanager
def _shop(folder: Path, shape: Shape, apple: _Apple) -> Iterator[tuple[str, WebProcess, list[str]]]:
    """(database, web process, keys) of shops whose every card is in a phone, with a worker."""
    settings = load_settings(folder)
    with running_server(folder) as server:
        url = with_database(server.url, "cardamom")
        migrate(url)
        keys = lay_out(url, shape)
        with connect(url, application="cardamom bench") as connection:
            connection.execute(_BIND, (PASS_TYPE,))
            connection.execute(_REGISTER)
        with connect(url, application="cardamom bench", autocommit=True) as connection:
            connection.execute("vacuum analyze")
        with web_process(settings, url, workers=1) as web, _worker(settings, url, apple.environment):
            yield url, web, keys


@contextmanager
def _worker(settings: Settings, url: str, more: Mapping[str, str]) -> Iterator[None]:
    environment = {
        **os.environ,
        "CARDAMOM_DATABASE_URL": url,
        "CARDAMOM_DATA": str(settings.data),
        "CARDAMOM_BASE_URL": "https://cards.example.org",
        "PYTHONWARNINGS": "ignore",
        **more,
    }
    process = subprocess.Popen([sys.executable, "-m", "cardamom.cli.main", "worker"], env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for_the_worker(url: str) -> None:
    """Until a courier holds its lock."""
    with connect(url, application="cardamom bench", autocommit=True) as connection:
        for _ in range(200):
            if connection.execute(
                "select 1 from pg_locks where locktype = 'advisory' and granted"
            ).fetchone():
                return
            time.sleep(0.1)
    raise RuntimeError("no courier began to work")


@contextmanager
def _apple(folder: Path) -> Iterator[_Apple]:
    """A pass certificate, and Apple's stand-in in another process."""
    authority = new_authority(now=now())
    issued = issue_certificate(authority, pass_type=PASS_TYPE, team="BENCH12345", now=now())
    files = {
        "CARDAMOM_APPLE_CERTIFICATE_FILE": issued.certificate_pem,
        "CARDAMOM_APPLE_KEY_FILE": issued.key_pem,
        "CARDAMOM_APPLE_WWDR_FILE": authority.wwdr_pem,
    }
    environment = {name: str(_private(folder / name.lower(), content)) for name, content in files.items()}
    process, said, arrivals = _start_apns(folder, authority)
    try:
        trusted = _private(folder / "apns.pem", said["authority"].encode())
        environment |= {"CARDAMOM_APPLE_PUSH_URL": said["url"], "SSL_CERT_FILE": str(trusted)}
        certificate = read_certificate(issued.certificate_pem, key=issued.key_pem, wwdr=authority.wwdr_pem)
        yield _Apple(said["url"], said["authority"], certificate, environment, arrivals, process)
    finally:
        process.terminate()
        process.wait()


def _start_apns(folder: Path, authority: Authority) -> tuple[subprocess.Popen[str], dict[str, str], Path]:
    trusted = _private(folder / "trusted.pem", authority.root_pem + authority.wwdr_pem)
    arrivals = folder / "arrivals"
    command = [sys.executable, "-m", "cardamom.cli.bench.apns_process", str(trusted), str(arrivals)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("Apple's stand-in did not start")
    return process, json.loads(line), arrivals


def _private(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path
