"""The form in which staff enter a contact. What it takes is checked by `contacts`, like everything else."""

from typing import Any

import msgspec
import wtforms

from cardamom.customers.consents import ConsentIn
from cardamom.customers.contacts import ContactIn, ContactPatch, birthday_as_typed, birthday_of
from cardamom.customers.schemas import ConsentRecord, Customer
from cardamom.kit.errors import Refused
from cardamom.kit.forms import Form
from cardamom.kit.i18n import N_, _, current
from cardamom.kit.languages import SUPPORTED, language
from cardamom.kit.text import isolate
from cardamom.ledger.commands import new_key

_FIELDS = ContactIn.__struct_fields__
_LANGUAGES = [("", "–"), *((code, language(code).name) for code in SUPPORTED)]
_SOME_BIRTHDAY = "1990-05-21"


class ContactForm(Form):
    """A contact."""

    name = wtforms.StringField(N_("Name"))
    phone = wtforms.TelField(N_("Phone"))
    email = wtforms.EmailField(N_("E-mail"))
    birthday = wtforms.StringField(N_("Birthday"))
    language = wtforms.SelectField(N_("Language"), validate_choice=False)
    external_id = wtforms.StringField(
        N_("External ID"), description=N_("The customer's number in your own system.")
    )


class WithdrawalForm(Form):
    """A button beside a consent."""

    channel = wtforms.HiddenField()
    purpose = wtforms.HiddenField()


def empty_form() -> ContactForm:
    """For somebody new."""
    return _with_choices(ContactForm())


def form_of(customer: Customer) -> ContactForm:
    """With what is stored, for editing."""
    shown = {field: getattr(customer, field) or "" for field in _FIELDS}
    if customer.birthday:
        shown["birthday"] = birthday_as_typed(customer.birthday, calendar=current().calendar)
    return _with_choices(ContactForm(data=shown))


def sent_form(data: Any) -> ContactForm:
    """As somebody sent it (a multidict)."""
    return _with_choices(ContactForm(data))


def given_contact(form: ContactForm) -> ContactIn:
    """What was entered. Raises BirthdayMalformed."""
    return ContactIn(**_entered(form))


def given_changes(form: ContactForm) -> ContactPatch:
    """The whole contact as entered: a field that was emptied is removed. Raises BirthdayMalformed."""
    return ContactPatch(**_entered(form))


def withdrawal_form(consent: ConsentRecord) -> WithdrawalForm:
    """The button that withdraws a consent in force."""
    return WithdrawalForm(data={"channel": consent.channel, "purpose": consent.purpose})


def withdrawal_of(form: WithdrawalForm, *, language: str) -> ConsentIn:
    """The withdrawal that a form names. Raises msgspec.ValidationError for a form that is not ours."""
    named = {"channel": form.text("channel"), "purpose": form.text("purpose")}
    return msgspec.convert({**named, "granted": False, "language": language}, ConsentIn)


def refuse(form: ContactForm, refusal: Refused) -> str | None:
    """Show a refusal at the field that is to blame. Returns its sentence when it concerns no field.

    The form gets a new key: the refusal may be the stored answer to the old one.
    """
    form.key.data = new_key()
    field = refusal.facts.get("field")
    if field not in _FIELDS:
        return refusal.sentence()
    form[field].errors = [refusal.sentence()]
    return None


def _entered(form: ContactForm) -> dict[str, str]:
    birthday = birthday_of(form.text("birthday"), calendar=current().calendar)
    return {**{field: form.text(field) for field in _FIELDS}, "birthday": birthday}


def _with_choices(form: ContactForm) -> ContactForm:
    form.language.choices = _LANGUAGES
    example = birthday_as_typed(_SOME_BIRTHDAY, calendar=current().calendar)
    form.birthday.description = _("Year, month and day, such as %(example)s.") % {"example": isolate(example)}
    return form
