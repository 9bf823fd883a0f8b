"""`/app/programs`: every program at a glance, and the end of one."""

from __future__ import annotations

import msgspec
from litestar import Controller, get, post
from litestar.response import Redirect, Template
from markupsafe import Markup

from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.ledger.writer import Ledger
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs import queries, service
from cardamom.programs.forms import ActForm
from cardamom.programs.pages.frame import MAY_READ, MAY_WRITE, AnyRequest, frame
from cardamom.programs.schemas import Program, ProgramPatch, Reward
from cardamom.programs.showcase import Showcase
from cardamom.programs.wording import STATUS_WORDS, final_title, promise


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """A program among others."""

    program: Program
    name: str
    promise: str
    picture: Markup
    join_url: str


class GalleryPages(Controller):
    path = "/app/programs"
    include_in_schema = False

    @get(opt=MAY_READ)
    async def list_all(
        self, merchant: Merchant, actor: Actor, database: Database, showcase: Showcase
    ) -> Template:
        async with database.reading(merchant.id) as tx:
            programs = await queries.programs_of(tx, merchant.id)
            rewards = {reward.id: reward for reward in await queries.rewards_of(tx, merchant.id)}
        tiles = [_tile(merchant, program, rewards, showcase) for program in programs]
        context = {
            **frame(merchant, actor),
            "tiles": [tile for tile in tiles if tile.program.status != "archived"],
            "archived": [tile for tile in tiles if tile.program.status == "archived"],
            "status_words": STATUS_WORDS,
        }
        return Template("programs/list.html", context=context)

    @post("/{program_id:str}/archive", opt=MAY_WRITE)
    async def archive(
        self, request: AnyRequest, program_id: str, merchant: Merchant, actor: Actor, ledger: Ledger
    ) -> Redirect:
        form = ActForm(await request.form())
        await service.update_program(
            ledger,
            actor=actor,
            merchant_id=merchant.id,
            program_id=program_id,
            patch=ProgramPatch(status="archived"),
            key=form.act_key(),
        )
        return Redirect(f"/app/programs/{program_id}?saved=archived", status_code=303)


def _tile(merchant: Merchant, program: Program, rewards: dict[str, Reward], showcase: Showcase) -> Tile:
    title = final_title(merchant, program, rewards)
    return Tile(
        program=program,
        name=text_for_reader(merchant, program.name),
        promise=promise(goal=program.rules.goal, title=title),
        picture=showcase.picture(
            merchant, name=program.name, design=program.design, rules=program.rules, reward=title
        ),
        join_url=showcase.join_url(program.slug),
    )


routes = [GalleryPages]
