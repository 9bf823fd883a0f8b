"""The forms of set-up, sign-in, staff, keys and one's own account."""

import wtforms
from wtforms.validators import EqualTo, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from cardamom.access.permissions import ROLE_NAMES, Permission
from cardamom.access.wording import PERMISSION_WORDS, ROLE_WORDS
from cardamom.kit.forms import Form
from cardamom.kit.i18n import N_

_REQUIRED = InputRequired(N_("Fill in this field."))
_CHOOSE = InputRequired(N_("Choose one."))
_SAME = EqualTo("password", N_("The two passwords differ."))

#: The most harmless first.
_ROLES: dict[str, str] = {name: ROLE_WORDS[name].message for name in reversed(ROLE_NAMES)}


class SetUpForm(Form):
    """The first business and its owner. Choices are filled in by the page, in the reader's language."""

    business = wtforms.StringField(N_("Name of the business"), [_REQUIRED])
    language = wtforms.SelectField(
        N_("Language of the business"),
        [_CHOOSE],
        description=N_("Others can be added later."),
    )
    region = wtforms.SelectField(
        N_("Country"),
        [_CHOOSE],
        description=N_("Time zone and currency follow from it. You can change both in the settings."),
    )
    time_zone = wtforms.SelectField(N_("Time zone"), validate_choice=False)
    name = wtforms.StringField(N_("Your name"), [_REQUIRED])
    login = wtforms.StringField(N_("E-mail"), [_REQUIRED], description=N_("You sign in with it."))
    password = wtforms.PasswordField(
        N_("Password"),
        [_REQUIRED],
        description=N_("At least 10 characters. A few words are easy to remember."),
    )
    password_again = wtforms.PasswordField(N_("The same password again"), [_REQUIRED, _SAME])
    token = wtforms.HiddenField()


class SignInForm(Form):
    """next: the page that was asked for before signing in."""

    login = wtforms.StringField(N_("E-mail or login"), [_REQUIRED])
    password = wtforms.PasswordField(N_("Password"), [_REQUIRED])
    next = wtforms.HiddenField()


class StaffForm(Form):
    """Somebody new. The password is made by us and told once."""

    name = wtforms.StringField(N_("Name"), [_REQUIRED])
    login = wtforms.StringField(
        N_("Login"), [_REQUIRED], description=N_("An e-mail address or a short name, such as sara.")
    )
    language = wtforms.SelectField(N_("Language"), [_CHOOSE])
    role = wtforms.RadioField(N_("Role"), [_CHOOSE], choices=_ROLES)
    location = wtforms.SelectField(N_("Works only at"), validate_choice=False)


class RoleForm(Form):
    role = wtforms.RadioField(N_("Role"), [_CHOOSE], choices=_ROLES)


class PasswordForm(Form):
    """One's own new password."""

    current = wtforms.PasswordField(N_("Current password"), [_REQUIRED])
    password = wtforms.PasswordField(
        N_("New password"),
        [_REQUIRED],
        description=N_("At least 10 characters. A few words are easy to remember."),
    )
    password_again = wtforms.PasswordField(N_("The new password again"), [_REQUIRED, _SAME])


class KeyForm(Form):
    """A new API key."""

    name = wtforms.StringField(
        N_("Name"), [_REQUIRED], description=N_("What the key is for, such as the till at the entrance.")
    )
    permissions = wtforms.SelectMultipleField(
        N_("What the key may do"),
        choices={permission.value: PERMISSION_WORDS[permission].message for permission in Permission},
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )


class ActForm(Form):
    """A button: nothing but the key that makes pressing it twice one act."""
