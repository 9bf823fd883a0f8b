"""The documentation names what exists, and what exists is documented."""

import re
from pathlib import Path

import pytest

from cardamom.db.settings import EXPLAINED

CHECKOUT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")])

LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
ELSEWHERE = re.compile(r"[a-z]+:")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    targets = [match.group(1) for match in LINK.finditer(document.read_text(encoding="utf-8"))]
    broken = [t for t in targets if not ELSEWHERE.match(t) and not (document.parent / t).exists()]
    assert broken == []


@pytest.mark.parametrize("setting", EXPLAINED)
def test_every_setting_is_documented(setting: str) -> None:
    reference = (CHECKOUT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert f"| `{setting}` |" in reference


def test_every_decision_is_on_the_map() -> None:
    index = (CHECKOUT / "docs/decisions/README.md").read_text(encoding="utf-8")
    pages = [page.name for page in (CHECKOUT / "docs/decisions").glob("0*.md")]
    assert [page for page in pages if f"({page})" not in index] == []


@pytest.mark.parametrize(
    "page", sorted((CHECKOUT / "docs/decisions").glob("0*.md")), ids=lambda path: path.name
)
def test_a_decision_has_its_five_parts(page: Path) -> None:
    headings = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert headings == ["## Context", "## Decision", "## Consequences", "## Alternatives", "## Enforced by"]
