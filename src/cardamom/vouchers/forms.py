"""The forms about vouchers and pools."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any, Final

import wtforms

from cardamom.kit.errors import Refused
from cardamom.kit.fields import Filled, NotLonger
from cardamom.kit.forms import Form
from cardamom.kit.i18n import N_, _, say_number
from cardamom.ledger.commands import new_key
from cardamom.merchants.schemas import Location, Merchant
from cardamom.programs.reward_forms import Pools, RewardForm
from cardamom.vouchers.schemas import MAX_CODES, VoucherIn
from cardamom.vouchers.service import POOL_NAME_LIMIT, REASON_LIMIT

#: The first line of a file that is no code but the name of a column.
_HEADINGS: Final = frozenset({"code", "codes", "coupon", "voucher"})


class IssueForm(Form):
    """For a reward or on terms of its own, which are a form inside this one."""

    source = wtforms.RadioField(
        N_("What it is good for"),
        choices=[("reward", N_("A reward you have")), ("own", N_("Something else"))],
        default="reward",
    )
    reward = wtforms.SelectField(N_("Reward"), validate_choice=False)


class CancelForm(Form):
    """Why a voucher is taken back."""

    reason = wtforms.StringField(
        N_("Reason"), [NotLonger(REASON_LIMIT)], description=N_("For the journal. Customers do not see it.")
    )


class PoolForm(Form):
    name = wtforms.StringField(N_("Name"), [Filled(), NotLonger(POOL_NAME_LIMIT)])


class CodesForm(Form):
    """What was typed and what a file has are read by `codes_in`: both are longer than other fields."""

    codes = wtforms.TextAreaField(N_("Codes, one on a line"))


class IssueEditor:
    """The form of a voucher by hand: empty, or as it was sent."""

    def __init__(
        self,
        merchant: Merchant,
        *,
        rewards: Sequence[tuple[str, str]],
        pools: Pools,
        places: Sequence[Location],
        sent: Any = None,
    ) -> None:
        """rewards: (id, title) of those that can be given. sent: the request's fields (a multidict)."""
        begin = {"source": "reward" if rewards else "own"}
        self.form = IssueForm(sent, data=begin)
        self.form.reward.choices = list(rewards)
        self.own = RewardForm(sent, prefix="own-").at(merchant, pools=pools, places=places)

    @property
    def is_own(self) -> bool:
        return self.form.text("source") == "own"

    def is_complete(self) -> bool:
        """Whether it can be issued; says at each field what is wrong."""
        is_sound = self.form.validate()
        return (self.own.is_complete() if self.is_own else self._has_reward()) and is_sound

    def _has_reward(self) -> bool:
        if self.form.text("reward"):
            return True
        self.form.reward.errors = [_("Choose one.")]
        return False

    def voucher(self, *, card: str | None, customer: str | None) -> VoucherIn:
        """Call it for a form that was found complete. card, customer: ids; without either it is a bearer's."""
        if not self.is_own:
            return VoucherIn(card=card, customer=customer, reward=self.form.text("reward"))
        own = self.own.reward()
        terms = {name: getattr(own.terms, name) for name in own.terms.__struct_fields__}
        return VoucherIn(
            card=card,
            customer=customer,
            title=own.title,
            description=own.description,
            kind=own.kind,
            **terms,
        )

    def tell(self, refusal: Refused) -> str | None:
        """Show a refusal at the field that it is about. Returns its sentence when it is about none.

        The form gets a new key: the refusal may be the stored answer to the old one.
        """
        self.form.key.data = new_key()
        return None if self.is_own and self.own.tell(refusal) else refusal.sentence()


def codes_in(typed: str, file: bytes | None) -> list[str]:
    """The codes of a text and of a file, in that order: one on a line, the first cell of a table's line.

    Raises ValueError with a sentence for what is no text, for nothing, and for more than one import takes.
    """
    codes = [*_cells(typed), *_cells(_text_of(file))]
    if not codes:
        raise ValueError(_("Write at least one code, or choose a file."))
    if len(codes) > MAX_CODES:
        sentence = _("At most %(most)s codes can be imported at once. Divide the file.")
        raise ValueError(sentence % {"most": say_number(MAX_CODES)})
    return codes


def _text_of(file: bytes | None) -> str:
    try:
        return "" if file is None else file.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(_("This file is not text. Save the table as CSV and try again.")) from error


def _cells(text: str) -> list[str]:
    """The first cell of every line that has one; a heading is none. Raises ValueError with a sentence."""
    lines = text.replace("\x00", "").splitlines()
    delimiter = next((mark for mark in ("\t", ";", ",") if mark in "".join(lines[:1])), ",")
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise ValueError(_("This table could not be read. Write one code on a line.")) from error
    cells = [row[0].strip() for row in rows if row and row[0].strip()]
    return cells[1:] if cells and cells[0].lower() in _HEADINGS else cells
