"""The whole form of a program: its fields, a new reward inside it, and the rows that come and go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET

from cardamom.kit.colour import PAPER, readable_on
from cardamom.kit.errors import Refused
from cardamom.kit.fields import priced_in, require_one_text, texts_as_typed, texts_of
from cardamom.kit.forms import Form
from cardamom.kit.i18n import use_language
from cardamom.kit.localised import Localised
from cardamom.ledger.commands import new_key
from cardamom.merchants.schemas import Location, Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs import wording
from cardamom.programs.checks import MAX_HAPPY_HOURS
from cardamom.programs.form_values import (
    as_typed,
    box_as_typed,
    design_in,
    hours_as_typed,
    join_form_in,
    rules_in,
    sketched_design,
    sketched_rules,
)
from cardamom.programs.forms import ConsentRow, HappyHourRow, MilestoneRow, ProgramForm
from cardamom.programs.reward_forms import Pools, RewardForm
from cardamom.programs.rules import Rules
from cardamom.programs.schemas import (
    Design,
    DesignIn,
    DesignPatch,
    JoinForm,
    JoinFormPatch,
    Program,
    ProgramIn,
    ProgramPatch,
    Reward,
    RulesPatch,
)
from cardamom.programs.showcase import StampPicture
from cardamom.programs.wallet_limits import CutText, Written, cut_texts

_ROWS: Final[Mapping[str, type[Form]]] = {
    "goals": MilestoneRow,
    "hours": HappyHourRow,
    "consents": ConsentRow,
}
_ROW_FIELD = re.compile(r"(goals|hours|consents)-([0-9]{1,4})-.+")
_ROW_ACT = re.compile(r"(add|remove)-(goals|hours|consents)(?:-([0-9]{1,4}))?")
#: The file itself was taken before (pages.uploading): what is left of an upload is to show the form again.
_PICTURE_ACT = re.compile(r"(upload|remove)-(logo|cover|stamp)")

#: The field that a refusal is about, by what the refusal calls it. Of rows all are told together, above them.
_FIELDS: Final[Mapping[str, str]] = {
    "goal": "goal",
    "earn.stamps": "visit_stamps",
    "earn.minor": "amount",
    "earn.minimum_minor": "minimum",
    "welcome_stamps": "welcome_stamps",
    "cooldown_seconds": "cooldown_minutes",
    "daily_cap": "daily_cap",
    "stamps_cap": "stamps_cap",
    "expiry.inactive_days": "inactive_days",
    "locations": "locations",
    "reward": "reward",
}
_ROWS_OF: Final[Mapping[str, str]] = {
    "milestones": "goals",
    "happy_hours": "hours",
    "happy_hours.multiplier": "hours",
    "consents": "consents",
}
_SLUG_REFUSALS: Final = frozenset({"slug_malformed", "slug_taken"})


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """The business and what it has: where the choices of the form come from."""

    merchant: Merchant
    rewards: Sequence[Reward]
    places: Sequence[Location]
    pools: Pools
    stamps: Sequence[StampPicture]

    @property
    def givable(self) -> list[tuple[str, str]]:
        """(id, title) of the rewards that can be given."""
        return [
            (reward.id, text_for_reader(self.merchant, reward.title))
            for reward in self.rewards
            if reward.archived_at is None and reward.kind != "lottery"
        ]


class Row(msgspec.Struct, frozen=True):
    """A row, with the number that its fields carry in their names."""

    number: int
    form: Any


class ProgramEditor:
    """One form: empty, with what is stored, or as it was sent."""

    def __init__(
        self, around: Surroundings, form: ProgramForm, rows: Mapping[str, list[Row]], sent: Any
    ) -> None:
        """sent: the request's fields, None for a form that nobody sent."""
        self.form = form
        self.reward = RewardForm(sent, prefix="reward-")
        self.rows = {kind: list(rows.get(kind, ())) for kind in _ROWS}
        #: What is wrong with rows as a whole.
        self.said: dict[str, list[str]] = {kind: [] for kind in _ROWS}
        #: Why an uploaded file was not taken, by the name of its field.
        self.refused_pictures: dict[str, str] = {}
        #: The row that was just added: (kind, number).
        self.added: tuple[str, int] | None = None
        self._around = around
        self._fill_choices()

    @classmethod
    def empty(cls, around: Surroundings) -> ProgramEditor:
        """For a new program: all that is missing is a name and a reward."""
        brand = around.merchant.brand
        background = brand.background or PAPER
        colours = {"background": background, "ink": readable_on(background), "accent": brand.colour}
        form = ProgramForm(data={**colours, "icon": "cup", "pattern": "plain"})
        return cls(around, form, {}, None)

    @classmethod
    def of(cls, around: Surroundings, program: Program) -> ProgramEditor:
        """With what is stored."""
        stored = {
            "goals": [msgspec.structs.asdict(goal) for goal in program.rules.milestones],
            "hours": [hours_as_typed(hours) for hours in program.rules.happy_hours],
            "consents": [box_as_typed(box) for box in program.join_form.consents],
        }
        rows = {
            kind: [Row(n, _ROWS[kind](data=data, prefix=f"{kind}-{n}-")) for n, data in enumerate(each)]
            for kind, each in stored.items()
        }
        return cls(around, ProgramForm(data=as_typed(program, around.merchant)), rows, None)

    @classmethod
    def sent(cls, around: Surroundings, data: Any) -> ProgramEditor:
        """As somebody sent it (a multidict)."""
        rows: dict[str, list[Row]] = {}
        for kind, number in _rows_in(data):
            rows.setdefault(kind, []).append(Row(number, _ROWS[kind](data, prefix=f"{kind}-{number}-")))
        return cls(around, ProgramForm(data), rows, data)

    def follow(self, act: str) -> bool:
        """Do what a button among the rows asks for. False for a button that is none of these."""
        pictures = _PICTURE_ACT.fullmatch(act)
        if pictures is not None:
            if pictures[1] == "remove":
                self.form[pictures[2]].data = ""
            return True
        asked = _ROW_ACT.fullmatch(act)
        if asked is None:
            return False
        kind = asked[2]
        if asked[1] == "add" and len(self.rows[kind]) < MAX_HAPPY_HOURS:
            self._add(kind)
        elif asked[1] == "remove" and asked[3] is not None:
            self.rows[kind] = [row for row in self.rows[kind] if row.number != int(asked[3])]
        return True

    def _add(self, kind: str) -> None:
        number = max((row.number for row in self.rows[kind]), default=-1) + 1
        data = self._first_consent() if kind == "consents" else None
        self.rows[kind].append(Row(number, _ROWS[kind](data=data, prefix=f"{kind}-{number}-")))
        self.added = (kind, number)
        self._fill_choices()

    def _first_consent(self) -> dict[str, str]:
        """A box for offers by e-mail, worded in every language of the business."""
        wordings: Localised = {}
        for code in self._around.merchant.languages:
            with use_language(code):
                wordings[code] = str(wording.CONSENT_WORDING)
        return {"channel": "email", "purpose": "marketing", **texts_as_typed("wording", wordings)}

    def _fill_choices(self) -> None:
        around, form = self._around, self.form
        priced_in(form, around.merchant.currency)
        self.reward.at(around.merchant, pools=around.pools, places=around.places)
        form.reward.choices = around.givable
        form.icon.choices = [(stamp.name, stamp.label) for stamp in around.stamps]
        form.pattern.choices = [(name, str(words)) for name, words in wording.PATTERN_WORDS.items()]
        form.locations.choices = [
            (place.id, text_for_reader(around.merchant, place.name))
            for place in around.places
            if place.closed_at is None or place.id in (form.locations.data or [])
        ]
        for row in self.rows["goals"]:
            row.form.reward.choices = around.givable
        for row in self.rows["hours"]:
            row.form.weekdays.choices = wording.week_of(around.merchant)
        for row in self.rows["consents"]:
            row.form.channel.choices = [(name, str(words)) for name, words in wording.CHANNEL_WORDS.items()]
            row.form.purpose.choices = [(name, str(words)) for name, words in wording.PURPOSE_WORDS.items()]

    def is_complete(self) -> bool:
        """Whether it can be saved; says at each field what is wrong."""
        merchant = self._around.merchant
        sound = [
            self.form.validate(),
            require_one_text(self.form, "name", languages=merchant.languages, own=merchant.language),
            *(row.form.validate() for rows in self.rows.values() for row in rows),
        ]
        if self.gives_new_reward:
            sound.append(self.reward.is_complete())
        return all(sound)

    @property
    def gives_new_reward(self) -> bool:
        return self.form.text("reward_from") == "new"

    @property
    def chosen_reward(self) -> str | None:
        """The id of a reward that exists; None where there is none yet, or none at all."""
        return self.form.text("reward") or None if self.form.text("reward_from") == "chosen" else None

    def choose(self, reward: Reward) -> None:
        """The new reward exists now: it is chosen from here on, and not made again."""
        self.form.reward_from.data, self.form.reward.data = "chosen", reward.id
        chosen = (reward.id, text_for_reader(self._around.merchant, reward.title))
        self.form.reward.choices = [*self._around.givable, chosen]

    def program(self, reward_id: str | None, *, status: Literal["draft", "live"]) -> ProgramIn:
        """A new program. Call it for a form that was found complete. reward_id: what its goal gives."""
        return ProgramIn(
            name=texts_of(self.form, "name", stored={}),
            rules=self._rules(reward_id, stored=None),
            slug=self.form.text("slug").strip() or None,
            status=status,
            design=design_in(self.form, stored=DesignIn()),
            join_form=join_form_in(self.form, boxes=self._forms("consents"), stored=JoinForm()),
        )

    def patch(self, reward_id: str | None, *, stored: Program) -> ProgramPatch:
        """Everything as it stands in the form; the service finds out what differs."""
        design = design_in(self.form, stored=stored.design)
        asked = join_form_in(self.form, boxes=self._forms("consents"), stored=stored.join_form)
        return ProgramPatch(
            name=texts_of(self.form, "name", stored=stored.name),
            slug=self.form.text("slug").strip() or UNSET,
            rules=RulesPatch(**msgspec.structs.asdict(self._rules(reward_id, stored=stored.rules))),
            design=DesignPatch(**msgspec.structs.asdict(design)),
            join_form=JoinFormPatch(**msgspec.structs.asdict(asked)),
        )

    def _rules(self, reward_id: str | None, *, stored: Rules | None) -> Rules:
        return rules_in(
            self.form,
            reward_id=reward_id,
            goals=self._forms("goals"),
            hours=self._forms("hours"),
            stored=stored,
        )

    def _forms(self, kind: str) -> list[Any]:
        return [row.form for row in self.rows[kind]]

    def sketch(self) -> tuple[Localised, Design, Rules]:
        """(name, design, rules) that can be drawn, whatever was typed so far."""
        name = texts_of(self.form, "name", stored={})
        return name, sketched_design(self.form), sketched_rules(self.form, goals=self._forms("goals"))

    def cut_texts(self) -> list[CutText]:
        """What is typed so far and longer than wallets show."""
        form, merchant = self.form, self._around.merchant
        typed: dict[Written, Localised] = {
            "shop": merchant.name,
            "name": texts_of(form, "name", stored={}),
            "headline": texts_of(form, "headline", stored={}),
            "reward": self._reward_title(),
            "how_to": texts_of(form, "how_to", stored={}),
            "terms": texts_of(form, "terms", stored={}),
        }
        return cut_texts(typed, languages=merchant.languages)

    def _reward_title(self) -> Localised:
        if self.gives_new_reward:
            return texts_of(self.reward, "title", stored={})
        chosen = self.chosen_reward
        return next((reward.title for reward in self._around.rewards if reward.id == chosen), {})

    def tell(self, refusal: Refused) -> str | None:
        """Show a refusal at the field that it is about. Returns its sentence when it is about none.

        The form gets a new key: the refusal may be the stored answer to the old one.
        """
        self.form.key.data = new_key()
        if refusal.code in _SLUG_REFUSALS:
            self._tell_at("slug", refusal)
            return None
        place = str(refusal.facts.get("field"))
        if refusal.code in {"rules_malformed", "join_form_malformed"} and place in _ROWS_OF:
            self.said[_ROWS_OF[place]].append(refusal.sentence())
            return None
        if refusal.code == "rules_malformed" and place in _FIELDS:
            name = _FIELDS[place]
            is_by_amount = name == "visit_stamps" and self.form.text("per") == "amount"
            self._tell_at("amount_stamps" if is_by_amount else name, refusal)
            return None
        return refusal.sentence()

    def _tell_at(self, name: str, refusal: Refused) -> None:
        self.form[name].errors = [*self.form[name].errors, refusal.sentence()]

    def is_wrong(self, *names: str) -> bool:
        """Whether something is wrong in a field whose name begins so, or in the rows of one of these kinds."""
        fields = [field for field in self.form if field.short_name.startswith(names)]
        rows = [row for name in names for row in self.rows.get(name, ())]
        return (
            any(field.errors for field in fields)
            or any(self.said.get(name) for name in names)
            or any(field.errors for row in rows for field in row.form)
        )


def _rows_in(data: Any) -> Iterator[tuple[str, int]]:
    """(kind, number) of every row that was sent, in the order of their numbers, no more than may be stored."""
    found = {
        (match[1], int(match[2])) for match in map(_ROW_FIELD.fullmatch, map(str, data)) if match is not None
    }
    for kind in _ROWS:
        yield from sorted(each for each in found if each[0] == kind)[:MAX_HAPPY_HOURS]
