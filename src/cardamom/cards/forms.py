"""The form of the join page, made for what a program asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import wtforms
from wtforms.validators import StopValidation

from cardamom.customers.consents import Consent, ConsentIn, check_consent
from cardamom.customers.contacts import Contact, ContactIn, birthday_of, check_contact
from cardamom.kit.errors import Refused
from cardamom.kit.forms import Form
from cardamom.kit.i18n import _, current, current_language
from cardamom.kit.text import clean, isolate
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs.schemas import ConsentBox, JoinForm

FIELDS: Final = ("name", "phone", "email", "birthday")
#: Where a message over a channel goes; the others bring their own address.
_ADDRESSES: Final[Mapping[str, str]] = {
    "email": "email",
    "sms": "phone",
    "whatsapp": "phone",
    "telegram": "phone",
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A join form that makes sense. contact: None when nothing was said about the person."""

    contact: Contact | None
    consents: tuple[Consent, ...]


class JoinAsking:
    """The join form of a program, for one reader and one sending.

    submitted: the fields as they were sent, or None for an empty form.
    """

    def __init__(self, merchant: Merchant, wishes: JoinForm, *, submitted: Any = None) -> None:
        self._merchant = merchant
        self._boxes = {f"consent_{place}": box for place, box in enumerate(wishes.consents)}
        wanted = [name for name in FIELDS if getattr(wishes, name) != "off"]
        self.required_names = [name for name in wanted if getattr(wishes, name) == "required"]
        self.optional_names = [name for name in wanted if name not in self.required_names]
        form = type("Joining", (Form,), {})
        for name in wanted:
            setattr(form, name, self._field(name))
        for name, box in self._boxes.items():
            setattr(form, name, wtforms.BooleanField(text_for_reader(merchant, box.wording)))
        self.form: Form = form(submitted)

    @property
    def required(self) -> list[wtforms.Field]:
        return [self.form[name] for name in self.required_names]

    @property
    def optional(self) -> list[wtforms.Field]:
        return [self.form[name] for name in self.optional_names]

    @property
    def consents(self) -> list[wtforms.Field]:
        return [self.form[name] for name in self._boxes]

    @property
    def has_hidden_errors(self) -> bool:
        """Whether something is wrong in the part that is folded away."""
        return any(field.errors for field in (*self.optional, *self.consents))

    def asked(self) -> Asked | None:
        """What was said, in its stored form; None when something is wrong, which its field then tells."""
        is_sound = self.form.validate()
        if not self._has_addresses() or not is_sound:
            return None
        contact = check_contact(self._given(), region=self._merchant.region)
        return Asked(
            contact=None if contact == Contact() else _spoken(contact),
            consents=tuple(
                check_consent(
                    ConsentIn(
                        channel=box.channel,
                        purpose=box.purpose,
                        granted=True,
                        language=current_language(),
                        wording=text_for_reader(self._merchant, box.wording),
                    )
                )
                for box in self._ticked()
            ),
        )

    def _ticked(self) -> list[ConsentBox]:
        return [box for name, box in self._boxes.items() if self.form[name].data]

    def _has_addresses(self) -> bool:
        """Whether there is an address for everything that was allowed; a consent to mails needs one to mail to."""
        needed = {_ADDRESSES[box.channel] for box in self._ticked() if box.channel in _ADDRESSES}
        missing = [
            field for field in (*self.required, *self.optional) if field.name in needed and _is_empty(field)
        ]
        for field in missing:
            field.errors = [_("Fill this in, or untick the box below.")]
        return not missing

    def _given(self) -> ContactIn:
        typed = {name: self.form[name].data for name in (*self.required_names, *self.optional_names)}
        if typed.get("birthday"):
            typed["birthday"] = birthday_of(typed["birthday"], calendar=current().calendar)
        return ContactIn(**typed)

    def _field(self, name: str) -> wtforms.Field:
        is_required = name in self.required_names
        validators = [*([_Needed(name)] if is_required else []), self._checked(name)]
        match name:
            case "name":
                return wtforms.StringField(
                    _("Name"), validators, render_kw={"autocomplete": "name", "autocapitalize": "words"}
                )
            case "phone":
                return wtforms.TelField(_("Phone"), validators, render_kw={"autocomplete": "tel"})
            case "email":
                return wtforms.EmailField(_("E-mail"), validators, render_kw={"autocomplete": "email"})
            case _:
                return _birthday_field(validators)

    def _checked(self, name: str) -> Callable[[Any, Any], None]:
        """A validator that says what the stored form would refuse."""

        def check(_form: Any, field: Any) -> None:
            try:
                text = field.data or ""
                if name == "birthday":
                    text = birthday_of(text, calendar=current().calendar)
                check_contact(ContactIn(**{name: text}), region=self._merchant.region)
            except Refused as refusal:
                raise StopValidation(refusal.sentence()) from refusal

        return check


class _Needed:
    """Refuses an empty field, and one that only looks filled."""

    field_flags: Final = {"required": True}

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, _form: Any, field: Any) -> None:
        if _is_empty(field):
            field.errors = []
            raise StopValidation(
                {
                    "name": _("Enter your name."),
                    "phone": _("Enter your phone number."),
                    "email": _("Enter your e-mail address."),
                    "birthday": _("Enter your birthday."),
                }[self._name]
            )


def _is_empty(field: wtforms.Field) -> bool:
    """Whether there is nothing to see in a field, whatever invisible characters it holds."""
    typed = field.data or ""
    return not clean(typed, limit=len(typed))


def _birthday_field(validators: list[Any]) -> wtforms.Field:
    """The browser's own calendar where it is the reader's; elsewhere a day is typed."""
    if current().calendar == "gregorian":
        return wtforms.StringField(
            _("Birthday"),
            validators,
            widget=wtforms.widgets.DateInput(),
            render_kw={"autocomplete": "bday", "min": "1900-01-01"},
        )
    example = "1375-02-15" if current().calendar == "jalali" else "1417-02-15"
    return wtforms.StringField(
        _("Birthday"),
        validators,
        description=_("Year, month and day, for example %(day)s") % {"day": isolate(example)},
        render_kw={"inputmode": "numeric", "dir": "ltr"},
    )


def _spoken(contact: Contact) -> Contact:
    """The contact with the language in which its owner filled in the form."""
    return msgspec.structs.replace(contact, language=current_language())
