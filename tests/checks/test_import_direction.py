"""Each contract of import-linter, with a small house that breaks it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"

EMPTY_ROOMS = {"kit/clock.py": "", "db/pools.py": "", "ledger/writer.py": ""}

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(house: Path, files: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Check a package `cardamom` made of these files against the contracts of this project."""
    (house / "pyproject.toml").write_text(PYPROJECT.read_text(encoding="utf-8"), encoding="utf-8")
    for path, text in {**EMPTY_ROOMS, **files}.items():
        module = house / "cardamom" / path
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text(text, encoding="utf-8")
    for folder in [house / "cardamom", *(path for path in house.glob("cardamom/**/*") if path.is_dir())]:
        (folder / "__init__.py").touch()
    environment = {**os.environ, "PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-logo", "--no-cache"],
        cwd=house,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("path", "source", "broken"),
    [
        ("kit/ids.py", "import cardamom.cards.rules", "cardamom.kit is not allowed to import cardamom.cards"),
        ("programs/rules.py", "import cardamom.customers.rules", "not allowed to import cardamom.customers"),
        ("wallet/service.py", "import cardamom.counter.rules", "not allowed to import cardamom.counter"),
        ("loyalty/rules.py", "", "- cardamom.loyalty"),
        ("cards/rules.py", "import cardamom.cards.service", "not allowed to import cardamom.cards.service"),
        ("cards/service.py", "import cardamom.cards.api", "not allowed to import cardamom.cards.api"),
        ("cards/api.py", "import sqlalchemy", "cardamom.cards.api is not allowed to import sqlalchemy"),
        ("cards/pages.py", "import psycopg", "cardamom.cards.pages is not allowed to import psycopg"),
        ("cards/rules.py", "import asyncio", "cardamom.cards.rules is not allowed to import asyncio"),
        (
            "cards/rules.py",
            "import cardamom.cards.tables",
            "cardamom.cards.rules is not allowed to import sqlalchemy",
        ),
        ("cards/service.py", "import litestar", "cardamom.cards.service is not allowed to import litestar"),
        ("kit/money.py", "import sqlalchemy", "cardamom.kit is not allowed to import sqlalchemy"),
    ],
)
def test_an_import_in_the_wrong_direction_is_refused(
    tmp_path: Path, path: str, source: str, broken: str
) -> None:
    house = {
        "cards/rules.py": "",
        "cards/service.py": "",
        "cards/api.py": "",
        "cards/tables.py": "import sqlalchemy",
        "customers/rules.py": "",
        "counter/rules.py": "",
    }
    result = lint(tmp_path, {**house, path: source})
    assert result.returncode == 1
    assert broken in " ".join(result.stdout.split())


def test_a_house_with_rooms_still_empty_is_fine(tmp_path: Path) -> None:
    files = {
        "cards/api.py": "import cardamom.cards.service",
        "cards/service.py": "import cardamom.cards.rules",
        "cards/rules.py": "import cardamom.kit.clock",
    }
    result = lint(tmp_path, files)
    assert result.returncode == 0, result.stdout
