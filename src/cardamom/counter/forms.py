"""The forms of the counter's pages."""

from __future__ import annotations

import wtforms

from cardamom.counter.service import REASON_LIMIT
from cardamom.kit.forms import Form
from cardamom.kit.i18n import N_


class ReversalForm(Form):
    """Why something is taken back: whoever reads the books later wants to know."""

    reason = wtforms.StringField(
        N_("Reason"),
        [
            wtforms.validators.DataRequired(N_("Fill in this field.")),
            wtforms.validators.Length(max=REASON_LIMIT),
        ],
        description=N_("It stands in the journal for everybody who may read it."),
    )
