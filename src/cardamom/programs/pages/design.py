"""`/app/programs/new` and `/app/programs/{id}`: the form in which an owner lays down a program."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

import msgspec
from litestar import Controller, get, post
from litestar.response import Redirect, Template
from markupsafe import Markup

from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.colour import SHAPE_CONTRAST, correct
from cardamom.kit.errors import Refused
from cardamom.kit.i18n import _
from cardamom.kit.languages import language
from cardamom.ledger.writer import Ledger
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs import queries, service
from cardamom.programs.editor import ProgramEditor, Surroundings
from cardamom.programs.form_values import DESIGN_PICTURES
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
from cardamom.programs.schemas import Design, Program, ProgramPatch
from cardamom.programs.showcase import Showcase
from cardamom.programs.wording import (
    STATUS_WORDS,
    WRITTEN_WORDS,
    cut_sentence,
    final_title,
    promise,
    rule_lines,
)


class DesignPages(Controller):
    path = "/app/programs"
    include_in_schema = False

    @get("/new", opt=MAY_WRITE)
    async def begin(
        self, merchant: Merchant, actor: Actor, database: Database, showcase: Showcase
    ) -> Template:
        around = await surroundings(database, merchant, showcase)
        return await _new_page(ProgramEditor.empty(around), merchant, actor, showcase)

    @post("/new", opt=MAY_WRITE, request_max_body_size=MOST_FORM_BYTES)
    async def create(
        self,
        request: AnyRequest,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        showcase: Showcase,
    ) -> Template | Redirect:
        data = await request.form()
        editor = ProgramEditor.sent(await surroundings(database, merchant, showcase), data)
        act = str(data.get("act", ""))
        editor.refused_pictures = await take_pictures(
            editor.form, data, DESIGN_PICTURES, merchant=merchant, actor=actor, ledger=ledger
        )
        if editor.follow(act):
            return await _new_page(editor, merchant, actor, showcase)
        if not editor.is_complete() or editor.refused_pictures:
            return await _new_page(editor, merchant, actor, showcase, status=422)
        status: Literal["draft", "live"] = "draft" if act == "draft" else "live"
        try:
            reward_id = await _reward_of(editor, merchant, actor, ledger, database)
            created = await service.create_program(
                ledger,
                actor=actor,
                merchant_id=merchant.id,
                new=editor.program(reward_id, status=status),
                key=editor.form.act_key(),
            )
        except Refused as refusal:
            return await _new_page(editor, merchant, actor, showcase, refusal=refusal, status=refusal.status)
        return Redirect(f"/app/programs/{created.facts['program_id']}?saved=new", status_code=303)

    @post("/preview", opt=MAY_WRITE)
    async def preview(
        self, request: AnyRequest, merchant: Merchant, database: Database, showcase: Showcase
    ) -> Template:
        """The card as it would look; nothing is stored."""
        around = await surroundings(database, merchant, showcase)
        editor = ProgramEditor.sent(around, await request.form())
        return Template("programs/_preview.html", context=await _sketched(editor, merchant, showcase))

    @get("/{program_id:str}", opt=MAY_READ)
    async def read(
        self,
        request: AnyRequest,
        program_id: str,
        merchant: Merchant,
        actor: Actor,
        database: Database,
        showcase: Showcase,
    ) -> Template:
        program, around = await _program(database, merchant, program_id, showcase)
        saved = request.query_params.get("saved", "")
        editor = ProgramEditor.of(around, program)
        return await _program_page(editor, program, around, actor, showcase, saved=saved)

    @post("/{program_id:str}", opt=MAY_WRITE, request_max_body_size=MOST_FORM_BYTES)
    async def update(
        self,
        request: AnyRequest,
        program_id: str,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        showcase: Showcase,
    ) -> Template | Redirect:
        data = await request.form()
        program, around = await _program(database, merchant, program_id, showcase)
        editor = ProgramEditor.sent(around, data)
        act = str(data.get("act", ""))
        editor.refused_pictures = await take_pictures(
            editor.form, data, DESIGN_PICTURES, merchant=merchant, actor=actor, ledger=ledger
        )
        if editor.follow(act):
            return await _program_page(editor, program, around, actor, showcase)
        if not editor.is_complete() or editor.refused_pictures:
            return await _program_page(editor, program, around, actor, showcase, status=422)
        try:
            reward_id = await _reward_of(editor, merchant, actor, ledger, database)
            patch = editor.patch(reward_id, stored=program)
            saved = await service.update_program(
                ledger,
                actor=actor,
                merchant_id=merchant.id,
                program_id=program.id,
                patch=_published(patch) if act == "publish" else patch,
                key=editor.form.act_key(),
            )
        except Refused as refusal:
            return await _program_page(
                editor, program, around, actor, showcase, refusal=refusal, status=refusal.status
            )
        said = _what_changed(program, saved.facts["changed"])
        return Redirect(f"/app/programs/{program.id}?saved={said}", status_code=303)


def _published(patch: ProgramPatch) -> ProgramPatch:
    return msgspec.structs.replace(patch, status="live")


def _what_changed(program: Program, changed: Collection[str]) -> str:
    """What the owner is told. program: as it was; changed: names of fields."""
    if "status" in changed:
        return "live"
    if program.status != "live":
        return "1"
    if "rules" in changed:
        return "rules"
    return "design" if "design" in changed else "1"


async def _program(
    database: Database, merchant: Merchant, program_id: str, showcase: Showcase
) -> tuple[Program, Surroundings]:
    """Raises NotFound."""
    async with database.reading(merchant.id) as tx:
        program = await queries.program_by_id(tx, merchant.id, program_id)
    return program, await surroundings(database, merchant, showcase)


async def _reward_of(
    editor: ProgramEditor, merchant: Merchant, actor: Actor, ledger: Ledger, database: Database
) -> str | None:
    """The reward of the goal; a new one is made first, and then chosen: it is not made twice."""
    if not editor.gives_new_reward:
        return editor.chosen_reward
    made = await service.create_reward(
        ledger,
        actor=actor,
        merchant_id=merchant.id,
        new=editor.reward.reward(),
        key=f"{editor.form.act_key()}-reward",
    )
    async with database.reading(merchant.id) as tx:
        reward = await queries.reward_by_id(tx, merchant.id, made.facts["reward_id"])
    editor.choose(reward)
    return reward.id


async def _new_page(
    editor: ProgramEditor,
    merchant: Merchant,
    actor: Actor,
    showcase: Showcase,
    *,
    refusal: Refused | None = None,
    status: int = 200,
) -> Template:
    context = {
        **frame(merchant, actor),
        **await _form_values(editor, merchant, showcase, refusal),
        "action": "/app/programs/new",
    }
    return Template("programs/new.html", context=context, status_code=status)


async def _program_page(
    editor: ProgramEditor,
    program: Program,
    around: Surroundings,
    actor: Actor,
    showcase: Showcase,
    *,
    saved: str = "",
    refusal: Refused | None = None,
    status: int = 200,
) -> Template:
    merchant = around.merchant
    rewards = {reward.id: reward for reward in around.rewards}
    title = final_title(merchant, program, rewards)
    context = {
        **frame(merchant, actor),
        **await _form_values(editor, merchant, showcase, refusal),
        "action": f"/app/programs/{program.id}",
        "program": program,
        "name": text_for_reader(merchant, program.name),
        "promise": promise(goal=program.rules.goal, title=title),
        "lines": rule_lines(merchant, program.rules, rewards),
        "join_url": showcase.join_url(program.slug),
        "status_words": STATUS_WORDS,
        "saved": saved,
        "act": ActForm,
    }
    return Template("programs/program.html", context=context, status_code=status)


async def _form_values(
    editor: ProgramEditor, merchant: Merchant, showcase: Showcase, refusal: Refused | None
) -> dict[str, Any]:
    """What the form needs. Raises a refusal that is no matter of the form."""
    refused = None
    if refusal is not None:
        require_form_matter(refusal)
        is_of_reward = editor.gives_new_reward and editor.reward.tell(refusal)
        refused = None if is_of_reward else editor.tell(refusal)
    return {
        "editor": editor,
        "form": editor.form,
        "refused": refused,
        "outlines": {stamp.name: stamp.outline for stamp in showcase.stamp_pictures()},
        **await _sketched(editor, merchant, showcase),
    }


async def _sketched(editor: ProgramEditor, merchant: Merchant, showcase: Showcase) -> dict[str, Any]:
    name, design, rules = editor.sketch()
    picture: Markup = showcase.picture(
        merchant, name=name or {merchant.language: _("Your card")}, design=design, rules=rules, reward=""
    )
    return {
        "merchant": merchant,
        "picture": picture,
        "pass_pictures": await showcase.pass_pictures(design=design, rules=rules),
        "is_corrected": _is_corrected(design),
        "cuts": editor.cut_texts(),
        "written_words": WRITTEN_WORDS,
        "say_cut": cut_sentence,
        "language_name": lambda code: language(code).name,
    }


def _is_corrected(design: Design) -> bool:
    """Whether a colour is drawn lighter or darker than it was chosen, so that it can be read."""
    colours = design.colours
    return (
        correct(colours.ink, on=colours.background) != colours.ink
        or correct(colours.accent, on=colours.background, ratio=SHAPE_CONTRAST) != colours.accent
    )


routes = [DesignPages]
