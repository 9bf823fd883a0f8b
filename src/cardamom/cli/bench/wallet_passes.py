"""Passes: how many are built and signed a second, against what OpenSSL signs, and how long phones wait for theirs."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import msgspec

from cardamom.cards.links import LinkMaker
from cardamom.cli.bench.load import Measured, measure, scratch, web_process
from cardamom.cli.bench.world import Shape, lay_out, merchant_id, subject_id
from cardamom.db.connections import connect, with_database
from cardamom.db.database import Database
from cardamom.db.embedded import running_server
from cardamom.db.migrations import migrate
from cardamom.db.settings import Settings, load_settings
from cardamom.kit.clock import now
from cardamom.kit.ids import new_id
from cardamom.merchants.queries import merchant_by_id
from cardamom.wallet.apple.bundle import pkpass
from cardamom.wallet.apple.certificates import PassCertificate, read_certificate
from cardamom.wallet.apple.document import identity_of
from cardamom.wallet.apple.passes import to_apple
from cardamom.wallet.apple.test_authority import (
    Authority,
    IssuedCertificate,
    issue_certificate,
    new_authority,
)
from cardamom.wallet.apple.tokens import PassTokens
from cardamom.wallet.art.book import ArtBook
from cardamom.wallet.face import CardFace
from cardamom.wallet.faces import read_faces
from cardamom.wallet.naming import pass_name

PASS_TYPE = "pass.org.example.bench"  # noqa: S105 - no password
SHAPE = Shape(merchants=1, cards=1_000, vouchers=0)
#: Of the letters that handles are made of: it stands in serial numbers.
_HANDLE = "benchpkp"
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_ROUND_SECONDS = 2
_SIGN_RATE = re.compile(r"^rsa\s+2048 bits\s+\S+\s+\S+\s+([0-9.]+)", re.MULTILINE)

_BINDING = """
insert into wallet_binding (merchant_id, id, wallet, issuer, kind, subject_id, card_id, epoch, state, wanted, sent,
                            fetched, urgency, created_at, modified_at, tries, notices)
