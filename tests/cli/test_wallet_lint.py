"""`cardamom wallet lint` says what is wrong, in lines that a terminal can show, and exits with 1 on errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cardamom.cli.main import app
from cardamom.cli.problems import CertificateUnreadable, FileUnreadable
from cardamom.cli.wallet import shown
from tests.wallet import bundles
from tests.wallet.bundles import a_document, files, pkpass


def lint(*arguments: str | Path) -> tuple[int, str]:
    """The exit code and what was printed. A problem that main() would say is raised."""
    result = CliRunner().invoke(app, ["wallet", "lint", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "card.pkpass"
    path.write_bytes(pkpass())
    return path


def test_a_sound_pass_is_told_so(sound: Path, tmp_path: Path) -> None:
    assert lint(sound) == (0, f"{sound}: nothing is wrong.\n")
    (tmp_path / "root.pem").write_bytes(bundles.authority().root_pem)
    assert lint("--root", tmp_path / "root.pem", sound)[0] == 0


def test_an_error_exits_with_1_and_names_file_place_and_code(sound: Path, tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.pkpass"
    faulty.write_bytes(pkpass(files(a_document(maxDistance="200"))))
    code, output = lint(sound, faulty)
    assert code == 1
    lines = output.splitlines()
    assert lines[1] == f"{faulty}: 1 error, 0 warnings."
    assert lines[2].startswith("  error   pass.json maxDistance: 200 is a number in quotes")
    assert lines[2].endswith("(pass_wrong_type)")


def test_a_warning_alone_exits_with_0(tmp_path: Path) -> None:
    path = tmp_path / "pass.json"
    path.write_text(json.dumps(a_document(colour="red")))
    code, output = lint(path)
    assert code == 0
    assert "1 warning" in output


def test_googles_json_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "google.json"
    path.write_text(json.dumps({"id": "1.a", "classId": "1.b", "state": "active"}))
    code, output = lint(path)
    assert code == 1
    assert "google_unknown_value" in output


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"\0" * 99, b"{" * 9_000, b'{"\\u001b[31m": "\\ud800"}', pkpass()[:999]]
)
def test_garbage_is_a_sentence_and_no_traceback(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "garbage"
    path.write_bytes(content)
    code, output = lint(path)
    assert code == 1
    assert "Traceback" not in output
    assert "\x1b[31m" not in output


def test_what_cannot_be_read_is_a_problem_with_a_sentence(sound: Path, tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="No such file"):
        lint(tmp_path / "nothing.pkpass")
    with pytest.raises(FileUnreadable, match="directory"):
        lint(tmp_path)
    with pytest.raises(CertificateUnreadable):
        lint("--root", sound, sound)


def test_nothing_of_a_stranger_moves_the_cursor() -> None:
    assert shown("a\x1b[2J\u202eb\udc80\n") == "a\\u001b[2J\\u202eb\\udc80\\u000a"
    assert shown("مُهر\u200cها") == "مُهر\u200cها"
