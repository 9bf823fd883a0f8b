"""A data folder that the embedded server's own user can reach."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.db.conftest import a_folder


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder with room for data folders and for what commands say."""
    with a_folder() as folder:
        yield folder
