"""Signatures as OpenSSL and phones judge them. The manifests have line feeds, where faulty signers fail."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7Options,
    PKCS7SignatureBuilder,
    load_der_pkcs7_certificates,
)

from cardamom.wallet.apple.certificates import PassCertificate, read_certificate
from cardamom.wallet.apple.test_authority import Authority, issue_certificate, new_authority
from tests.wallet.opened_pass import openssl_says

MANIFEST = b'{\n  "icon.png": "da39a3ee5e6b4b0d3255bfef95601890afd80709"\n}\n'


def details(signature: bytes, folder: Path) -> str:
    """What `openssl cms -cmsout -print` tells of a signature."""
    (folder / "printed").write_bytes(signature)
    command = "openssl cms -cmsout -print -noout -inform DER -in printed"
    return subprocess.run(command.split(), cwd=folder, capture_output=True, check=True).stdout.decode()


def signed_with(certificate: PassCertificate, *options: PKCS7Options) -> bytes:
    builder = PKCS7SignatureBuilder().set_data(MANIFEST)
    builder = builder.add_signer(certificate.leaf, certificate.key, SHA256())
    return builder.add_certificate(certificate.wwdr).sign(Encoding.DER, options)


def test_openssl_agrees_about_a_manifest_with_line_feeds(
    tmp_path: Path, pass_certificate: PassCertificate, authority: Authority
) -> None:
    signature = pass_certificate.sign(MANIFEST)
    assert openssl_says(tmp_path, content=MANIFEST, signature=signature, root_pem=authority.root_pem) is None
    # And it does not agree about what a signer without the flag Binary makes of the same bytes.
    careless = signed_with(pass_certificate, PKCS7Options.DetachedSignature)
    complaint = openssl_says(tmp_path, content=MANIFEST, signature=careless, root_pem=authority.root_pem)
    assert complaint is not None
    assert "verif" in complaint


def test_elliptic_curves_are_taken_too(tmp_path: Path, authority: Authority) -> None:
    issued = issue_certificate(authority, now=datetime.now(UTC), key_kind="ec")
    certificate = read_certificate(issued.certificate_pem, key=issued.key_pem, wwdr=authority.wwdr_pem)
    signature = certificate.sign(MANIFEST)
    assert openssl_says(tmp_path, content=MANIFEST, signature=signature, root_pem=authority.root_pem) is None


def test_another_manifest_another_root_and_an_expired_certificate_are_refused(
    tmp_path: Path, pass_certificate: PassCertificate, authority: Authority
) -> None:
    signature = pass_certificate.sign(MANIFEST)
    other = MANIFEST.replace(b"da39", b"da38")
    assert openssl_says(tmp_path, content=other, signature=signature, root_pem=authority.root_pem)
    stranger = new_authority(now=datetime.now(UTC))
    assert openssl_says(tmp_path, content=MANIFEST, signature=signature, root_pem=stranger.root_pem)
    over = issue_certificate(authority, now=datetime.now(UTC), days=-1)
    expired = read_certificate(over.certificate_pem, key=over.key_pem, wwdr=authority.wwdr_pem)
    complaint = openssl_says(
        tmp_path, content=MANIFEST, signature=expired.sign(MANIFEST), root_pem=authority.root_pem
    )
    assert complaint is not None
    assert "expired" in complaint


def test_the_signature_is_detached_and_brings_its_issuer_and_no_root(
    tmp_path: Path, pass_certificate: PassCertificate
) -> None:
    signature = pass_certificate.sign(MANIFEST)
    assert MANIFEST not in signature
    assert MANIFEST in signed_with(pass_certificate, PKCS7Options.Binary)
    inside = load_der_pkcs7_certificates(signature)
    assert {each.serial_number for each in inside} == {
        pass_certificate.leaf.serial_number,
        pass_certificate.wwdr.serial_number,
    }
    printed = details(signature, tmp_path)
    assert "eContent: <ABSENT>" in printed
    for attribute in ("contentType", "signingTime", "messageDigest", "sha256"):
        assert attribute in printed
    assert "S/MIME Capabilities" not in printed


def test_the_time_of_signing_is_now(tmp_path: Path, pass_certificate: PassCertificate) -> None:
    at = datetime(2026, 12, 24, 18, 30, tzinfo=UTC)
    with time_machine.travel(at, tick=False):
        first, again = pass_certificate.sign(MANIFEST), pass_certificate.sign(MANIFEST)
    assert "Dec 24 18:30:00 2026 GMT" in details(first, tmp_path)
    # RSA in this form has no chance in it: same time, same bytes.
    assert first == again
    with time_machine.travel(at + timedelta(seconds=1), tick=False):
        assert pass_certificate.sign(MANIFEST) != first


@pytest.mark.parametrize("content", [b"", b"\r\n", b"\n" * 100, bytes(range(256))])
def test_any_bytes_are_signed_as_they_are(
    tmp_path: Path, pass_certificate: PassCertificate, authority: Authority, content: bytes
) -> None:
    signature = pass_certificate.sign(content)
    assert openssl_says(tmp_path, content=content, signature=signature, root_pem=authority.root_pem) is None


def test_the_test_authority_looks_like_apples(
    authority: Authority, pass_certificate: PassCertificate
) -> None:
    leaf = pass_certificate.leaf
    usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [usage.dotted_string for usage in usages] == ["1.3.6.1.5.5.7.3.2", "1.2.840.113635.100.4.14"]
    assert "OU=G4" in authority.wwdr.subject.rfc4514_string()
    leaf.verify_directly_issued_by(authority.wwdr)
    authority.wwdr.verify_directly_issued_by(authority.root)
