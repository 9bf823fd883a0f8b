"""The browser's third-party files are the ones that were recorded, with their licences."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "scripts" / "vendor.lock.json"
VENDOR = Path("src/cardamom/web/static/vendor")


def check(root):
    return subprocess.run(
        [sys.executable, root / "scripts" / "vendor", "--check"], capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path):
    """A checkout with nothing but the vendored files in it."""
    (tmp_path / "scripts").mkdir()
    for name in ("vendor", "vendor.lock.json"):
        shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts" / name)
    shutil.copytree(ROOT / VENDOR, tmp_path / VENDOR)
    return tmp_path


def test_every_vendored_file_is_the_recorded_one():
    assert check(ROOT).returncode == 0


def test_a_changed_file_is_found(copy):
    with (copy / VENDOR / "htmx" / "htmx.min.js").open("a") as file:
        file.write("// changed")
    answer = check(copy)
    assert answer.returncode == 1
    assert "htmx/htmx.min.js" in answer.stderr


def test_a_file_that_nobody_recorded_is_found(copy):
    (copy / VENDOR / "extra.js").write_text("")
    assert "extra.js" in check(copy).stderr


def test_a_missing_file_is_found(copy):
    (copy / VENDOR / "fonts" / "inter-latin.woff2").unlink()
    assert "fonts/inter-latin.woff2" in check(copy).stderr


def test_every_package_is_pinned_and_brings_its_licence():
    for package in json.loads(LOCK.read_text())["packages"]:
        assert package["version"][0].isdigit()
        assert package["licence"]
        assert len(package["sha256"]) == 64
        assert any("LICENSE" in file["to"] for file in package["files"])
