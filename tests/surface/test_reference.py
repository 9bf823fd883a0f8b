"""What others rely on is written down: every event, permission, setting and refusal, and who owns every table."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from litestar import Litestar
from litestar.testing import AsyncTestClient

import cardamom.web.app  # noqa: F401 - importing the application declares every table
from cardamom.access.permissions import ROLE_NAMES, ROLES, Permission
from cardamom.db.metadata import metadata
from cardamom.db.settings import EXPLAINED
from tests.surface.broken_things import BrokenThings
from tests.surface.routes import api_operations
from tests.surface.shop import Shop

CHECKOUT = Path(__file__).parents[2]
SOURCE = CHECKOUT / "src" / "cardamom"
REFERENCE = CHECKOUT / "docs" / "reference"

_TYPE = re.compile(r"[a-z_]+\.[a-z_]+")

#: The tables that belong to no merchant, and why their rows must be found without one.
DIRECTORIES = {
    "bucket": "calls and tries to sign in are counted before anybody is known",
    "directory": "leads from a public address, or the handle in a key, to the merchant",
    "drawing": "a wallet has the address of a picture, and nothing else",
    "picture": "seen by everybody under the hash of what is in it",
    "person": "somebody may belong to several businesses",
    "session": "a cookie names no business",
    "wallet_device": "a phone asks for its passes without saying whose they are",
}


def table(document: str) -> Iterator[list[str]]:
    """The rows of all tables of a page of the reference, without heads and rules."""
    for line in (REFERENCE / document).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            yield cells


def documented_events() -> dict[str, set[str]]:
    """Type to the names in its payload; what stands in brackets explains them."""
    found = {}
    for kind, _when, payload in table("events.md"):
        found[kind.strip("`")] = set(re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", payload)))
    return found


def announced_types() -> set[str]:
    """The types in every function of the product that makes an Event."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _makes_event(node):
                texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
                found |= {text for text in texts if isinstance(text, str) and _TYPE.fullmatch(text)}
    return found


def _makes_event(node: ast.AST) -> bool:
    calls = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
    return any(isinstance(call, ast.Name) and call.id == "Event" for call in calls)


def test_every_event_is_documented_and_every_documented_one_is_announced() -> None:
    assert announced_types() == documented_events().keys()


async def test_payloads_are_what_the_reference_says(
    client: AsyncTestClient[Litestar], shop: Shop, stranger: Shop, database_url: str
) -> None:
    """Everything that the API can do is done once; what it announced is compared with the reference."""
    things = BrokenThings(shop, stranger, database_url)
    await things.make()
    for operation in api_operations(client.app):
        if operation.method != "GET":
            await shop.do(operation)
    async with shop.world.database.unscoped_writing_as_the_ledger() as tx:
        told = list(await tx.exec_driver_sql("select distinct type, payload from event"))
    documented = documented_events()
    for kind, payload in told:
        assert set(payload) == documented[kind], kind
    assert len({kind for kind, _ in told}) > 20


async def test_nothing_that_is_announced_names_a_person_or_a_code(shop: Shop) -> None:
    async with shop.world.database.unscoped_writing_as_the_ledger() as tx:
        told = "\n".join(
            row[0]
            for row in await tx.exec_driver_sql(
                "select payload::text from event union all select facts::text from operation"
            )
        )
    for secret in (
        shop.card["code"],
        shop.card["number"],
        shop.voucher["code"],
        "ليلى",
        "leila@",
        "1001234567",
    ):
        assert secret not in told
    assert shop.card["id"] in told


def test_every_permission_is_documented_with_its_roles() -> None:
    rows = {row[0].strip("`"): row[2:] for row in table("permissions.md")}
    assert rows.keys() == set(Permission)
    for permission, cells in rows.items():
        held = ["yes" if permission in ROLES[role] else "no" for role in ROLE_NAMES]
        assert cells == held, permission


def test_every_setting_is_documented() -> None:
    rows = {row[0].strip("`") for row in table("settings.md")}
    assert rows >= EXPLAINED.keys()
    assert not {name for name in rows if name.startswith("CARDAMOM_")} - EXPLAINED.keys() - _FOR_TESTS


_FOR_TESTS = {"CARDAMOM_TEST_DATABASE_URL", "CARDAMOM_TEST_PROCESSES", "CARDAMOM_REQUIRE_BROWSER"}


def test_every_table_belongs_to_a_merchant_or_says_why_not() -> None:
    """What follows for keys and row security is held by tests/db/test_roles.py."""
    assert {each.name for each in metadata.sorted_tables if not each.info["tenant"]} == DIRECTORIES.keys()
    for each in metadata.sorted_tables:
        assert each.info["tenant"] == (next(iter(each.primary_key.columns)).name == "merchant_id"), each.name
