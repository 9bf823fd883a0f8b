"""Compile the gettext catalogs while a wheel or an editable install is built.

Only `.po` files are in git. The application reads `.mo` files, which this hook writes beside them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CATALOGS = "src/cardamom/locales/*/LC_MESSAGES/messages.po"


class CompileCatalogs(BuildHookInterface[Any]):
    """Hatchling calls `initialize` before it collects the files of a wheel or of an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write a `.mo` beside every `.po`. A source tree without catalogs is built as it is."""
        for source in sorted(Path(self.root).glob(CATALOGS)):
            compile_catalog(source)


def compile_catalog(source: Path) -> Path:
    """Compile one catalog and return the `.mo` path. Fuzzy entries are left out, as gettext does."""
    locale = source.parent.parent.name
    with source.open("rb") as po:
        catalog = read_po(po, locale=locale, abort_invalid=True)
    target = source.with_suffix(".mo")
    with target.open("wb") as mo:
        write_mo(mo, catalog)
    return target
