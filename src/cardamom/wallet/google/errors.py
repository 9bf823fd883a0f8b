"""What Google may answer, and what an owner is told of it. A binding keeps the code; the sentence is made when read.

Refused
  GoogleAccountMalformed    422  google_account_malformed     facts: field
  GoogleAddressTooLong      409  google_address_too_long
  CallbackForged            422  google_callback_forged
  GoogleTrouble             502  (no code)                    what the calls of the API raise
    GooglePermanent         502  (no code)                    it stays so until somebody changes something
      GoogleRefusedDocument 502  google_refused_document      facts: message
      GoogleRefusedAccount  502  google_refused_account
      GoogleNotAUser        502  google_not_a_user            facts: account
      GoogleNotPublished    502  google_not_published
      GoogleApiDisabled     502  google_api_disabled
      GoogleUnknown         502  google_unknown
      GoogleExists          502  google_exists
    GoogleTemporary         502  (no code)
      GoogleQuota           502  google_quota                 facts: retry_after_seconds
      GoogleNoticesUsedUp   502  google_notices_used_up
      GoogleDown            502  google_down                  facts: retry_after_seconds
"""

from __future__ import annotations

from cardamom.kit.errors import Malformed, Refused, Unavailable
from cardamom.kit.i18n import _
from cardamom.kit.text import isolate


class GoogleAccountMalformed(Malformed):
    """The file is not the JSON key of a service account. Facts: field, where one is to blame."""

    code = "google_account_malformed"

    def sentence(self) -> str:
        match self.facts.get("field"):
            case "issuer":
                return _("The issuer id is the number from the Google Wallet console, digits only.")
            case "private_key":
                return _(
                    "The private key in this file cannot be read. Create a new JSON key for the account."
                )
            case "token_uri":
                return _("This file sends its tokens to a server that is not Google's.")
            case _:
                return _("This is not the JSON key of a Google service account.")


class GoogleAway(Unavailable):
    """A pass cannot be put into Google Wallet now; its owner is told why. Facts: retry_after_seconds."""

    code = "google_away"

    def sentence(self) -> str:
        return _("Google Wallet cannot take your card at the moment. Please try again in a few minutes.")


class CallbackForged(Malformed):
    """A callback that Google did not sign for us, or not lately. It does not say which."""

    code = "google_callback_forged"

    def sentence(self) -> str:
        return _("This message is not from Google Wallet.")


class GoogleTrouble(Refused):
    """A call of the Google Wallet API that did not do what it should."""

    status = 502


class GooglePermanent(GoogleTrouble):
    """Trying again changes nothing: somebody has to do something about it."""


class GoogleTemporary(GoogleTrouble):
    """Trying again later is all there is to do."""


class GoogleRefusedDocument(GooglePermanent):
    """Google does not take this pass (400). Facts: message, Google's own words."""

    code = "google_refused_document"

    def sentence(self) -> str:
        message = self.facts.get("message")
        if not message:
            return _("Google Wallet did not accept this pass.")
        return _("Google Wallet did not accept this pass: %(message)s") % {"message": isolate(message)}


class GoogleRefusedAccount(GooglePermanent):
    """Google does not know the service account or its key any more (401, invalid_grant)."""

    code = "google_refused_account"

    def sentence(self) -> str:
        return _(
            "Google does not accept the key of the service account. It may have been deleted: add a new key."
        )


class GoogleNotAUser(GooglePermanent):
    """The service account may not write passes of this issuer (403). Facts: account, its address."""

    code = "google_not_a_user"

    def sentence(self) -> str:
        account = self.facts.get("account")
        if not account:
            return _(
                "The service account is not a user of the Google Wallet console. Invite it there, with the access"
                " level Developer."
            )
        return _(
            "The service account %(account)s is not a user of the Google Wallet console. Invite it there, with the"
            " access level Developer."
        ) % {"account": isolate(account)}


class GoogleNotPublished(GooglePermanent):
    """The issuer is in demo mode: only its own people can save passes (403)."""

    code = "google_not_published"

    def sentence(self) -> str:
        return _(
            "Google Wallet is in demo mode: only people of your console can save passes, marked as a test. Ask for"
            " publishing access in the Google Wallet console."
        )


class GoogleApiDisabled(GooglePermanent):
    """The project of the service account has not switched the Google Wallet API on (403)."""

    code = "google_api_disabled"

    def sentence(self) -> str:
        return _(
            "The Google Wallet API is switched off in the project of the service account. Switch it on there."
        )


class GoogleNoAccount(GooglePermanent):
    """There is no service account for the issuer that a pass was made under."""

    code = "google_no_account"

    def sentence(self) -> str:
        return _("The service account that wrote this pass was removed. Add one for the same issuer again.")


class GoogleNoAddress(GooglePermanent):
    """Google fetches pictures over https, and this installation was not told its address (CARDAMOM_BASE_URL)."""

    code = "google_no_address"

    def sentence(self) -> str:
        return _("Google Wallet needs the HTTPS address of this installation. Set CARDAMOM_BASE_URL.")


class GoogleUnknown(GooglePermanent):
    """Google has no such class or object (404)."""

    code = "google_unknown"

    def sentence(self) -> str:
        return _("Google Wallet does not know this pass.")


class GoogleExists(GooglePermanent):
    """Google has this class or object already (409)."""

    code = "google_exists"

    def sentence(self) -> str:
        return _("Google Wallet has this pass already.")


class GoogleQuota(GoogleTemporary):
    """Too many requests (429, or 403 with a word about quota). Facts: retry_after_seconds."""

    code = "google_quota"

    def sentence(self) -> str:
        return _("Google Wallet asks us to slow down. This pass follows later.")


class GoogleNoticesUsedUp(GoogleTemporary):
    """This pass has used its three notifications of 24 hours (QuotaExceededException)."""

    code = "google_notices_used_up"

    def sentence(self) -> str:
        return _("This pass has sent all the notices that Google allows in a day.")


class GoogleDown(GoogleTemporary):
    """No answer, or one that says that Google has trouble of its own (5xx). Facts: retry_after_seconds."""

    code = "google_down"

    def sentence(self) -> str:
        return _("Google Wallet cannot be reached at the moment. This pass follows later.")
