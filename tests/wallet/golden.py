"""Golden files: what a pass of each demo business looks like, byte for byte, in `tests/golden/wallet/`.

After a change that is meant: `CARDAMOM_WRITE_GOLDEN=1 .venv/bin/pytest tests/wallet -k golden`, and read the difference
before it is committed.
"""

import os
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).parent.parent / "golden" / "wallet"


def assert_golden(name: str, found: Any) -> None:
    """name: of a file in the folder, without ".json"."""
    file, text = FOLDER / f"{name}.json", msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
    if os.environ.get("CARDAMOM_WRITE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    assert file.read_bytes().decode() == text.decode()
