"""Who signed a pass, over what, and whether phones take it (RFC 5652; Apple, "Building a Pass").

Nothing is said of trust unless the caller gives roots: a demo's authority is as good as Apple's for everything else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from cardamom.kit.i18n import _
from cardamom.wallet.apple.certificates import PASS_TYPE_EXTENSION
from cardamom.wallet.lint.apple_bundle import MANIFEST, PASS, SIGNATURE, Files
from cardamom.wallet.lint.cms import Message, NotCms, SignerInfo, read_message
from cardamom.wallet.lint.findings import Finding, error, joined, warning

_SHA256 = "2.16.840.1.101.3.4.2.1"
_CLOCKS_APART = timedelta(hours=1)


class Claims(msgspec.Struct, frozen=True):
    """What pass.json says of itself; None where it says nothing that can be read."""

    pass_type: str | None
    team: str | None


def signature_findings(
    files: Files, claims: Claims, *, roots: Sequence[x509.Certificate], now: datetime
) -> Iterator[Finding]:
    """Everything about the file `signature`. roots: whom to trust; empty says nothing about trust."""
    if SIGNATURE not in files:
        yield error("signature_missing", SIGNATURE, _("The signature is missing."))
        return
    try:
        message = read_message(files[SIGNATURE])
    except NotCms as broken:
        sentence = _("This is no CMS signature in DER: %(reason)s.") % {"reason": broken}
        yield error("signature_unreadable", SIGNATURE, sentence)
        return
    if not message.is_detached:
        sentence = _("The signature contains the manifest. It must be detached.")
        yield error("signature_attached", SIGNATURE, sentence)
    if len(message.signers) != 1:
        sentence = _("The signature has %(number)s signers. It must have exactly one.") % {
            "number": len(message.signers)
        }
        yield error("signature_signers", SIGNATURE, sentence)
        return
    signer = message.signers[0]
    yield from _attribute_findings(signer, now)
    leaf = _leaf(message, signer)
    if leaf is None:
        sentence = _("The certificate of the signer is not in the signature.")
        yield error("signature_no_certificate", SIGNATURE, sentence)
        return
    yield from _value_findings(signer, leaf, files.get(MANIFEST, b""))
    yield from _certificate_findings(leaf, claims)
    yield from _time_findings(leaf, signer, now)
    yield from _chain_findings(message, leaf, roots, now)


def _attribute_findings(signer: SignerInfo, now: datetime) -> Iterator[Finding]:
    if signer.digest.dotted_string != _SHA256:
        yield error("signature_digest", SIGNATURE, _("The digest of the signature must be SHA-256."))
    if signer.signed_at is None:
        sentence = _("The time of signing is missing: the pass would end with its certificate.")
        yield error("signature_no_time", SIGNATURE, sentence)
    elif signer.signed_at > now + _CLOCKS_APART:
        sentence = _("The time of signing is in the future. Is the clock of the server wrong?")
        yield warning("signature_future", SIGNATURE, sentence)


def _value_findings(signer: SignerInfo, leaf: x509.Certificate, manifest: bytes) -> Iterator[Finding]:
    """Whether it is this manifest that was signed, and by this certificate."""
    digest = signer.message_digest
    if digest is not None and digest != hashlib.sha256(manifest).digest():
        as_text = manifest.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if digest == hashlib.sha256(as_text).digest():
            sentence = _(
                "The manifest was signed as text, with other line ends than it has. Sign its exact bytes."
            )
            yield error("signature_text_mode", SIGNATURE, sentence)
        else:
            yield error(
                "signature_other_manifest", SIGNATURE, _("Another manifest was signed than this one.")
            )
    if not _is_signed_by(leaf, signer, signer.signed if signer.signed is not None else manifest):
        sentence = _("The signature was not made with the key of its certificate, or it is damaged.")
        yield error("signature_wrong", SIGNATURE, sentence)


def _is_signed_by(leaf: x509.Certificate, signer: SignerInfo, content: bytes) -> bool:
    try:
        key = leaf.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signer.signature, content, padding.PKCS1v15(), SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signer.signature, content, ec.ECDSA(SHA256()))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _leaf(message: Message, signer: SignerInfo) -> x509.Certificate | None:
    for certificate in message.certificates:
        if (
            certificate.serial_number == signer.serial_number
            and certificate.issuer.public_bytes() == signer.issuer
        ):
            return certificate
    return None


def _certificate_findings(leaf: x509.Certificate, claims: Claims) -> Iterator[Finding]:
    """Whether the certificate is for this type of pass and this team."""
    pass_type, team = _value(leaf, NameOID.USER_ID), _value(leaf, NameOID.ORGANIZATIONAL_UNIT_NAME)
    if not pass_type.startswith("pass.") or not _has_extension(leaf):
        sentence = _("This certificate is not one for passes.")
        yield error("certificate_not_for_passes", SIGNATURE, sentence)
        return
    if claims.pass_type is not None and claims.pass_type != pass_type:
        sentence = _("The pass is of the type %(claimed)s, its certificate is for %(given)s.")
        sentence %= {"claimed": claims.pass_type, "given": pass_type}
        yield error("certificate_pass_type", joined(PASS, "passTypeIdentifier"), sentence)
    if claims.team is not None and claims.team != team:
        sentence = _("The pass is of the team %(claimed)s, its certificate of %(given)s.")
        sentence %= {"claimed": claims.team, "given": team}
        yield error("certificate_team", joined(PASS, "teamIdentifier"), sentence)


def _value(certificate: x509.Certificate, attribute: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(attribute)
    return str(found[0].value) if found else ""


def _has_extension(leaf: x509.Certificate) -> bool:
    try:
        leaf.extensions.get_extension_for_oid(PASS_TYPE_EXTENSION)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return False
    return True


def _time_findings(leaf: x509.Certificate, signer: SignerInfo, now: datetime) -> Iterator[Finding]:
    signed_at = signer.signed_at or now
    if not leaf.not_valid_before_utc <= signed_at <= leaf.not_valid_after_utc:
        sentence = _("The certificate was not valid when the pass was signed.")
        yield error("certificate_expired", SIGNATURE, sentence)
    elif leaf.not_valid_after_utc < now:
        sentence = _(
            "The certificate has ended since: who has the pass keeps it, nobody can add or update it."
        )
        yield warning("certificate_ended", SIGNATURE, sentence)


def _chain_findings(
    message: Message, leaf: x509.Certificate, roots: Sequence[x509.Certificate], now: datetime
) -> Iterator[Finding]:
    others = [one for one in message.certificates if one != leaf]
    if any(one.subject == one.issuer for one in message.certificates):
        yield warning("signature_root_inside", SIGNATURE, _("A root certificate is inside. Phones have it."))
    issuer = next((one for one in others if one.subject != one.issuer and _has_issued(one, leaf)), None)
    if issuer is None:
        sentence = _(
            "The certificate that issued the signer's is not in the signature, or it is another one."
        )
        yield error("signature_no_issuer", SIGNATURE, sentence)
    elif not issuer.not_valid_before_utc <= now <= issuer.not_valid_after_utc:
        sentence = _("The certificate of the issuer has expired: take its newest generation.")
        yield error("issuer_expired", SIGNATURE, sentence)
    if roots and not any(_has_issued(root, issuer or leaf) for root in roots):
        sentence = _("The certificates do not lead to a root that you trust.")
        yield error("certificate_untrusted", SIGNATURE, sentence)


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True
