"""A small checkout to try a check of `scripts/` on."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

Check = Callable[[str, dict[str, str]], list[str]]


@pytest.fixture
def complaints(tmp_path: Path) -> Check:
    """Run `scripts/<name>.py` on a checkout made of these files. Returns what it complains about.

    A check that complains must fail, and one that is content must not.
    """

    def run(name: str, files: dict[str, str]) -> list[str]:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
        script = CHECKOUT / "scripts" / f"{name}.py"
        done = subprocess.run(
            [sys.executable, script, tmp_path], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stderr == ""
        lines = done.stdout.splitlines()
        assert done.returncode == (1 if lines else 0)
        return lines

    return run
