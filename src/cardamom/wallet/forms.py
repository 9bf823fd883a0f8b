"""The forms of the wallet page. Files are read beside the form (`pages.settings`): forms carry texts only."""

from __future__ import annotations

import wtforms

from cardamom.kit.forms import Form
from cardamom.kit.i18n import N_


class AppleForm(Form):
    """A certificate with what it needs."""

    certificate = wtforms.FileField(
        N_("Certificate"), description=N_("The .p12 from Keychain Access, or the .cer file from Apple.")
    )
    password = wtforms.PasswordField(
        N_("Password"), description=N_("The one that was set when the .p12 was exported.")
    )
    private_key = wtforms.FileField(
        N_("Private key"), description=N_("Only with a .cer file: the key that it was requested with.")
    )
    wwdr = wtforms.FileField(
        N_("Apple’s intermediate certificate"),
        description=N_("Only where it is not in the .p12: WWDR G4 from apple.com/certificateauthority."),
    )
    nfc_public_key = wtforms.TextAreaField(
        N_("Key for NFC readers"), description=N_("Only with Apple’s NFC entitlement: the public key, P-256.")
    )

    def __init__(self, formdata: object = None) -> None:
        super().__init__(formdata)
        self.certificate.flags.required = True


class GoogleForm(Form):
    """A service account and the issuer that it writes for."""

    account = wtforms.FileField(
        N_("Key of the service account"), description=N_("The JSON file that Google Cloud hands out.")
    )
    issuer = wtforms.StringField(
        N_("Issuer id"), description=N_("The number that the Google Wallet console shows.")
    )

    def __init__(self, formdata: object = None) -> None:
        super().__init__(formdata)
        self.account.flags.required = True
        self.issuer.flags.required = True


class RemoveForm(Form):
    """Nothing but the key of the act."""
