"""Catalogs of a test's own, so that the wording of the real ones can change."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cardamom.kit import catalogs

Translate = Callable[[str, str], Path]


@pytest.fixture
def translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Translate]:
    """Put these entries into a language's catalog, under the header of the real one. Returns the `.po`."""
    real = catalogs.LOCALES
    monkeypatch.setattr(catalogs, "LOCALES", tmp_path)

    def write(language: str, entries: str) -> Path:
        inside = Path(language) / "LC_MESSAGES" / "messages.po"
        header = (real / inside).read_text(encoding="utf-8").partition("\n\n")[0]
        (tmp_path / inside).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / inside).write_text(f"{header.strip()}\n\n{entries}", encoding="utf-8")
        catalogs.translations.cache_clear()
        return tmp_path / inside

    yield write
    catalogs.translations.cache_clear()
