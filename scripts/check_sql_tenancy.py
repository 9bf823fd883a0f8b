"""Refuse SQL texts that would not survive a cluster, or that forget whose rows they touch.

    check_sql_tenancy.py [ROOT]      ROOT is the checkout, by default the one this file is in

Read are the string constants of our Python code that are SQL statements; f-strings count with their gaps. Migrations
are excepted: they run once, as the owner of the tables. Statements built with SQLAlchemy are covered by ruff's
banned-api list and by the tests that look at row security.

The rules are free on plain PostgreSQL and each was found by trying them on a cluster that distributes by merchant_id.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

STATEMENT = re.compile(
    r"^\s*(?:with\s+\w+.*\bas\s*(?:materialized\s*)?\(|select\b.*\bfrom\b|select\s+(?:\w+\.)?set_config|insert\s+into\b"
    r"|update\s+\S+.*\bset\b|delete\s+from\b|merge\s+into\b|set\s+(?:local\s+|session\s+)?[\w.]+\s*(?:=|\bto\b)"
    r"|(?:create|alter)\s+(?:or\s+replace\s+)?(?:table|rule)\b)",
    re.IGNORECASE | re.DOTALL,
)

#: Tables whose every statement names the merchant: the ledger's own, which plain SQL writes and reads.
LEDGER_TABLES = re.compile(
    r"\b(?:from|join|into|update)\s+(?:only\s+)?(account|operation|entry|event)\b", re.IGNORECASE
)

VOLATILE = r"\b(?:now|(?:clock|statement|transaction)_timestamp|random|gen_random_uuid|uuidv7|nextval)\s*\("

REFUSED = (
    (re.compile(r"\bmerge\s+into\b"), "MERGE takes no VALUES on a cluster: use insert ... on conflict"),
    (
        re.compile(r"\bset_config\s*\("),
        "set_config() does not reach a cluster's workers: use a SET LOCAL statement",
    ),
    (
        re.compile(r"^\s*set\s+(?!local\b|constraints\b|transaction\b)"),
        "a session SET outlives its transaction: use SET LOCAL",
    ),
    (
        re.compile(rf"\breturning\b.*(?:{VOLATILE}|\bcurrent_timestamp\b)"),
        "RETURNING must not compute a time: send it",
    ),
    (re.compile(rf"^\s*update\b.*{VOLATILE}"), "an UPDATE must not call a volatile function: send the value"),
    (
        re.compile(r"\bon\s+conflict\s+on\s+constraint\b"),
        "names of constraints get lost on a cluster: name the columns",
    ),
    (re.compile(r"\bcreate\s+(?:or\s+replace\s+)?rule\b"), "rules stay on the coordinator: use a grant"),
    (re.compile(r"\bon\s+delete\s+set\s+null\b"), "ON DELETE SET NULL would clear merchant_id too"),
)


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = False
    for path in sorted((root / "src").rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for line, text in sql_texts(ast.parse(path.read_bytes())):
            for problem in problems(text):
                found = True
                print(f"{path.relative_to(root)}:{line}: {problem}")
    return 1 if found else 0


def sql_texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is an SQL statement. A docstring is prose; an f-string is one text."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in prose or id(node) in parts:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        else:
            continue
        if STATEMENT.match(text):
            yield node.lineno, text


def problems(text: str) -> Iterator[str]:
    """Why a statement is refused, in one sentence each."""
    statement = re.sub(r"--[^\n]*", "", text).lower()
    one_line = " ".join(statement.split())
    for pattern, reason in REFUSED:
        if pattern.search(one_line):
            yield reason
    table = LEDGER_TABLES.search(one_line)
    if table and "merchant_id" not in one_line and "{}" not in one_line:
        yield f"a statement on {table.group(1)} must name merchant_id"


if __name__ == "__main__":
    sys.exit(main())
