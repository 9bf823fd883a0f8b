"""Forms of pages: WTForms in our languages, with the refusals of services beside the field that they are about.

A form checks what only a form can know (a field was left out, two passwords differ). Everything else is checked once,
by the service, whose refusal the page puts back with `refuse`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import wtforms
from wtforms.i18n import get_translations

from cardamom.kit.catalogs import current_language, gettext, ngettext
from cardamom.kit.errors import Refused

#: More than any field of ours takes; what is longer is a mistake or an attack and is cut before anybody looks at it.
_LONGEST_TEXT = 20_000


class Form(wtforms.Form):
    """The base of every form.

    data: what a request carried, such as Litestar's FormMultiDict; None for an empty form.
    """

    class Meta(wtforms.meta.DefaultMeta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            return None if formdata is None else _Texts(formdata)

        def get_translations(self, form: Any) -> Any:
            return _Sentences()

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
