"""The linter finds each planted fault of a bundle: zip, manifest, signature, pictures, translations."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from cardamom.wallet.apple.test_authority import issue_certificate, new_authority
from cardamom.wallet.lint.apple import lint_pkpass
from cardamom.wallet.lint.findings import Finding
from tests.wallet import bundles
from tests.wallet.bundles import a_document, files, pictures, pkpass, png, strings, zipped

NOW = datetime.now(UTC)


def codes(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings}


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_changed_file_is_not_the_one_in_the_manifest() -> None:
    assert codes(lint_pkpass(zipped({**unpacked(pkpass()), "icon.png": png(38, 38)[:-1] + b"x"}))) >= {
        "manifest_hash"
    }


def test_the_manifest_lists_what_is_there_and_nothing_else() -> None:
    sound = unpacked(pkpass())
    hashes = json.loads(sound["manifest.json"])

    def with_manifest(**changes: Any) -> set[str]:
        made = {key: value for key, value in {**hashes, **changes}.items() if value is not None}
        content = json.dumps(made).encode()
        whole = {**sound, "manifest.json": content, "signature": bundles.sign(content)}
        return codes(lint_pkpass(zipped(whole)))

    assert with_manifest() == set()
    assert with_manifest(**{"icon.png": None}) == {"manifest_unlisted"}
    assert with_manifest(**{"gone.png": "0" * 40}) == {"manifest_absent"}
    assert with_manifest(**{"manifest.json": "0" * 40}) == {"manifest_lists_itself"}
    assert with_manifest(**{"icon.png": hashes["icon.png"].upper()}) == {"manifest_no_sha1"}
    assert with_manifest(**{"icon.png": "0" * 64}) == {"manifest_no_sha1"}


@pytest.mark.parametrize(
    ("name", "code"), [("pass.json", "pass_missing"), ("icon.png", "image_scale_missing")]
)
def test_a_missing_file_is_named(name: str, code: str) -> None:
    content = files()
    del content[name]
    assert code in codes(lint_pkpass(pkpass(content)))


def test_a_zipped_folder_is_told_from_an_empty_one() -> None:
    (finding, *_others) = lint_pkpass(
        zipped({f"card/{name}": data for name, data in unpacked(pkpass()).items()})
    )
    assert finding.code == "pass_missing"
    assert "folder" in finding.sentence


def test_without_manifest_or_signature_nothing_is_a_pass() -> None:
    assert codes(lint_pkpass(zipped(files()))) == {"manifest_missing"}
    content = unpacked(pkpass())
    del content["signature"]
    assert codes(lint_pkpass(zipped(content))) == {"signature_missing"}


def cms(*options: PKCS7Options, digest: SHA1 | SHA256 | None = None) -> Callable[[bytes], bytes]:
    """Signed by the library with these options, some of which are wrong."""
    mine, issuer = bundles.certificate(), bundles.authority().wwdr

    def sign(manifest: bytes) -> bytes:
        builder = PKCS7SignatureBuilder().set_data(manifest)
        builder = builder.add_signer(mine.certificate, mine.key, SHA256()).add_certificate(issuer)
        return builder.sign(Encoding.DER, list(options))

    return sign


@pytest.mark.parametrize(
    ("signed_by", "code"),
    [
        (cms(PKCS7Options.Binary), "signature_attached"),
        (cms(PKCS7Options.DetachedSignature), "signature_text_mode"),
        (
            cms(PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoAttributes),
            "signature_no_time",
        ),
        (
            cms(PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCerts),
            "signature_no_certificate",
        ),
        (lambda manifest: bundles.sign(manifest + b" "), "signature_other_manifest"),
        (lambda _manifest: b"-----BEGIN PKCS7-----", "signature_unreadable"),
        (lambda _manifest: b"", "signature_unreadable"),
        (lambda manifest: bundles.sign(manifest)[:-1], "signature_unreadable"),
        (lambda manifest: bundles.sign(manifest)[:-1] + b"\0", "signature_wrong"),
    ],
)
def test_a_faulty_signature_is_told_apart(signed_by: bundles.Sign, code: str) -> None:
    assert code in codes(lint_pkpass(pkpass(signed_by=signed_by)))


def signed_with(**certificate: Any) -> set[str]:
    authority = bundles.authority()
    issued = issue_certificate(authority, **{"now": NOW, **certificate})
    return codes(lint_pkpass(pkpass(signed_by=bundles.signer_of(issued, authority.wwdr))))


def test_the_certificate_must_be_of_this_type_and_team() -> None:
    assert signed_with() == set()
    assert signed_with(key_kind="ec") == set()
    assert signed_with(pass_type="pass.org.other") == {"certificate_pass_type"}
    assert signed_with(team="OTHERTEAM0") == {"certificate_team"}
    assert signed_with(pass_type="com.other") == {"certificate_not_for_passes"}


def test_an_expired_certificate_signs_nothing_and_keeps_what_it_signed() -> None:
    assert signed_with(days=-1) == {"certificate_expired"}
    later = NOW + timedelta(days=600)
    assert codes(lint_pkpass(pkpass(), now=later)) == {"certificate_ended"}
    assert codes(lint_pkpass(pkpass(), now=NOW + timedelta(days=4_000))) == {
        "certificate_ended",
        "issuer_expired",
    }
    assert codes(lint_pkpass(pkpass(), now=NOW - timedelta(days=1))) >= {"signature_future"}


def test_the_issuer_must_be_the_one_that_signed() -> None:
    other = new_authority(now=NOW)
    wrong = bundles.signer_of(bundles.certificate(), other.wwdr)
    assert codes(lint_pkpass(pkpass(signed_by=wrong))) == {"signature_no_issuer"}
    root = bundles.signer_of(bundles.certificate(), bundles.authority().root)
    assert codes(lint_pkpass(pkpass(signed_by=root))) == {"signature_no_issuer", "signature_root_inside"}


def test_what_openssl_signs_is_read_alike(tmp_path: Path) -> None:
    mine = bundles.certificate()
    for name, content in (
        ("leaf.pem", mine.certificate_pem),
        ("key.pem", mine.key_pem),
        ("wwdr.pem", bundles.authority().wwdr_pem),
    ):
        (tmp_path / name).write_bytes(content)

    def by_openssl(manifest: bytes) -> bytes:
        (tmp_path / "manifest.json").write_bytes(manifest)
        command = "openssl cms -sign -binary -outform DER -in manifest.json -signer leaf.pem -inkey key.pem"
        rest = "-certfile wwdr.pem -md sha256 -out signature"
        subprocess.run(f"{command} {rest}".split(), cwd=tmp_path, check=True, capture_output=True)
        return (tmp_path / "signature").read_bytes()

    assert lint_pkpass(pkpass(signed_by=by_openssl), roots=[bundles.authority().root]) == []


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        (pictures("strip", (375, 123)), "image_size", "strip.png"),
        (pictures("logo", (161, 50)), "image_size", "logo.png"),
        ({"icon.png": b"\xff\xd8\xff\xe0"}, "image_not_png", "icon.png"),
        ({"icon.png": png(38, 38)[:60]}, "image_not_png", "icon.png"),
        ({"icon.png": png(38, 38).replace(b"IDAT", b"IDAX")}, "image_not_png", "icon.png"),
        ({"Icon.png": png(38, 38)}, "image_unknown", "Icon.png"),
        ({"icon@4x.png": png(38, 38)}, "image_unknown", "icon@4x.png"),
        ({"logo@2x.png": png(200, 80)}, "image_scale_missing", "logo@3x.png"),
        ({**pictures("logo", (100, 40)), "logo@2x.png": png(150, 80)}, "image_scales_differ", "logo@2x.png"),
        (pictures("thumbnail", (90, 90)), "image_not_shown", "thumbnail.png"),
        ({"strip@3x.png": png(5_000, 1)}, "image_too_large", "strip@3x.png"),
        ({"he.lproj/logo.png": png(500, 50)}, "image_size", "he.lproj/logo.png"),
    ],
)
def test_pictures_are_looked_at(changes: dict[str, bytes], code: str, where: str) -> None:
    findings = lint_pkpass(pkpass({**files(), **changes}))
    assert (code, where) in {(one.code, one.where) for one in findings}


def test_without_an_icon_nothing_can_be_added() -> None:
    content = {name: data for name, data in files().items() if not name.startswith("icon")}
    assert codes(lint_pkpass(pkpass(content))) == {"icon_missing"}


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        (
            "\ufeff".encode("utf-16-le") + "x".encode("utf-16-le")[:1],
            "strings_encoding",
            "fa.lproj/pass.strings",
        ),
        (b"\xff\xff", "strings_encoding", "fa.lproj/pass.strings"),
        (b'"stamps" = "x"', "strings_syntax", "fa.lproj/pass.strings"),
        (b'"stamps" = "x";\n"stamps" = "y";', "strings_twice", "fa.lproj/pass.strings stamps"),
        (b'"stamps" = "x";', "strings_missing", "fa.lproj/pass.strings news"),
        (strings({**bundles.WORDS["fa"], "other": "x"}), "strings_unused", "fa.lproj/pass.strings other"),
        (
            strings({**bundles.WORDS["fa"], "news": "تغییر کرد"}),
            "change_message",
            "fa.lproj/pass.strings news",
        ),
        (strings({**bundles.WORDS["fa"], "stamps": "م" * 27}), "text_long", "fa.lproj/pass.strings stamps"),
    ],
)
def test_translations_are_read(content: bytes, code: str, where: str) -> None:
    findings = lint_pkpass(pkpass({**files(), "fa.lproj/pass.strings": content}))
    assert (code, where) in {(one.code, one.where) for one in findings}


def test_translations_may_be_utf16_and_have_comments() -> None:
    text = "/* a\n comment */ // another\n" + strings(bundles.WORDS["fa"]).decode()
    assert lint_pkpass(pkpass({**files(), "fa.lproj/pass.strings": text.encode("utf-16")})) == []


def test_several_passes_are_looked_at_one_by_one() -> None:
    other = pkpass(files(a_document(serialNumber="cafe.0198", maxDistance="far")))
    findings = lint_pkpass(zipped({"1.pkpass": pkpass(), "2.pkpass": other}))
    assert [(one.code, one.where) for one in findings] == [
        ("pass_wrong_type", "2.pkpass pass.json maxDistance")
    ]
    assert codes(lint_pkpass(zipped({"1.pkpass": pkpass(), "2.pkpass": pkpass()}))) == {"passes_twice"}
    many = {f"{n}.pkpass": pkpass(files(a_document(serialNumber=f"cafe.{n}"))) for n in range(11)}
    assert codes(lint_pkpass(zipped({**many, "read.me": b""}))) == {"passes_too_many", "passes_other_file"}
