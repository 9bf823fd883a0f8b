"""The template environment: where templates lie, and what each of them can use.

A template of the frame is named directly ("console.html"); one of a package by its folder: "cards/join.html" is
cardamom/cards/templates/join.html. Everything shown is in the language, digits and calendar in force
(`kit.i18n.use_language`); times need the shop's time zone: {{ card.created_at | date(time_zone) }}.
"""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import regex
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    pass_context,
)
from jinja2.runtime import Context
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template import TemplateConfig
from markupsafe import Markup

from cardamom.access.csrf import FIELD
from cardamom.access.identity import form_token
from cardamom.kit.clock import local_day
from cardamom.kit.codes import grouped
from cardamom.kit.digits import Numbering, to_script
from cardamom.kit.i18n import (
    current,
    gettext,
    ngettext,
    pgettext,
    say_date,
    say_datetime,
    say_money,
    say_number,
    say_time,
)
from cardamom.kit.languages import Direction
from cardamom.web.icons import icon, mark
from cardamom.web.static import static_url

PACKAGE = Path(__file__).parent.parent

_LEFT_TO_RIGHT_INPUTS = frozenset({"tel", "email", "url", "number", "password"})
_FONTS = {"ar": "vazirmatn-arabic.woff2", "fa": "vazirmatn-arabic.woff2", "he": "heebo-hebrew.woff2"}


class CurrentLocale:
    """The language in force, for templates: {{ locale.language }}, {{ locale.direction }}."""

    @property
    def language(self) -> str:
        return current().code

    @property
    def direction(self) -> Direction:
        return current().direction

    @property
    def numbering(self) -> Numbering:
        return current().numbering

    @property
    def font_file(self) -> str:
        """The font that the first words of a page need."""
        return _FONTS.get(current().code, "inter-latin.woff2")


def make_environment() -> Environment:
    """The environment of every page. A name that a page forgot to give is an error, except where it is tested."""
    environment = Environment(
        loader=_loader(),
        autoescape=True,
        undefined=Missing,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext)  # type: ignore[attr-defined]
    environment.globals.update(
        locale=CurrentLocale(),
        static_url=static_url,
        icon=icon,
        mark=mark,
        csrf_field=csrf_field,
        csrf_token=csrf_token,
        _control_attributes=control_attributes,
    )
    environment.filters.update(
        digits=in_digits,
        date=on_date,
        time=at_time,
        datetime=at_datetime,
        money=in_money,
        grouped_code=grouped,
        initial=initial,
    )
    return environment


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    """What the application is given."""
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(make_environment()))


def _loader() -> BaseLoader:
    folders = {path.parent.name: path for path in sorted(PACKAGE.glob("*/templates"))}
    frame = FileSystemLoader(folders.pop("web"))
    return ChoiceLoader(
        [frame, PrefixLoader({package: FileSystemLoader(folder) for package, folder in folders.items()})]
    )


class Missing(StrictUndefined):
    """A value a page did not give: false where a template asks for it, an error where it would be shown."""

    def __bool__(self) -> bool:  # type: ignore[override]  # the base declares that it never returns
        return False


@pass_context
def csrf_token(context: Context) -> str:
    """The token of forms on this page, for scripts that send it as X-CSRF-Token."""
    return form_token(context["request"])


@pass_context
def csrf_field(context: Context) -> Markup:
    """The hidden field of every form that changes something. Call it in a page's template, not inside a macro."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, form_token(context["request"]))


def control_attributes(
    form_field: Any, input_type: str, told_by: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The attributes of an input: its direction, and the ids of the lines that explain it. `given` wins."""
    attributes: dict[str, Any] = {"class": "input"}
    if input_type in _LEFT_TO_RIGHT_INPUTS:
        attributes["dir"] = "ltr"
    elif input_type in {"text", "search", ""} and not hasattr(form_field, "choices"):
        attributes["dir"] = "auto"
        attributes["placeholder"] = (
            " "  # lets base.css tell an empty field, which has no direction of its own
        )
    if told_by:
        attributes["aria-describedby"] = told_by
    if form_field.errors:
        attributes["aria-invalid"] = "true"
    return {**attributes, **given}


# Filters that speak take the context, which they do not need: Jinja would else run them on literals when a template is
# compiled, in the language of whoever came first.


@pass_context
def in_digits(_: Context, value: int | str) -> str:
    """A number with its thousands marks, or the digits of a text, as the reader writes them."""
    return say_number(value) if isinstance(value, int) else to_script(value, current().numbering)


@pass_context
def on_date(_: Context, value: date, time_zone: str | None = None) -> str:
    """A day; of an instant, the day it is in the shop's time zone, which is then required."""
    if isinstance(value, datetime):
        if time_zone is None:
            raise ValueError("the day of an instant depends on a time zone")
        value = local_day(value, time_zone=time_zone)
    return say_date(value.isoformat())


@pass_context
def at_time(_: Context, value: datetime, time_zone: str) -> str:
    return say_time(value.isoformat(), time_zone=time_zone)


@pass_context
def at_datetime(_: Context, value: datetime, time_zone: str) -> str:
    return say_datetime(value.isoformat(), time_zone=time_zone)


@pass_context
def in_money(_: Context, minor: int, currency: str) -> str:
    return say_money(minor, currency)


def initial(name: str) -> str:
    """The first letter of a name as people count letters, for a shop without a logo."""
    first = regex.match(r"\X", name.strip())
    return first[0].upper() if first else ""