values (%s, %s, 'apple', %s, 'card', %s, %s, 0, 'saved', 1, 1, 1, 0, %s, %s, 0, '[]')
"""

_SCRIPT = """
local passes = {}
for line in io.lines("%(passes)s") do
  local path, token = string.match(line, "(%%S+) (%%S+)")
  passes[#passes + 1] = wrk.format("GET", path, {["Authorization"] = "ApplePass " .. token})
end
local at, wrong = 0, 0
function request()
  at = at %% #passes + 1
  return passes[at]
end
function response(status, headers, body)
  if status ~= 200 then
    wrong = wrong + 1
    if wrong == 1 then io.stderr:write(status .. " " .. body .. "\\n") end
    print("wrong answers: " .. wrong)
  end
end
"""


class Passes(msgspec.Struct, frozen=True, kw_only=True):
    """sign_ratio: passes built on one core for each signature that OpenSSL makes on it in the same run."""

    openssl_signs: float
    passes_built: float
    sign_ratio: float
    pass_bytes: int
    fetch: Measured
    fetch_alone: Measured


def bench_passes(folder: Path, *, seconds: int, rounds: int, say: Callable[[str], None]) -> Passes:
    """Everything about passes on a database of its own. Needs openssl and wrk. Raises RuntimeError without them."""
    settings = load_settings(folder)
    authority = new_authority(now=now())
    issued = issue_certificate(authority, pass_type=PASS_TYPE, team="BENCH12345", now=now())
    with running_server(folder) as server:
        url = with_database(server.url, "cardamom")
        migrate(url)
        lay_out(url, SHAPE)
        _dress(url)
        build = asyncio.run(_builder(settings, url, _certificate(issued, authority)))
        signs, built = _in_turns(build, rounds=rounds)
        say(f"{built:.0f} passes/s on one core, openssl signs {signs:.0f}/s")
        passes = _bind(url, settings)
        with (
            web_process(settings, url, workers=1, more=_environment(issued, authority, folder)) as web,
            scratch() as at,
        ):
            script = _fetch_script(passes, at)
            measure(web, script, connections=64, seconds=1)
            many = measure(web, script, connections=64, seconds=seconds)
            alone = measure(web, script, connections=1, seconds=seconds)
    return Passes(
        openssl_signs=signs,
        passes_built=built,
        sign_ratio=built / signs,
        pass_bytes=len(build()),
        fetch=many,
        fetch_alone=alone,
    )


def openssl_sign_rate() -> float:
    """RSA-2048 signatures a second on one core. Raises RuntimeError without openssl."""
    command = ["openssl", "speed", "-seconds", str(_ROUND_SECONDS), "rsa2048"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise RuntimeError("openssl is not installed") from error
    found = _SIGN_RATE.search(done.stdout)
    if found is None:
        raise RuntimeError(f"openssl speed said: {done.stdout[-300:]}")
    return float(found[1])


def _in_turns(build: Callable[[], bytes], *, rounds: int) -> tuple[float, float]:
    """The medians of OpenSSL's rate and of ours, which take turns on the same core."""
    signs, built = [], []
    for _round in range(rounds):
        signs.append(openssl_sign_rate())
        built.append(_rate(build))
    return sorted(signs)[rounds // 2], sorted(built)[rounds // 2]


def _rate(build: Callable[[], bytes]) -> float:
    """In seconds of the core and not of the clock, as `openssl speed` counts."""
    begin, count = time.process_time(), 0
    while time.process_time() - begin < _ROUND_SECONDS:
        build()
        count += 1
    return count / (time.process_time() - begin)


async def _builder(settings: Settings, url: str, certificate: PassCertificate) -> Callable[[], bytes]:
    """Builds the pass of one card after the other, each with its own serial and token, from `CardFace` to signed file.

    Their pictures are drawn, as they are for every pass of a program but the first.
    """
    database = Database(url, pool_size=1)
    links = LinkMaker(settings.secret_key, lambda: "https://cards.example.org")
    art = ArtBook(database, address=links.address)
    try:
        async with database.reading(merchant_id(0)) as tx:
            shop = await merchant_by_id(tx, merchant_id(0))
            cards = [subject_id(number, kind=1) for number in range(SHAPE.cards)][:100]
            faces = await read_faces(tx, shop, cards, links=links)
        images = await art.pass_images(faces[0])
    finally:
        art.close()
        await database.close()
    tokens = PassTokens(settings.secret_key)
    turn = cycle(faces)

    def build() -> bytes:
        return _built(next(turn), certificate, tokens, images)

    return build


def _built(
    face: CardFace, certificate: PassCertificate, tokens: PassTokens, images: Mapping[str, bytes]
) -> bytes:
    serial = pass_name(face.handle, face.view.card.id)
    identity = identity_of(
        certificate,
        serial=serial,
        service_url="https://cards.example.org/apple",
        token=tokens.token(serial, 0),
    )
    return pkpass(to_apple(face, identity=identity, art=images), images, certificate)


def _certificate(issued: IssuedCertificate, authority: Authority) -> PassCertificate:
    return read_certificate(
        issued.certificate_pem, key=issued.key_pem, password=None, wwdr=authority.wwdr_pem, now=now()
    )


def _environment(issued: IssuedCertificate, authority: Authority, folder: Path) -> dict[str, str]:
    """The certificate as an operator gives it: by files."""
    given = {
        "CARDAMOM_APPLE_CERTIFICATE_FILE": issued.certificate_pem,
        "CARDAMOM_APPLE_KEY_FILE": issued.key_pem,
        "CARDAMOM_APPLE_WWDR_FILE": authority.wwdr_pem,
    }
    environment = {}
    for name, content in given.items():
        path = folder / f"{name.lower()}.pem"
        path.write_bytes(content)
        path.chmod(0o600)
        environment[name] = str(path)
    return environment


def _dress(url: str) -> None:
    """Arabic beside English, so that passes carry translations and stamps that fill from the right."""
    with connect(url, application="cardamom bench") as connection:
        connection.execute('update merchant set languages = \'["en", "ar"]\', handle = %s', (_HANDLE,))
        connection.execute("update directory set key = %s where kind = 'handle'", (_HANDLE,))


def _bind(url: str, settings: Settings) -> list[tuple[str, str]]:
    """(path, token) of a saved pass for every card."""
    tokens, found = PassTokens(settings.secret_key), []
    with connect(url, application="cardamom bench") as connection, connection.cursor() as cursor:
        rows = []
        for number in range(SHAPE.cards):
            binding, card = new_id(), subject_id(number, kind=1)
            rows.append((merchant_id(0), binding, PASS_TYPE, card, card, _AT, _AT))
            serial = pass_name(_HANDLE, binding)
            found.append((f"/apple/v1/passes/{PASS_TYPE}/{serial}", tokens.token(serial, 0)))
        cursor.executemany(_BINDING, rows)
    return found


def _fetch_script(passes: list[tuple[str, str]], folder: Path) -> Path:
    (folder / "passes").write_text("\n".join(f"{path} {token}" for path, token in passes), encoding="ascii")
    path = folder / "fetch.lua"
    path.write_text(_SCRIPT % {"passes": folder / "passes"}, encoding="ascii")
    return path
