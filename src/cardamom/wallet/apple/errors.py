"""What can be wrong with a pass certificate, its key and what it came with. Each sentence says what to do about it.

    Malformed                          422
      CertificateUnreadable            422  certificate_unreadable
      CertificatePasswordWrong         422  certificate_password_wrong
      CertificateKeyMissing            422  certificate_key_missing
      CertificateKeyUnreadable         422  certificate_key_unreadable
      CertificateKeyUnsupported        422  certificate_key_unsupported
      CertificateKeyMismatch           422  certificate_key_mismatch
      CertificateNotForPasses          422  certificate_not_for_passes
      CertificateContradictory         422  certificate_contradictory         facts: subject, extension
      CertificateNotYetValid           422  certificate_not_yet_valid         facts: valid_from
      CertificateExpired               422  certificate_expired               facts: expired_at, pass_type
      CertificateWwdrMissing           422  certificate_wwdr_missing          facts: issuer
      CertificateWwdrUnreadable        422  certificate_wwdr_unreadable
      CertificateWwdrWrong             422  certificate_wwdr_wrong            facts: issuer
      CertificateWwdrExpired           422  certificate_wwdr_expired          facts: expired_at
      CertificateNfcKeyWrong           422  certificate_nfc_key_wrong

WWDR: Worldwide Developer Relations, Apple's authority between its root and the certificates of developers.
"""

from __future__ import annotations

from typing import Any

from cardamom.kit.errors import Malformed
from cardamom.kit.i18n import _, say_date
from cardamom.kit.text import isolate


class CertificateUnreadable(Malformed):
    """Neither PEM nor DER nor PKCS#12, or broken inside."""

    code = "certificate_unreadable"

    def sentence(self) -> str:
        return _(
            "This file is not a certificate. Export yours from Keychain Access as .p12, or take the .cer file from"
            " Apple."
        )


class CertificatePasswordWrong(Malformed):
    """The file is encrypted, and not with this password."""

    code = "certificate_password_wrong"

    def sentence(self) -> str:
        return _("The password does not open this file. Enter the one that was set when it was exported.")


class CertificateKeyMissing(Malformed):
    """A certificate came alone: it can be shown, but it cannot sign."""

    code = "certificate_key_missing"

    def sentence(self) -> str:
        return _(
            "The private key is missing. Export the certificate together with its key as .p12, or add the key as a"
            " file of its own."
        )


class CertificateKeyUnreadable(Malformed):
    """What was given as the key is no private key."""

    code = "certificate_key_unreadable"

    def sentence(self) -> str:
        return _(
            "This file is not a private key. Choose the .pem or .key file that the request was made with."
        )


class CertificateKeyUnsupported(Malformed):
    """A key that is neither RSA nor on an elliptic curve: phones take no signature of it."""

    code = "certificate_key_unsupported"

    def sentence(self) -> str:
        return _(
            "Wallets do not take signatures of this kind of key. Request the certificate with a 2048-bit RSA key."
        )


class CertificateKeyMismatch(Malformed):
    """The key is not that of the certificate."""

    code = "certificate_key_mismatch"

    def sentence(self) -> str:
        return _(
            "This private key belongs to another certificate. Choose the key that this certificate was requested"
            " with."
        )


class CertificateNotForPasses(Malformed):
    """A certificate without a pass type identifier or a team: for an app, a website, somebody's mail."""

    code = "certificate_not_for_passes"

    def sentence(self) -> str:
        return _(
            "This certificate is not for passes. Create one in your Apple developer account under Identifiers, Pass"
            " Type IDs."
        )


class CertificateContradictory(Malformed):
    """Subject and extension name two pass types. Facts: subject, extension."""

    code = "certificate_contradictory"

    def sentence(self) -> str:
        return _(
            "This certificate names two pass types, %(subject)s and %(extension)s. Download it again from Apple."
        ) % {name: isolate(text) for name, text in self.facts.items()}


class CertificateNotYetValid(Malformed):
    """Its first day is still to come. Facts: valid_from."""

    code = "certificate_not_yet_valid"

    def sentence(self) -> str:
        return _(
            "This certificate is valid from %(day)s on. Check the date of this server, or come back then."
        ) % {"day": _day(self.facts["valid_from"])}


class CertificateExpired(Malformed):
    """Its year is over: it signs no new pass and no update. Facts: expired_at, pass_type."""

    code = "certificate_expired"

    def sentence(self) -> str:
        places = {"day": _day(self.facts["expired_at"]), "pass_type": isolate(self.facts["pass_type"])}
        return (
            _(
                "This certificate expired on %(day)s. Create a new one for the same Pass Type ID, %(pass_type)s: then"
                " passes that were given out go on."
            )
            % places
        )


class CertificateWwdrMissing(Malformed):
    """Nothing was given that could have issued the certificate. Facts: issuer."""

    code = "certificate_wwdr_missing"

    def sentence(self) -> str:
        return _(
            "Apple's intermediate certificate is missing. Download %(issuer)s from"
            " apple.com/certificateauthority and add it."
        ) % _issuer(self.facts)


class CertificateWwdrUnreadable(Malformed):
    """What was given as the intermediate certificate is none."""

    code = "certificate_wwdr_unreadable"

    def sentence(self) -> str:
        return _(
            "The intermediate certificate could not be read. Download it again from"
            " apple.com/certificateauthority, as a .cer file."
        )


class CertificateWwdrWrong(Malformed):
    """The certificate was signed by another authority than the ones that were given. Facts: issuer."""

    code = "certificate_wwdr_wrong"

    def sentence(self) -> str:
        return _(
            "This intermediate certificate did not issue yours. Download %(issuer)s from"
            " apple.com/certificateauthority: the generation after the name must be the same."
        ) % _issuer(self.facts)


class CertificateWwdrExpired(Malformed):
    """The authority's own certificate is over. Facts: expired_at."""

    code = "certificate_wwdr_expired"

    def sentence(self) -> str:
        return _(
            "The intermediate certificate expired on %(day)s. Request a new certificate from Apple; it comes from a"
            " newer generation."
        ) % {"day": _day(self.facts["expired_at"])}


class CertificateNfcKeyWrong(Malformed):
    """The key that readers encrypt for is no public key on the curve P-256."""

    code = "certificate_nfc_key_wrong"

    def sentence(self) -> str:
        return _("The NFC key must be a public key on the curve P-256, as PEM or in base64.")


def _day(at: str) -> str:
    return isolate(say_date(at[:10]))


def _issuer(facts: dict[str, Any]) -> dict[str, str]:
    return {"issuer": isolate(facts["issuer"])}
