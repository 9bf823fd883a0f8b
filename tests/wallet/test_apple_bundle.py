"""Bundles: our own ZIP files as others read them, and the manifest of every file."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.kit.remembering import Remembered
from cardamom.wallet.apple import bundle
from cardamom.wallet.apple.bundle import MOST_PASSES, _member, _remembered, _zip, pkpass, pkpasses
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.document import ApplePass
from cardamom.wallet.apple.test_authority import Authority
from tests.wallet.opened_pass import opened, openssl_says

PATH = st.text("abcdefghijklmnopqrstuvwxyz0123456789@._-/", min_size=1, max_size=40).filter(
    lambda path: "//" not in path and not path.startswith("/") and not path.endswith("/")
)
A_PASS = ApplePass({"formatVersion": 1}, {"ar.lproj/pass.strings": '"a" = "ب";\n'.encode()})
IMAGES = {"icon.png": b"icon", "ar.lproj/strip.png": b"strip"}


@given(st.dictionaries(PATH, st.binary(max_size=2_000), max_size=12))
@settings(max_examples=60)
def test_any_archive_of_ours_is_opened_by_others(files: dict[str, bytes]) -> None:
    written = _zip(_member(path, content) for path, content in files.items())
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert all(each.compress_type == zipfile.ZIP_STORED for each in archive.infolist())


def test_the_manifest_names_every_file_but_itself_and_the_signature(
    tmp_path: Path, pass_certificate: PassCertificate, authority: Authority
) -> None:
    found = opened(pkpass(A_PASS, IMAGES, pass_certificate))
    named = set(found.files) - {"manifest.json", "signature"}
    assert set(found.manifest) == named == {"pass.json", "ar.lproj/pass.strings", *IMAGES}
    for path, digest in found.manifest.items():
        assert digest == hashlib.sha1(found.files[path]).hexdigest()
    manifest, signature = found.files["manifest.json"], found.files["signature"]
    assert openssl_says(tmp_path, content=manifest, signature=signature, root_pem=authority.root_pem) is None


def test_a_pass_without_an_icon_is_not_made(pass_certificate: PassCertificate) -> None:
    with pytest.raises(ValueError, match="icon"):
        pkpass(A_PASS, {"logo.png": b"logo"}, pass_certificate)


def test_what_is_remembered_of_pictures_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes: pictures of shops with photographs are a hundred times as large as others."""
    assert bundle._REMEMBERED_BYTES <= 32 * 1024**2
    small = Remembered[tuple[str, bytes], bundle._Member](most=10_000, weigh=lambda each: len(each.data))
    monkeypatch.setattr(bundle, "_pictures", small)
    pictures = [bytes([number]) * 4_000 for number in range(5)]
    first = _remembered("strip.png", pictures[0])
    assert _remembered("strip.png", pictures[0]) is first
    for each in pictures:
        _remembered("strip.png", each)
    assert small.weight <= 10_000
    assert _remembered("strip.png", pictures[0]) is not first
    assert _remembered("strip.png", pictures[0]) == first


def test_several_passes_travel_together(pass_certificate: PassCertificate) -> None:
    one = pkpass(A_PASS, IMAGES, pass_certificate)
    several = opened(pkpasses([one, one]))
    assert several.files == {"1.pkpass": one, "2.pkpass": one}
    assert opened(several.files["2.pkpass"]).document == {"formatVersion": 1}


@pytest.mark.parametrize("passes", [[], [b"pass"] * (MOST_PASSES + 1), [bytes(75_000_000)] * 2])
def test_more_than_a_phone_takes_at_once_is_not_made(passes: list[bytes]) -> None:
    with pytest.raises(ValueError, match="passes"):
        pkpasses(passes)
