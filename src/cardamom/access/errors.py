"""What is refused when somebody says who they are, or changes who may come in.

No fact here is a login, a password, a key or an address.
"""

from typing import Any

from cardamom.kit.errors import Conflict, Malformed, NotPermitted, NotSignedIn, Refused, TooManyRequests
from cardamom.kit.i18n import _, ngettext, say_number


class SignInFailed(NotSignedIn):
    """Unknown login, wrong password, disabled person or no membership left: one answer for all of them."""

    code = "sign_in_failed"

    def sentence(self) -> str:
        return _("The login or the password is wrong.")


class TooManySignIns(TooManyRequests):
    """Too many tries from one address or for one login. Facts: retry_after_seconds."""

    code = "too_many_sign_ins"

    def sentence(self) -> str:
        minutes = -(-int(self.facts["retry_after_seconds"]) // 60)
        return ngettext(
            "There were too many tries to sign in. Try again in %(minutes)s minute.",
            "There were too many tries to sign in. Try again in %(minutes)s minutes.",
            minutes,
        ) % {"minutes": say_number(minutes)}


class FormOutOfDate(NotPermitted):
    """A form, or a call by one of our pages, came without the token that we gave to this visitor."""

    code = "form_out_of_date"

    def sentence(self) -> str:
        return _("This page was open for too long. Load it again and repeat what you did.")


class ForeignOrigin(NotPermitted):
    """A browser says that the request was made by a page of another site."""

    code = "foreign_origin"

    def sentence(self) -> str:
        return _("This request came from another website.")


class IdempotencyKeyMalformed(Malformed):
    """The header Idempotency-Key is empty, longer than 255 characters, or not visible ASCII."""

    code = "idempotency_key_malformed"

    def sentence(self) -> str:
        return _("The Idempotency-Key must have 1 to 255 visible ASCII characters.")


class SetupTokenWrong(NotPermitted):
    """Set-up is asked for from another machine without the token that the server printed."""

    code = "setup_token_wrong"

    def sentence(self) -> str:
        return _("Open the set-up page with the address that the server printed when it started.")


class AlreadySetUp(Conflict):
    """Somebody else finished the set-up first."""

    code = "already_set_up"

    def sentence(self) -> str:
        return _("This server has been set up already. Sign in instead.")


class LoginMalformed(Refused):
    """A login has 3 to 254 characters, without spaces or control characters."""

    code = "login_malformed"
    status = 422

    def sentence(self) -> str:
        return _("A login is an e-mail address, or 3 to 254 letters and digits without spaces.")


class LoginTaken(Conflict):
    """The login belongs to somebody on this server already."""

    code = "login_taken"

    def sentence(self) -> str:
        return _("This login is taken. Choose another one.")


class PersonNameMissing(Refused):
    """A person needs a name that can be shown, of at most 200 characters."""

    code = "person_name_missing"
    status = 422

    def sentence(self) -> str:
        return _("Give a name of at most 200 characters.")


class PasswordTooShort(Refused):
    """Facts: minimum (characters)."""

    code = "password_too_short"
    status = 422

    def __init__(self, *, minimum: int, **facts: Any) -> None:
        super().__init__(minimum=minimum, **facts)

    def sentence(self) -> str:
        minimum = self.facts["minimum"]
        return ngettext(
            "The password needs at least %(minimum)s character.",
            "The password needs at least %(minimum)s characters.",
            minimum,
        ) % {"minimum": say_number(minimum)}


class PasswordTooLong(Refused):
    """Longer than anybody types; hashing it would only cost time."""

    code = "password_too_long"
    status = 422

    def sentence(self) -> str:
        return _("This password is too long.")


class PasswordTooCommon(Refused):
    """One of the first that an attacker tries, or little more than the person's own login or name."""

    code = "password_too_common"
    status = 422

    def sentence(self) -> str:
        return _("This password is easy to guess. Choose a longer one, such as four unrelated words.")


class PasswordWrong(Refused):
    """The password that should be changed was not known."""

    code = "password_wrong"
    status = 403

    def sentence(self) -> str:
        return _("The current password is wrong.")


class PasswordSetElsewhere(Conflict):
    """The person also belongs to another business: only they themselves may change their password."""

    code = "password_set_elsewhere"

    def sentence(self) -> str:
        return _("Only this person can change their password.")


class LastOwner(Conflict):
    """A business always has an owner who can sign in."""

    code = "last_owner"

    def sentence(self) -> str:
        return _("A business needs an owner. Make somebody else an owner first.")


class RoleUnknown(Refused):
    """Not one of owner, manager, staff."""

    code = "role_unknown"
    status = 422

    def sentence(self) -> str:
        return _("There is no such role.")


class PermissionUnknown(Refused):
    """Facts: permission."""

    code = "permission_unknown"
    status = 422

    def sentence(self) -> str:
        return _("There is no such permission.")


class KeyNameMissing(Refused):
    """An API key needs a name of at most 100 characters, or nobody knows later what it is for."""

    code = "key_name_missing"
    status = 422

    def sentence(self) -> str:
        return _("Give the key a name of at most 100 characters.")


class KeyWithoutPermissions(Refused):
    """A key that may do nothing is a mistake."""

    code = "key_without_permissions"
    status = 422

    def sentence(self) -> str:
        return _("Choose at least one thing that this key may do.")
