"""Files of the browser are kept for ever under their hash, and no others are given out."""

import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from cardamom.web.static import FOLDER, KEPT_FOREVER, KEPT_SHORTLY, Assets, assets, serve_static, static_url


@pytest.fixture(scope="module")
def client():
    with TestClient(Litestar([serve_static])) as client:
        yield client


def test_an_address_holds_the_hash_of_the_files():
    assert re.fullmatch(r"/static/[0-9a-f]{16}/css/base\.css", static_url("css/base.css"))


def test_the_hash_changes_with_any_file(tmp_path):
    (tmp_path / "a.css").write_text("a{}")
    before = Assets(tmp_path).version
    assert Assets(tmp_path).version == before
    (tmp_path / "a.css").write_text("b{}")
    changed = Assets(tmp_path).version
    (tmp_path / "b.css").write_text("b{}")
    assert len({before, changed, Assets(tmp_path).version}) == 3


def test_a_page_cannot_name_a_file_that_is_not_there():
    with pytest.raises(LookupError, match=r"css/missing\.css"):
        static_url("css/missing.css")


def test_a_file_under_its_hash_is_kept_for_ever(client):
    answer = client.get(static_url("css/tokens.css"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == KEPT_FOREVER
    assert answer.headers["content-type"].startswith("text/css")


def test_a_file_under_the_hash_of_another_release_is_not_kept(client):
    answer = client.get("/static/0000000000000000/css/tokens.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == KEPT_SHORTLY


def test_a_file_that_did_not_change_is_not_sent_again(client):
    etag = client.get(static_url("css/tokens.css")).headers["etag"]
    answer = client.get(static_url("css/tokens.css"), headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["css/missing.css", "../static.py", "..%2Fstatic.py", "%2e%2e/static.py", "css"]
)
def test_nothing_but_the_files_is_given_out(client, path):
    assert client.get(f"/static/{assets().version}/{path}").status_code == 404


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("js/page.js", "text/javascript; charset=utf-8"),
        ("vendor/zxing/reader/zxing_reader.wasm", "application/wasm"),
        ("vendor/fonts/vazirmatn-arabic.woff2", "font/woff2"),
        ("brand/favicon.svg", "image/svg+xml"),
        ("brand/icon-512.png", "image/png"),
    ],
)
def test_a_file_says_what_it_is(client, name, media_type):
    assert client.get(static_url(name)).headers["content-type"] == media_type


def test_what_style_sheets_ask_for_is_there():
    for sheet in FOLDER.glob("css/*.css"):
        for address in re.findall(r"url\(\"([^\"]+)\"\)", sheet.read_text()):
            assert (sheet.parent / address).resolve().is_file(), f"{sheet.name}: {address}"


def test_what_modules_import_is_there():
    for module in [*FOLDER.glob("js/*.js"), *FOLDER.glob("vendor/zxing/**/*.js")]:
        for address in re.findall(r"(?:from|import\()\s*\"(\.[^\"]+)\"", module.read_text()):
            assert (module.parent / address).resolve().is_file(), f"{module.name}: {address}"
