"""Files of strangers: whatever is in them, the linter answers with findings, and soon."""

from __future__ import annotations

import json
import random
import struct
import time
import warnings
import zipfile
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.wallet.lint.apple import lint_pkpass
from cardamom.wallet.lint.files import MOST_FILE_BYTES, lint_file
from cardamom.wallet.lint.google import lint_google
from tests.wallet.bundles import a_document, files, pkpass, zipped

SOUND = pkpass()
QUICK = settings(max_examples=60, deadline=None)


def codes(content: bytes) -> set[str]:
    return {finding.code for finding in lint_file(content)}


def json_values() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    return st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner), max_leaves=9
    )


@QUICK
@given(st.binary(max_size=300))
def test_random_bytes(content: bytes) -> None:
    assert lint_file(content)
    lint_file(b"PK" + content)
    lint_pkpass(content)


@QUICK
@given(st.integers(0, len(SOUND) - 1))
def test_a_file_that_was_cut_off(length: int) -> None:
    assert lint_file(SOUND[:length])


@QUICK
@given(st.integers(0, len(SOUND) - 1), st.integers(0, 255))
def test_a_byte_that_is_another(place: int, byte: int) -> None:
    lint_file(SOUND[:place] + bytes((byte,)) + SOUND[place + 1 :])


@QUICK
@given(
    st.binary(max_size=80), st.integers(0, 2_000), st.sampled_from(("signature", "icon.png", "manifest.json"))
)
def test_damage_inside_of_a_file(damage: bytes, place: int, name: str) -> None:
    with zipfile.ZipFile(BytesIO(SOUND)) as archive:
        content = {one: archive.read(one) for one in archive.namelist()}
    content[name] = content[name][:place] + damage + content[name][place + len(damage) :]
    lint_file(zipped(content))


@QUICK
@given(st.sampled_from(sorted(a_document())), json_values())
def test_any_value_anywhere_in_a_pass(key: str, value: Any) -> None:
    lint_pkpass(pkpass(files({**a_document(), key: value})))


@QUICK
@given(json_values())
def test_any_value_in_a_field(value: Any) -> None:
    style = {
        "headerFields": [value, {"key": value, "value": value, "changeMessage": value}],
        "backFields": value,
    }
    lint_pkpass(pkpass(files(a_document(storeCard=style, posterGeneric=value, nfc=value))))


@QUICK
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_translation(content: bytes) -> None:
    lint_pkpass(pkpass(files(**{"fa.lproj/pass.strings": content})))


@QUICK
@given(
    json_values(),
    st.sampled_from(("loyaltyPoints", "messages", "rotatingBarcode", "heroImage", "payload", "id")),
)
def test_any_value_in_a_google_pass(value: Any, key: str) -> None:
    lint_google({"id": "1.a", "classId": "1.b", "state": "ACTIVE", "loyaltyPoints": {}, key: value})
    lint_google({"loyaltyObjects": value, "payload": value})
    lint_google(value)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zipped({"pass.json": b"\0" * (151 * 1024 * 1024)})
    assert len(bomb) < 1_000_000
    begun = time.monotonic()
    assert codes(bomb) == {"zip_bomb"}
    assert time.monotonic() - begun < 1


def test_a_bomb_that_lies_about_its_size_is_cut() -> None:
    bomb = bytearray(zipped({"pass.json": b"\0" * 10_000_000}))
    for header, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", bomb, bomb.index(header) + offset, 100)
    assert codes(bytes(bomb)) == {"zip_unreadable"}


def test_many_files_are_a_bomb_too() -> None:
    assert codes(zipped({f"{n}.txt": b"" for n in range(1_001)})) == {"zip_bomb"}


@pytest.mark.parametrize("name", ["../icon.png", "/etc/passwd", "a/../../b", "C:/x", "a\\b"])
def test_a_path_that_leads_out_is_told(name: str) -> None:
    assert "zip_unsafe_path" in codes(pkpass(files(**{name: b"x"})))


def test_a_link_is_told() -> None:
    memory = BytesIO(pkpass())
    with zipfile.ZipFile(memory, "a") as archive:
        entry = zipfile.ZipInfo("logo.png")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    assert "zip_unsafe_path" in codes(memory.getvalue())


def test_a_file_that_is_there_twice_is_told() -> None:
    memory = BytesIO(pkpass())
    with zipfile.ZipFile(memory, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("pass.json", json.dumps(a_document(voided=True)))
    assert "zip_duplicate" in codes(memory.getvalue())


def test_other_compression_and_encryption_are_told() -> None:
    memory = BytesIO(pkpass())
    with zipfile.ZipFile(memory, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("footer.txt", b"x" * 99)
    assert "zip_method" in codes(memory.getvalue())
    sealed = bytearray(zipped({"pass.json": b"{}"}))
    struct.pack_into("<H", sealed, sealed.index(b"PK\x01\x02") + 8, 0x1)
    assert "zip_encrypted" in codes(bytes(sealed))


def test_a_large_pass_is_told() -> None:
    assert "pass_large" in codes(pkpass(files(**{"notes.txt": random.Random(7).randbytes(1_100_000)})))
    assert codes(b"PK" + bytes(MOST_FILE_BYTES)) == {"file_too_large"}


def test_an_empty_zip_is_told() -> None:
    assert codes(zipped({})) == {"zip_empty"}


def test_a_pass_json_alone_is_known() -> None:
    assert lint_file(json.dumps(a_document()).encode()) == []
    assert codes(json.dumps(a_document(maxDistance="9")).encode()) == {"pass_wrong_type"}
