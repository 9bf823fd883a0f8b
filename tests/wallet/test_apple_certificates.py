"""Certificates in every form that owners have them in, and each way in which they can be wrong."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.errors import Refused
from cardamom.wallet.apple import errors
from cardamom.wallet.apple.certificates import PASS_TYPE_EXTENSION, PassCertificate, read_certificate
from cardamom.wallet.apple.test_authority import (
    DEMO_PASS_TYPE,
    DEMO_TEAM,
    Authority,
    IssuedCertificate,
    issue_certificate,
    new_authority,
    new_key,
)

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def issued(authority: Authority) -> IssuedCertificate:
    return issue_certificate(authority, now=NOW)


def as_p12(issued: IssuedCertificate, *, password: str | None, others: list[x509.Certificate]) -> bytes:
    encryption = NoEncryption() if password is None else BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(
        b"pass", issued.key, issued.certificate, others or None, encryption
    )


def resigned(
    issued: IssuedCertificate, authority: Authority, *, subject: x509.Name, extension: bytes | None
) -> IssuedCertificate:
    """The same certificate with another subject, and another extension or none."""
    builder = (
        x509.CertificateBuilder(issuer_name=authority.wwdr.subject, subject_name=subject)
        .public_key(issued.key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=30))
    )
    if extension is not None:
        builder = builder.add_extension(
            x509.UnrecognizedExtension(PASS_TYPE_EXTENSION, extension), critical=False
        )
    return IssuedCertificate(certificate=builder.sign(authority.wwdr_key, SHA256()), key=issued.key)


def read(issued: IssuedCertificate, authority: Authority, **changes: object) -> PassCertificate:
    given = {"key": issued.key_pem, "wwdr": authority.wwdr_pem, "now": NOW}
    return read_certificate(issued.certificate_pem, **(given | changes))  # type: ignore[arg-type]


def assert_reads_the_same(found: PassCertificate) -> None:
    assert (found.pass_type, found.team) == (DEMO_PASS_TYPE, DEMO_TEAM)
    assert found.is_test
    assert found.days_left(NOW) == 395


def test_pem_with_a_key_of_its_own(issued: IssuedCertificate, authority: Authority) -> None:
    assert_reads_the_same(read(issued, authority))


def test_der_everywhere(issued: IssuedCertificate, authority: Authority) -> None:
    key = issued.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    wwdr = authority.wwdr.public_bytes(Encoding.DER)
    certificate = issued.certificate.public_bytes(Encoding.DER)
    assert_reads_the_same(read_certificate(certificate, key=key, wwdr=wwdr, now=NOW))


def test_one_pem_with_everything_in_any_order(issued: IssuedCertificate, authority: Authority) -> None:
    everything = authority.root_pem + authority.wwdr_pem + issued.certificate_pem + issued.key_pem
    assert_reads_the_same(read_certificate(everything, now=NOW))


@pytest.mark.parametrize("password", [None, "", "quiet garden", "كلمة"])
def test_pkcs12_with_its_chain(issued: IssuedCertificate, authority: Authority, password: str | None) -> None:
    content = as_p12(issued, password=password or None, others=[authority.wwdr, authority.root])
    assert_reads_the_same(read_certificate(content, password=password, now=NOW))


def test_an_encrypted_key_and_a_password_that_a_plain_one_does_not_need(
    issued: IssuedCertificate, authority: Authority
) -> None:
    encrypted = issued.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    assert_reads_the_same(read(issued, authority, key=encrypted, password="secret"))
    assert_reads_the_same(read(issued, authority, password="not needed"))
    for wrong in ("Secret", None):
        with pytest.raises(errors.CertificatePasswordWrong):
            read(issued, authority, key=encrypted, password=wrong)


def test_wrong_password_of_a_pkcs12(issued: IssuedCertificate, authority: Authority) -> None:
    content = as_p12(issued, password="right", others=[authority.wwdr])
    for wrong in ("wrong", None, ""):
        with pytest.raises(errors.CertificatePasswordWrong):
            read_certificate(content, password=wrong, now=NOW)


def test_no_key_another_key_no_key_at_all_and_a_kind_that_phones_do_not_take(
    issued: IssuedCertificate, authority: Authority
) -> None:
    other = issue_certificate(authority, now=NOW, key_kind="ec")
    with pytest.raises(errors.CertificateKeyMissing):
        read(issued, authority, key=None)
    with pytest.raises(errors.CertificateKeyMismatch):
        read(issued, authority, key=other.key_pem)
    with pytest.raises(errors.CertificateKeyUnreadable):
        read(issued, authority, key=issued.certificate_pem)
    strange = ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(errors.CertificateKeyUnsupported):
        read(issued, authority, key=strange)


def test_an_elliptic_curve_signs_too(authority: Authority) -> None:
    assert_reads_the_same(read(issue_certificate(authority, now=NOW, key_kind="ec"), authority))


def test_a_certificate_of_a_website(issued: IssuedCertificate, authority: Authority) -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    with pytest.raises(errors.CertificateNotForPasses):
        read(resigned(issued, authority, subject=subject, extension=None), authority)


def test_subject_and_extension_must_agree(issued: IssuedCertificate, authority: Authority) -> None:
    other = b"pass.org.example.other"
    odd = resigned(
        issued, authority, subject=issued.certificate.subject, extension=bytes((0x0C, len(other))) + other
    )
    with pytest.raises(errors.CertificateContradictory) as refused:
        read(odd, authority)
    assert "pass.org.example.other" in refused.value.sentence()


def test_the_issuer_is_found_by_its_signature_and_never_by_its_name(
    issued: IssuedCertificate, authority: Authority
) -> None:
    impostor = new_authority(now=NOW)
    assert impostor.wwdr.subject == authority.wwdr.subject
    with pytest.raises(errors.CertificateWwdrWrong) as refused:
        read(issued, authority, wwdr=impostor.wwdr_pem)
    assert "G4" in refused.value.sentence()
    both = read(issued, authority, wwdr=impostor.wwdr_pem + authority.wwdr_pem)
    assert both.wwdr == authority.wwdr
    with pytest.raises(errors.CertificateWwdrMissing):
        read(issued, authority, wwdr=None)
    with pytest.raises(errors.CertificateWwdrUnreadable):
        read(issued, authority, wwdr=b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----")


def test_days_are_judged_only_at_an_instant(issued: IssuedCertificate, authority: Authority) -> None:
    over = issue_certificate(authority, now=NOW, days=-1)
    with pytest.raises(errors.CertificateExpired) as refused:
        read(over, authority)
    assert DEMO_PASS_TYPE in refused.value.sentence()
    found = read(over, authority, now=None)
    assert found.days_left(NOW) == -1
    with pytest.raises(errors.CertificateNotYetValid):
        read(issued, authority, now=NOW - timedelta(days=2))


def test_an_expired_issuer_is_no_issuer(issued: IssuedCertificate, authority: Authority) -> None:
    long = issue_certificate(authority, now=NOW, days=4_000)
    with pytest.raises(errors.CertificateWwdrExpired):
        read(long, authority, now=NOW + timedelta(days=3_000))
    assert read(long, authority).days_left(NOW) < 2_200


def test_only_the_name_of_apples_authority_is_no_test(issued: IssuedCertificate) -> None:
    key = new_key("rsa")
    name = x509.Name(
        [
            x509.NameAttribute(
                NameOID.COMMON_NAME, "Apple Worldwide Developer Relations Certification Authority"
            ),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "G4"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Apple Inc."),
        ]
    )
    wwdr = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=900))
        .sign(key, SHA256())
    )
    likeness = Authority(root=wwdr, wwdr=wwdr, wwdr_key=key)
    assert not read(issue_certificate(likeness, now=NOW), likeness).is_test


def test_nfc_keys_are_taken_in_both_forms(issued: IssuedCertificate, authority: Authority) -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    der = base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert read(issued, authority, nfc_public_key=der).nfc_public_key == der
    assert read(issued, authority, nfc_public_key=pem).nfc_public_key == der
    larger = ec.generate_private_key(ec.SECP384R1()).public_key()
    wrong = larger.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for text in (wrong, "bm90IGEga2V5", "not base64!"):
        with pytest.raises(errors.CertificateNfcKeyWrong):
            read(issued, authority, nfc_public_key=text)


def test_a_client_certificate_for_pushes_holds_key_and_chain(pass_certificate: PassCertificate) -> None:
    pem = pass_certificate.client_pem()
    assert pem.count(b"BEGIN CERTIFICATE") == 2
    assert pem.count(b"BEGIN PRIVATE KEY") == 1
    assert b"PRIVATE" not in repr(pass_certificate).encode()


@given(st.binary(max_size=300))
def test_nonsense_is_refused_and_never_fails(content: bytes) -> None:
    for given_bytes in (content, b"\x30\x82" + content, b"-----BEGIN CERTIFICATE-----\n" + content):
        with pytest.raises(Refused):
            read_certificate(given_bytes, password="x", now=NOW)


def test_a_certificate_that_is_damaged_inside_is_refused_and_never_fails(
    issued: IssuedCertificate, authority: Authority
) -> None:
    """Much of it is not read before somebody looks: its version, the kind of its key, a name."""
    whole = x509.load_pem_x509_certificate(issued.certificate_pem)
    content = whole.public_bytes(Encoding.DER)
    version = content.index(bytes([0xA0, 3, 2, 1, 2])) + 4
    kind_of_key = content.index(bytes.fromhex("06092a864886f70d010101")) + 7
    pass_type = content.index(b"pass.")
    for place, damage in ((version, 21), (kind_of_key, 99), (pass_type, 0xFF), (pass_type - 1, 0xFE)):
        damaged = content[:place] + bytes([damage]) + content[place + 1 :]
        pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(damaged) + b"-----END CERTIFICATE-----\n"
        for form in (damaged, pem):
            with pytest.raises(Refused):
                read_certificate(form, key=issued.key_pem, wwdr=authority.wwdr_pem)
        with pytest.raises(Refused):
            read_certificate(issued.certificate_pem, key=issued.key_pem, wwdr=pem)


def test_every_refusal_says_what_to_do() -> None:
    facts = {
        "subject": "pass.a",
        "extension": "pass.b",
        "issuer": "Developer Relations G4",
        "pass_type": "pass.a",
        "expired_at": NOW.isoformat(),
        "valid_from": NOW.isoformat(),
    }
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and kind.__module__ == errors.__name__
    ]
    assert len(kinds) == 15
    for kind in kinds:
        refused = kind(**facts)
        assert refused.sentence().endswith(".")
        assert refused.code.startswith("certificate_")
