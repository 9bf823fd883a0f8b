"""`scripts/catalog`: what it collects, what it keeps, what it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.checks.conftest import CHECKOUT

PLACE = Path("src/cardamom/locales")
CODE = """
from cardamom.kit.i18n import N_, _, lazy, ngettext, pgettext

def left(n):
    return ngettext("%(n)s stamp left", "%(n)s stamps left", n) % {"n": n}

_("Hello %(name)s")
"""
HELLO = 'msgid "Hello %(name)s"\nmsgstr "{}"\n\n'
HELLO_FLAGGED = "#, python-format\n" + HELLO
LEFT = '#, python-format\nmsgid "%(n)s stamp left"\nmsgid_plural "%(n)s stamps left"\n'
GOOD = {
    "ar": ["لا شيء", "ختم", "ختمان", "%(n)s أختام", "%(n)s ختمًا", "%(n)s ختم"],
    "fa": ["%(n)s مُهر", "%(n)s مُهر"],
    "he": ["חותמת אחת", "שתי חותמות", "%(n)s חותמות"],
}


def left(*forms: str) -> str:
    return LEFT + "".join(f'msgstr[{at}] "{form}"\n' for at, form in enumerate(forms)) + "\n"


def entries(language: str) -> str:
    return HELLO_FLAGGED.format("%(name)s") + left(*GOOD[language])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a module of two texts, all translated."""
    (tmp_path / PLACE).mkdir(parents=True)
    (tmp_path / "babel.cfg").write_bytes((CHECKOUT / "babel.cfg").read_bytes())
    (tmp_path / "src" / "cardamom" / "left.py").write_text(CODE, encoding="utf-8")
    for language in GOOD:
        source(tmp_path, language).parent.mkdir(parents=True)
        translate(tmp_path, language, entries(language))
    return tmp_path


def source(checkout: Path, language: str) -> Path:
    return checkout / PLACE / language / "LC_MESSAGES" / "messages.po"


def translate(checkout: Path, language: str, entries: str) -> None:
    header = source(CHECKOUT, language).read_text(encoding="utf-8").partition("\n\n")[0]
    source(checkout, language).write_text(f"{header.strip()}\n\n{entries}", encoding="utf-8")


def run(command: str, checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, CHECKOUT / "scripts" / "catalog", command, checkout],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def complaints(checkout: Path) -> list[str]:
    done = run("check", checkout)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert done.returncode == (1 if lines else 0)
    return lines


def test_a_complete_translation_passes(checkout: Path):
    assert complaints(checkout) == []


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        (left(*GOOD["he"]), "he: missing: 'Hello %(name)s'"),
        (entries("he") + 'msgid "Goodbye"\nmsgstr "להתראות"\n', "he: unused: 'Goodbye'"),
        (HELLO_FLAGGED.format("") + left(*GOOD["he"]), "he: empty: 'Hello %(name)s'"),
        ("#, fuzzy\n" + entries("he"), "he: fuzzy: 'Hello %(name)s'"),
        (HELLO_FLAGGED.format("שלום") + left(*GOOD["he"]), "he: other places: 'Hello %(name)s'"),
        (
            HELLO_FLAGGED.format("%(nom)s") + left(*GOOD["he"]),
            "he: unknown named placeholder 'nom': 'Hello %(name)s'",
        ),
        (
            HELLO_FLAGGED.format("%(name)s") + left("חותמת אחת", "%(n)s חותמות"),
            "he: empty: '%(n)s stamp left'",
        ),
        (
            HELLO_FLAGGED.format("%(name)s") + left("אחת", "שתי", "חותמות"),
            "he: form 2 leaves out n: '%(n)s stamp left'",
        ),
        (
            HELLO_FLAGGED.format("%(name)s") + left("אחת", "", "%(n)s חותמות"),
            "he: empty: '%(n)s stamp left'",
        ),
    ],
)
def test_a_translation_that_does_not_fit_is_refused(checkout: Path, entries: str, complaint: str):
    translate(checkout, "he", entries)
    assert complaints(checkout) == [complaint]


def test_a_form_for_none_and_one_must_show_the_number(checkout: Path):
    translate(checkout, "fa", HELLO_FLAGGED.format("%(name)s") + left("یک مُهر", "%(n)s مُهر"))
    assert complaints(checkout) == ["fa: form 0 leaves out n: '%(n)s stamp left'"]


def test_the_plural_forms_of_babel_are_refused(checkout: Path):
    text = source(checkout, "fa").read_text(encoding="utf-8")
    source(checkout, "fa").write_text(
        text.replace("nplurals=2; plural=(n > 1)", "nplurals=1; plural=0"), encoding="utf-8"
    )
    assert complaints(checkout) == ["fa: the header Plural-Forms must say nplurals=2; plural=(n > 1);"]


def test_a_language_without_a_catalog_is_refused(checkout: Path):
    source(checkout, "ar").unlink()
    assert complaints(checkout) == ["ar: there is no catalog"]


def test_update_brings_in_what_is_new_and_keeps_the_rest(checkout: Path):
    (checkout / "src" / "cardamom" / "more.py").write_text(
        'from cardamom.kit.i18n import lazy, pgettext\nA = lazy("Later")\nB = pgettext("verb", "stamp")\n',
        encoding="utf-8",
    )
    template = checkout / "src" / "cardamom" / "templates" / "page.html"
    template.parent.mkdir()
    template.write_text("{% trans %}Your\n  card{% endtrans %}{{ _('5 of %(n)s', n=10) }}", encoding="utf-8")
    (checkout / "src" / "cardamom" / "left.py").write_text('_("Hello %(name)s")\n', encoding="utf-8")
    header = source(checkout, "he").read_text(encoding="utf-8").partition("\n\n")[0]

    assert run("update", checkout).returncode == 0

    updated = source(checkout, "he").read_text(encoding="utf-8")
    assert updated.startswith(header)
    assert HELLO_FLAGGED.format("%(name)s").strip() in updated
    assert "stamp left" not in updated
    assert [line for line in complaints(checkout) if line.startswith("he")] == [
        "he: empty: 'Later'",
        "he: empty: 'verb|stamp'",
        "he: empty: 'Your card'",
        "he: empty: '5 of %(n)s'",
    ]
    assert run("update", checkout).returncode == 0
    assert source(checkout, "he").read_text(encoding="utf-8") == updated


def test_compile_writes_what_gettext_reads(checkout: Path):
    assert run("compile", checkout).returncode == 0
    assert source(checkout, "ar").with_suffix(".mo").stat().st_size > 0


def test_extract_prints_every_text_once(checkout: Path):
    printed = run("extract", checkout).stdout
    assert printed.count("msgid ") == 2
    assert printed.count("#, python-format") == 2
