"""The form in which staff enter a contact. What it takes is checked by `contacts`, like everything else."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import wtforms

from cardamom.customers.consents import ConsentIn
from cardamom.customers.contacts import ContactIn, ContactPatch, birthday_as_typed, birthday_of
from cardamom.customers.schemas import Customer
from cardamom.kit.errors import Malformed, Refused
from cardamom.kit.i18n import LazyText, _, current, lazy
from cardamom.kit.languages import SUPPORTED, language
from cardamom.kit.text import isolate
from cardamom.ledger.commands import new_key

_LANGUAGES = [(code, language(code).name) for code in SUPPORTED]
_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")
_SOME_BIRTHDAY = "1990-05-21"


_LABELS: Final[Mapping[str, LazyText]] = {
    "name": lazy("Name"),
    "phone": lazy("Phone"),
    "email": lazy("E-mail"),
    "birthday": lazy("Birthday"),
    "language": lazy("Language"),
    "external_id": lazy("External ID"),
}


class ContactForm(wtforms.Form):
    """A contact. key: makes sending the same form twice one act."""

    name = wtforms.StringField()
    phone = wtforms.TelField()
    email = wtforms.EmailField()
    birthday = wtforms.StringField()
    language = wtforms.SelectField(choices=[("", "–"), *_LANGUAGES], validate_choice=False)
    external_id = wtforms.StringField()
    key = wtforms.HiddenField()


def empty_form() -> ContactForm:
    """For somebody new."""
    return _labelled(ContactForm(data={"key": new_key()}))


def form_of(customer: Customer) -> ContactForm:
    """With what is stored, for editing."""
    shown = {field: getattr(customer, field) or "" for field in ContactIn.__struct_fields__}
    if customer.birthday:
        shown["birthday"] = birthday_as_typed(customer.birthday, calendar=current().calendar)
    return _labelled(ContactForm(data={**shown, "key": new_key()}))


def sent_form(data: Any) -> ContactForm:
    """As somebody sent it (a multidict)."""
    return _labelled(ContactForm(formdata=data))


def given_contact(form: ContactForm) -> ContactIn:
    """What was entered. Raises BirthdayMalformed."""
    return ContactIn(**_entered(form))


def given_changes(form: ContactForm) -> ContactPatch:
    """The whole contact as entered: a field that was emptied is removed. Raises BirthdayMalformed."""
    return ContactPatch(**_entered(form))


def key_of(data: Any) -> str:
    """The idempotency key of an act from what came back with its form (a multidict). Raises Malformed.

    It is prefixed: nobody who sends a form can name the key of another request and be shown its answer.
    """
    given = str(data.get("key", ""))
    if _KEY.fullmatch(given) is None:
        raise Malformed(field="key")
    return f"form-customer-{given}"


def refuse(form: ContactForm, refusal: Refused) -> str | None:
    """Show a refusal at the field that is to blame. Returns its sentence when it concerns no field.

    The form gets a new key: the refusal is the stored answer to the old one.
    """
    form.key.data = new_key()
    sentence = refusal.sentence()
    field = str(refusal.facts.get("field"))
    if field in _LABELS:
        form[field].errors = [sentence]
        return None
    return sentence


def withdrawal_of(data: Any, *, language: str) -> ConsentIn:
    """The withdrawal that a form names (a multidict). Raises msgspec.ValidationError for a form that is not ours."""
    given = {
        "channel": data.get("channel"),
        "purpose": data.get("purpose"),
        "granted": False,
        "language": language,
    }
    return msgspec.convert(given, ConsentIn)


def _entered(form: ContactForm) -> dict[str, str | None]:
    entered: Mapping[str, str | None] = {field: form[field].data for field in ContactIn.__struct_fields__}
    return {**entered, "birthday": birthday_of(entered["birthday"] or "", calendar=current().calendar)}


def _labelled(form: ContactForm) -> ContactForm:
    """In the language in force."""
    for field, label in _LABELS.items():
        form[field].label.text = str(label)
    example = birthday_as_typed(_SOME_BIRTHDAY, calendar=current().calendar)
    form.birthday.description = _("Year, month and day, such as %(example)s.") % {"example": isolate(example)}
    form.external_id.description = _("The customer's number in your own system.")
    return form
