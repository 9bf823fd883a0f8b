"""Every code that this product can refuse with is documented, and says its sentence in four languages."""

from pathlib import Path

import pytest

import cardamom.web.app  # noqa: F401 - importing the application declares every refusal
from cardamom.kit.errors import all_refusals
from cardamom.web.documents import error_entries, errors_markdown

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"


def test_the_document_is_what_the_code_declares() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == errors_markdown(), "run scripts/errors_reference"


@pytest.mark.parametrize("entry", error_entries(), ids=lambda entry: entry.code)
def test_a_code_says_what_it_means(entry) -> None:
    assert entry.code.isascii()
    assert entry.code == entry.code.lower()
    assert len(entry.meaning) > 15
    assert 400 <= entry.status <= 503


def test_no_code_is_declared_twice_or_by_an_unknown_module() -> None:
    modules = {kind.__module__.split(".")[0] for kind in all_refusals().values()}
    assert modules <= {"cardamom", "tests"}
