"""Every code of the linter is in docs/reference/pass-findings.md, with its severity, and no other is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SOURCES = [
    *(CHECKOUT / "src/cardamom/wallet/lint").glob("*.py"),
    CHECKOUT / "src/cardamom/wallet/google/schema.py",
]
ROW = re.compile(r"^\| `([a-z0-9_]+)` \| (error|warning) \|", re.MULTILINE)
#: An error or a warning, by what Google does with the rest.
EITHER = "google_too_many"


def made(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The findings that a module can make: (code, severity)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            if node.func.id in {"error", "warning"} and isinstance(first, ast.Constant):
                yield str(first.value), node.func.id
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id == "_CODES"
        ):
            assert isinstance(node.value, ast.Dict)
            yield from (
                (str(code.value), "error") for code in node.value.values if isinstance(code, ast.Constant)
            )


def test_every_finding_is_documented() -> None:
    text = (CHECKOUT / "docs/reference/pass-findings.md").read_text(encoding="utf-8")
    found = {pair for source in SOURCES for pair in made(ast.parse(source.read_text(encoding="utf-8")))}
    assert set(ROW.findall(text)) == found | {(EITHER, "error")}
