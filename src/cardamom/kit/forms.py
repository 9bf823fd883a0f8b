"""Forms of pages: WTForms in our languages, with the refusals of services beside the field that they are about.

A form checks what only a form can know (a field was left out, two passwords differ). Everything else is checked once,
by the service, whose refusal the page puts back with `refuse`.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import wtforms
from wtforms.i18n import get_translations

from cardamom.kit.catalogs import current_language, gettext, ngettext
from cardamom.kit.errors import Malformed, Refused

#: More than any field of ours takes; what is longer is a mistake or an attack and is cut before anybody looks at it.
_LONGEST_TEXT = 20_000
_KEY = re.compile(r"[A-Za-z0-9_-]{20,64}")


class Form(wtforms.Form):
    """The base of every form.

    Labels, descriptions, choices and messages that a class names are msgids, marked with `N_`; every form says them in
    the language in force. Choices are dicts of value and words; those that a page sets later are shown as they are.
    key: makes sending the same form twice one act.
    """

    # Without an id: several forms may stand on one page.
    key = wtforms.HiddenField(default=lambda: secrets.token_urlsafe(16), render_kw={"id": False})

    def __init__(
        self, formdata: Any = None, *, data: Mapping[str, Any] | None = None, prefix: str = ""
    ) -> None:
        """formdata: what a request carried, such as Litestar's FormMultiDict. data: what the form begins with.

        prefix: before the names of all fields, for a form that is a part or a row of another one.
        """
        super().__init__(formdata, data=data, prefix=prefix)
        for field in self:
            field.label.text = gettext(field.label.text)
            field.description = gettext(field.description)
            if isinstance(field, wtforms.SelectField) and isinstance(field.choices, dict):
                field.choices = {value: gettext(words) for value, words in field.choices.items()}

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether every field is filled in as it must be; says what is wrong in the language in force."""
        is_valid = bool(super().validate(extra_validators))
        for field in self:
            field.errors = [gettext(message) for message in field.errors]
        return is_valid

    class Meta(wtforms.meta.DefaultMeta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            return None if formdata is None else _Texts(formdata)

        def get_translations(self, form: Any) -> Any:
            return _Sentences()

    def text(self, field: str) -> str:
        """What was typed; "" for a field that did not come."""
        given = self[field].data
        return given if isinstance(given, str) else ""

    def act_key(self) -> str:
        """The idempotency key of this act. Raises Malformed when the field does not come from a form of ours.

        It is prefixed: nobody who sends a form can name the key of another request and be shown its answer.
        """
        sent = self.key.raw_data or [
            ""
        ]  # not its data: a field that was left out has the new key as its default
        given = str(sent[0])
        if _KEY.fullmatch(given) is None:
            raise Malformed(field="key")
        return f"form-{given}"

    def refuse(self, refusal: Refused, fields: Mapping[str, str], *, otherwise: str) -> None:
        """Show a refusal at the field that it is about.

        fields: code of the refusal -> name of the field. otherwise: the field for every other code.
        """
        field = self[fields.get(refusal.code, otherwise)]
        field.errors = [*field.errors, refusal.sentence()]


class _Texts:
    """The texts of a request in the shape that WTForms reads; uploaded files are not among them."""

    def __init__(self, data: Any) -> None:  # a multidict: which class is the framework's choice
        self._data = data

    def __contains__(self, name: str) -> bool:
        return bool(self.getlist(name))

    def __iter__(self) -> Iterator[str]:
        names: Iterator[str] = iter(self._data.keys())
        return names

    def __len__(self) -> int:
        return len(self._data)

    def getlist(self, name: str) -> list[str]:
        found = self._data.getall(name, [])
        return [value[:_LONGEST_TEXT] for value in found if isinstance(value, str)]


class _Sentences:
    """Our catalog first, then the one that WTForms brings for its own sentences."""

    def gettext(self, message: str) -> str:
        ours = gettext(message)
        return ours if ours != message else str(get_translations([current_language()]).gettext(message))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        ours = ngettext(singular, plural, n)
        if ours not in (singular, plural):
            return ours
        return str(get_translations([current_language()]).ngettext(singular, plural, n))
