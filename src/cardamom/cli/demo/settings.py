"""The settings of a demo: always the embedded database, so that it cannot end up in a real one, and a certificate that
signs passes to look at."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cardamom.cli.console import note
from cardamom.cli.demo.folder import claim, default_folder
from cardamom.cli.demo.wallet import demo_keys, kept_keys
from cardamom.db.settings import Settings, load_settings

_FOREIGN_DATABASE = ("CARDAMOM_DATABASE_URL", "CARDAMOM_DATABASE_URL_FILE")


def settings_for(folder: Path | None) -> Settings:
    """The settings to serve a demo with; its folder and its keys are made where they are not there.

    Raises NotADemoFolder, and what `load_settings` raises.
    """
    folder = (folder or default_folder()).expanduser().absolute()
    environment = _own_environment()
    claim(folder)
    return load_settings(folder, environment={**environment, **demo_keys(folder, environment)})


def settings_of(folder: Path) -> Settings:
    """The settings that the demo in a folder is served with, for whoever only looks. Raises as `load_settings` does."""
    environment = _own_environment()
    return load_settings(folder, environment={**environment, **kept_keys(folder, environment)})


def _own_environment() -> Mapping[str, str]:
    """The environment without somebody's real database."""
    if any(os.environ.get(name) for name in _FOREIGN_DATABASE):
        note("CARDAMOM_DATABASE_URL is not used here: the demo has a database of its own.")
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN_DATABASE}
