"""The templates of the frame: what each can use, and what none may contain."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import wtforms
from jinja2 import UndefinedError
from litestar import get
from litestar.response import Template
from litestar.testing import AsyncTestClient
from wtforms.fields.choices import SelectChoice

from cardamom.access.identity import Identity
from cardamom.access.permissions import PUBLIC
from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.kit.i18n import use_language
from cardamom.kit.languages import SUPPORTED
from cardamom.web.icons import icon
from cardamom.web.requests import FramedLitestar
from cardamom.web.templating import PACKAGE, make_environment, template_config

environment = make_environment()
TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))
MADRID_NOON = datetime(2026, 3, 21, 11, 0, tzinfo=UTC)


def say(template, **values):
    return environment.from_string(template).render(**values)


@pytest.mark.parametrize("name", environment.list_templates())
def test_every_template_compiles(name):
    environment.get_template(name)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_template_styles_or_scripts_inline(path):
    markup = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=", markup)
    assert "<style" not in markup
    assert not re.search(r"\son[a-z]+\s*=", markup)
    # A block of data is not run, and the policy lets it pass.
    assert not re.search(r'<script(?![^>]*\ssrc=)(?! type="application/json")[^>]*>', markup)
    assert "://" not in markup


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_icon_and_file_that_a_template_names_is_there(path):
    markup = path.read_text()
    for name in re.findall(r"\bicon\(\s*[\"']([\w-]+)[\"']", markup):
        icon(name)
    for name in re.findall(r"static_url\(\s*[\"']([^\"'~]+\.\w+)[\"']\s*\)", markup):
        say("{{ static_url(name) }}", name=name)


@pytest.mark.parametrize("code", SUPPORTED)
@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_an_error_says_what_and_what_to_do_in_every_language(code, status):
    with use_language(code) as chosen:
        page = environment.get_template("error.html").render(status=status, request_id="0195c3d2")
    assert f'<html lang="{code}" dir="{chosen.direction}">' in page
    assert "0195c3d2" in page
    assert len(re.findall(r"<p>\S", page)) == 2


def test_an_error_shows_the_sentence_of_the_refusal():
    page = environment.get_template("error.html").render(
        status=409, sentence="This <b> is taken.", advice="Wait."
    )
    assert "This &lt;b&gt; is taken." in page
    assert "Request number" not in page


def test_a_value_that_a_page_forgot_is_an_error_and_not_an_empty_place():
    with pytest.raises(UndefinedError):
        say("{{ shop_name }}")
    assert say("{% if shop_name %}yes{% else %}no{% endif %}") == "no"


def test_numbers_dates_and_money_are_said_in_the_language_in_force():
    template = "{{ 1234 | digits }}/{{ '12' | digits }}/{{ day | date }}/{{ at | time('Asia/Tehran') }}"
    with use_language("fa"):
        assert say(template, day=date(2026, 3, 21), at=MADRID_NOON) == "۱٬۲۳۴/۱۲/۱ فروردین ۱۴۰۵/۱۴:۳۰"
    with use_language("en"):
        assert say(template, day=date(2026, 3, 21), at=MADRID_NOON) == "1,234/12/21 March 2026/14:30"
        assert "10.50" in say("{{ 1050 | money('EUR') }}")


def test_a_literal_is_not_frozen_in_the_language_of_the_first_reader():
    template = environment.from_string("{{ 7 | digits }}")
    with use_language("ar"):
        assert template.render() == "٧"
    with use_language("en"):
        assert template.render() == "7"


def test_the_day_of_an_instant_needs_a_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        say("{{ at | date }}", at=MADRID_NOON)
    late = datetime(2026, 3, 21, 23, 0, tzinfo=UTC)
    assert say("{{ at | date('Asia/Kuwait') }}", at=late) == "22 March 2026"


def test_a_shop_without_a_logo_is_shown_by_its_first_letter():
    assert say("{{ 'émile' | initial }}{{ ' قهوة' | initial }}{{ '👩‍🍳 Zoë' | initial }}") == "Éق👩‍🍳"
    assert say("{{ '' | initial }}") == ""


class Contact(wtforms.Form):
    name = wtforms.StringField("Name", [wtforms.validators.InputRequired()])
    phone = wtforms.TelField("Phone", description="With the country code.")
    consent = wtforms.BooleanField("Send me news")
    icon = wtforms.RadioField("Stamp", choices=[SelectChoice("cup", "Cup"), SelectChoice("star", "Star")])


def field_markup(name, form=None):
    template = '{% from "components.html" import field %}{{ field(form_field) }}'
    return say(template, form_field=(form or Contact())[name])


def test_a_field_ties_its_hint_and_its_error_to_the_input():
    form = Contact()
    form.phone.errors = ["Too short."]
    markup = field_markup("phone", form)
    assert 'aria-describedby="phone-hint phone-error"' in markup
    assert 'aria-invalid="true"' in markup
    assert 'id="phone-hint"' in markup
    assert 'id="phone-error"' in markup


def test_phone_numbers_run_left_to_right_and_names_as_they_are_written():
    assert 'dir="ltr"' in field_markup("phone")
    assert 'dir="auto"' in field_markup("name")


def test_only_what_may_be_left_out_is_called_optional():
    assert "optional" in field_markup("phone")
    assert "optional" not in field_markup("name")


def test_a_choice_is_a_group_with_a_name():
    markup = field_markup("icon")
    assert "<legend" in markup
    assert markup.count('type="radio"') == 2


def test_a_code_is_grouped_and_never_in_other_digits():
    with use_language("fa"):
        markup = say('{% from "components.html" import code %}{{ code("184629307511820463") }}')
    assert 'dir="ltr"' in markup
    assert re.sub(r"\D", "", re.sub(r"<[^>]*>", "", markup)) == "184629307511820463"


def test_one_language_needs_no_switch():
    template = '{% from "components.html" import language_switch %}{{ language_switch(rows) }}'
    assert say(template, rows=[("en", "English", "?lang=en")]).strip() == ""
    both = say(template, rows=[("en", "English", "?lang=en"), ("ar", "العربية", "?lang=ar")])
    assert both.count("aria-current") == 1


def test_the_rail_has_at_most_eight_words_and_says_where_one_is():
    page = environment.from_string(
        '{% extends "console.html" %}{% set section = "cards" %}{% block title %}Cards{% endblock %}'
    ).render(merchant_name="Bean", csrf_field=str)
    rail = page.split('class="rail-more"')[0].split('class="rail-list"')[1]
    assert 1 <= rail.count("<li") - 1 <= 8
    assert rail.count('aria-current="page"') == 1


async def test_forms_carry_the_token_of_the_visitor(database: Database, tmp_path: Path):
    @get("/form", opt={"permission": PUBLIC}, sync_to_thread=False)
    def form() -> Template:
        return Template(template_str="{{ csrf_field() }}")

    identity = Identity(Settings(data=tmp_path, secret_key=bytes(32)), database)
    app = FramedLitestar([form], template_config=template_config(), middleware=[identity])
    async with AsyncTestClient(app) as client:
        answer = await client.get("/form")
        token = identity.form_tokens.token(client.cookies["cardamom_visitor"])
    assert answer.text == f'<input type="hidden" name="csrf_token" value="{token}">'


def test_templates_of_a_package_are_found_by_its_name():
    names = set(environment.list_templates())
    for path in TEMPLATES:
        package = path.relative_to(PACKAGE).parts[0]
        inside = path.relative_to(PACKAGE / package / "templates").as_posix()
        assert (inside if package == "web" else f"{package}/{inside}") in names
    assert Path(PACKAGE, "web", "templates", "base.html") in TEMPLATES
