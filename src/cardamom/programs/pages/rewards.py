"""`/app/rewards`: what goals and people may give."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from litestar import Controller, get, post
from litestar.response import Redirect, Template

from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.errors import Refused
from cardamom.kit.fields import texts_of
from cardamom.ledger.commands import new_key
from cardamom.ledger.writer import Ledger
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs import queries, service
from cardamom.programs.editor import Surroundings
from cardamom.programs.forms import ActForm
from cardamom.programs.pages.frame import (
    MAY_READ,
    MAY_WRITE,
    AnyRequest,
    frame,
    require_form_matter,
    surroundings,
)
from cardamom.programs.pages.uploading import MOST_FORM_BYTES, take_pictures
from cardamom.programs.reward_forms import RewardForm, reward_as_typed
from cardamom.programs.schemas import Program, Reward, RewardPatch, RewardTermsPatch
from cardamom.programs.showcase import Showcase
from cardamom.programs.wording import KIND_WORDS, term_lines

_PICTURES: Final = ("image",)


class RewardLine(msgspec.Struct, frozen=True, kw_only=True):
    """A reward in the list. programs: the names of those that give it."""

    reward: Reward
    title: str
    terms: list[str]
    programs: list[str]


class RewardPages(Controller):
    path = "/app/rewards"
    include_in_schema = False

    @get(opt=MAY_READ)
    async def list_all(self, merchant: Merchant, actor: Actor, database: Database) -> Template:
        async with database.reading(merchant.id) as tx:
            rewards = await queries.rewards_of(tx, merchant.id)
            programs = await queries.programs_of(tx, merchant.id)
        givers = _givers(merchant, programs)
        lines = [
            RewardLine(
                reward=reward,
                title=text_for_reader(merchant, reward.title),
                terms=term_lines(reward.terms),
                programs=givers.get(reward.id, []),
            )
            for reward in reversed(rewards)
        ]
        context = {
            **frame(merchant, actor),
            "lines": [line for line in lines if line.reward.archived_at is None],
            "archived": [line for line in lines if line.reward.archived_at is not None],
            "kind_words": KIND_WORDS,
        }
        return Template("programs/rewards.html", context=context)

    @get("/new", opt=MAY_WRITE)
    async def begin(
        self, merchant: Merchant, actor: Actor, database: Database, showcase: Showcase
    ) -> Template:
        around = await surroundings(database, merchant, showcase)
        return _page(_at(RewardForm(), around), merchant, actor, None)

    @post(opt=MAY_WRITE, request_max_body_size=MOST_FORM_BYTES)
    async def create(
        self,
        request: AnyRequest,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        showcase: Showcase,
    ) -> Template | Redirect:
        around = await surroundings(database, merchant, showcase)
        data = await request.form()
        form = _at(RewardForm(data), around)
        refused = await take_pictures(form, data, _PICTURES, merchant=merchant, actor=actor, ledger=ledger)
        if not form.is_complete() or refused:
            return _page(form, merchant, actor, None, refused_pictures=refused, status=422)
        try:
            await service.create_reward(
                ledger, actor=actor, merchant_id=merchant.id, new=form.reward(), key=form.act_key()
            )
        except Refused as refusal:
            return _page(form, merchant, actor, None, refusal=refusal, status=refusal.status)
        return Redirect("/app/rewards", status_code=303)

    @get("/{reward_id:str}", opt=MAY_READ)
    async def read(
        self,
        request: AnyRequest,
        reward_id: str,
        merchant: Merchant,
        actor: Actor,
        database: Database,
        showcase: Showcase,
    ) -> Template:
        reward, around = await _reward(database, merchant, reward_id, showcase)
        form = _at(RewardForm(data=reward_as_typed(reward)), around)
        return _page(form, merchant, actor, reward, is_saved="saved" in request.query_params)

    @post("/{reward_id:str}", opt=MAY_WRITE, request_max_body_size=MOST_FORM_BYTES)
    async def update(
        self,
        request: AnyRequest,
        reward_id: str,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        showcase: Showcase,
    ) -> Template | Redirect:
        reward, around = await _reward(database, merchant, reward_id, showcase)
        data = await request.form()
        form = _at(RewardForm(data), around)
        refused = await take_pictures(form, data, _PICTURES, merchant=merchant, actor=actor, ledger=ledger)
        if data.get("act") == "remove-image":
            form.image.data = ""
        if not form.is_complete() or refused:
            return _page(form, merchant, actor, reward, refused_pictures=refused, status=422)
        patch = RewardPatch(
            title=texts_of(form, "title", stored=reward.title),
            description=texts_of(form, "description", stored=reward.description),
            image=form.picture(),
            terms=RewardTermsPatch(**msgspec.structs.asdict(form.terms())),
        )
        try:
            await _change(patch, form.act_key(), reward.id, merchant, actor, ledger)
        except Refused as refusal:
            return _page(form, merchant, actor, reward, refusal=refusal, status=refusal.status)
        return Redirect(f"/app/rewards/{reward.id}?saved=1", status_code=303)

    @post("/{reward_id:str}/archive", opt=MAY_WRITE)
    async def archive(
        self,
        request: AnyRequest,
        reward_id: str,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        showcase: Showcase,
    ) -> Template | Redirect:
        form = ActForm(await request.form())
        try:
            await _change(RewardPatch(archived=True), form.act_key(), reward_id, merchant, actor, ledger)
        except Refused as refusal:
            reward, around = await _reward(database, merchant, reward_id, showcase)
            stored = _at(RewardForm(data=reward_as_typed(reward)), around)
            return _page(stored, merchant, actor, reward, refusal=refusal, status=refusal.status)
        return Redirect("/app/rewards", status_code=303)

    @post("/{reward_id:str}/restore", opt=MAY_WRITE)
    async def restore(
        self, request: AnyRequest, reward_id: str, merchant: Merchant, actor: Actor, ledger: Ledger
    ) -> Redirect:
        form = ActForm(await request.form())
        await _change(RewardPatch(archived=False), form.act_key(), reward_id, merchant, actor, ledger)
        return Redirect(f"/app/rewards/{reward_id}?saved=1", status_code=303)


def _givers(merchant: Merchant, programs: list[Program]) -> Mapping[str, list[str]]:
    """By reward, the names of the programs that give it."""
    givers: dict[str, list[str]] = {}
    for program in programs:
        if program.status == "archived":
            continue
        given = {program.rules.reward, *(goal.reward for goal in program.rules.milestones)} - {None}
        for reward_id in given:
            givers.setdefault(str(reward_id), []).append(text_for_reader(merchant, program.name))
    return givers


def _at(form: RewardForm, around: Surroundings) -> RewardForm:
    return form.at(around.merchant, pools=around.pools, places=around.places)


async def _reward(
    database: Database, merchant: Merchant, reward_id: str, showcase: Showcase
) -> tuple[Reward, Surroundings]:
    """Raises NotFound."""
    async with database.reading(merchant.id) as tx:
        reward = await queries.reward_by_id(tx, merchant.id, reward_id)
    return reward, await surroundings(database, merchant, showcase)


async def _change(
    patch: RewardPatch, key: str, reward_id: str, merchant: Merchant, actor: Actor, ledger: Ledger
) -> None:
    await service.update_reward(
        ledger, actor=actor, merchant_id=merchant.id, reward_id=reward_id, patch=patch, key=key
    )


def _page(
    form: RewardForm,
    merchant: Merchant,
    actor: Actor,
    reward: Reward | None,
    *,
    refusal: Refused | None = None,
    refused_pictures: Mapping[str, str] = MappingProxyType({}),
    is_saved: bool = False,
    status: int = 200,
) -> Template:
    """reward: None for a new one. A refusal that is no matter of the form is raised."""
    refused = None
    if refusal is not None:
        require_form_matter(refusal)
        form.key.data = new_key()
        refused = None if form.tell(refusal) else refusal.sentence()
    context: dict[str, Any] = {
        **frame(merchant, actor),
        "form": form,
        "reward": reward,
        "title": reward and text_for_reader(merchant, reward.title),
        "terms": [] if reward is None else term_lines(reward.terms),
        "kind_words": KIND_WORDS,
        "refused": refused,
        "refused_pictures": refused_pictures,
        "is_saved": is_saved,
        "act": ActForm,
    }
    return Template("programs/reward.html", context=context, status_code=status)


routes = [RewardPages]
