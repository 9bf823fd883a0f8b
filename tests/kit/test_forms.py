"""Forms speak the reader's language and send each act once."""

import pytest
import wtforms
from multidict import MultiDict
from wtforms.validators import InputRequired

from cardamom.kit.errors import Malformed, NotFound
from cardamom.kit.forms import Form
from cardamom.kit.i18n import use_language


class CoffeeForm(Form):
    name = wtforms.StringField("Name", [InputRequired("Fill in this field.")])
    size = wtforms.SelectField("Size", choices={"s": "Small", "l": "Large"})


def sent(**fields: object) -> CoffeeForm:
    return CoffeeForm(MultiDict(fields))


def test_a_form_sent_twice_is_one_act():
    key = CoffeeForm().key.data
    assert sent(key=key).act_key() == sent(key=key).act_key() == f"form-{key}"
    assert CoffeeForm().key.data != key


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "auto-" + "é" * 20, "a b" * 10])
def test_a_key_that_no_form_of_ours_has_is_refused(key: str):
    with pytest.raises(Malformed):
        sent(key=key).act_key()


def test_a_refusal_stands_beside_its_field():
    form = sent(name="x", size="s")
    assert form.validate()
    form.refuse(NotFound(), {"not_found": "size"}, otherwise="name")
    form.refuse(Malformed(), {}, otherwise="name")
    assert form.errors == {"size": ["This could not be found."], "name": ["This request could not be read."]}


def test_what_is_no_text_is_no_answer():
    form = sent(name=object(), size="s")
    assert not form.validate()
    assert form.text("name") == ""
    assert form.errors["name"] == ["Fill in this field."]


def test_a_text_is_cut_before_anybody_reads_it():
    assert len(sent(name="x" * 1_000_000).text("name")) == 20_000


def test_the_library_speaks_the_readers_language_as_well():
    with use_language("fa"):
        form = sent(name="x", size="xl")
        assert not form.validate()
    assert form.errors["size"] != ["Not a valid choice."]
    assert form.errors["size"][0]


def test_two_forms_on_one_page_share_no_id():
    assert ' id="' not in str(CoffeeForm().key())
