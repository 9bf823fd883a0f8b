"""A data folder for servers that a test starts, kills and breaks."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardamom.db.embedded import EmbeddedServer

#: What only root meets: another system user for the server.
collect_ignore = [] if os.geteuid() == 0 else ["test_root.py"]


@pytest.fixture
def data() -> Iterator[Path]:
    """An empty data folder with a short path that the database's own user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="cardamom-db-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def server(data: Path) -> Iterator[EmbeddedServer]:
    """A started server on a new data folder."""
    server = EmbeddedServer(data)
    server.start()
    yield server
    server.stop()
