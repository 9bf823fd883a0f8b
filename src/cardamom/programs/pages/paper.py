"""`/app/programs/{id}/print`: labels and a poster with the code of the join page, in the shop's own language."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any, Final, Literal, get_args

import msgspec
from litestar import Controller, Response, get
from litestar.response import Template
from markupsafe import Markup

from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.errors import NotFound
from cardamom.kit.i18n import _, current
from cardamom.kit.languages import Direction
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import languages_offered, speak, text_for_reader
from cardamom.programs import queries
from cardamom.programs.join_codes import join_code_png, join_code_svg
from cardamom.programs.pages.frame import MAY_READ, AnyRequest, frame
from cardamom.programs.schemas import Program, Reward
from cardamom.programs.showcase import Showcase
from cardamom.programs.wording import address_words, final_title, promise

Sheet = Literal["large", "small", "stickers", "poster"]

#: So many small labels fit on a sheet of A4, with room to cut.
_STICKERS: Final = 15


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on paper, in the language of the paper. address: the join link without what nobody types."""

    language: str
    direction: Direction
    shop_name: str
    headline: str
    how: str
    no_app: str
    code: Markup
    picture: Markup
    address: str


class PaperPages(Controller):
    path = "/app/programs/{program_id:str}"
    include_in_schema = False

    @get("/print", opt=MAY_READ)
    async def kit(
        self,
        request: AnyRequest,
        program_id: str,
        merchant: Merchant,
        actor: Actor,
        database: Database,
        showcase: Showcase,
    ) -> Template:
        """Every sheet in small, with the way to print it. `?in=ar` is for another language of the shop."""
        program, rewards = await _program(database, merchant, program_id)
        paper = _paper_language(request, merchant)
        here = f"/app/programs/{program.id}/print"
        context = {
            **frame(merchant, actor),
            "program": program,
            "name": text_for_reader(merchant, program.name),
            "join_url": showcase.join_url(program.slug),
            "paper": paper,
            "papers": [(code, name, f"{here}?in={code}") for code, name in languages_offered(merchant)],
            "face": copy_context().run(_face_in, paper, merchant, program, rewards, showcase),
        }
        return Template("programs/print.html", context=context)

    @get("/print/{sheet:str}", opt=MAY_READ)
    async def sheet(
        self,
        request: AnyRequest,
        program_id: str,
        sheet: str,
        merchant: Merchant,
        database: Database,
        showcase: Showcase,
    ) -> Template:
        """One sheet, as large as its paper. Raises NotFound for a sheet that we do not have."""
        if sheet not in get_args(Sheet):
            raise NotFound
        program, rewards = await _program(database, merchant, program_id)
        paper = _paper_language(request, merchant)
        context: dict[str, Any] = {
            "face": copy_context().run(_face_in, paper, merchant, program, rewards, showcase),
            "sheet": sheet,
            "copies": _STICKERS if sheet == "stickers" else 1,
            "back_url": f"/app/programs/{program.id}/print?in={paper}",
        }
        return Template("programs/sheet.html", context=context)

    @get("/join-code.svg", opt=MAY_READ)
    async def code_svg(
        self, program_id: str, merchant: Merchant, database: Database, showcase: Showcase
    ) -> Response[bytes]:
        program, _rewards = await _program(database, merchant, program_id)
        code = join_code_svg(showcase.join_url(program.slug), label=_("QR code of the join page"))
        return _download(code.encode(), "image/svg+xml", f"{program.slug}.svg")

    @get("/join-code.png", opt=MAY_READ)
    async def code_png(
        self, program_id: str, merchant: Merchant, database: Database, showcase: Showcase
    ) -> Response[bytes]:
        program, _rewards = await _program(database, merchant, program_id)
        return _download(join_code_png(showcase.join_url(program.slug)), "image/png", f"{program.slug}.png")


async def _program(
    database: Database, merchant: Merchant, program_id: str
) -> tuple[Program, dict[str, Reward]]:
    """With the rewards of the business by id. Raises NotFound."""
    async with database.reading(merchant.id) as tx:
        program = await queries.program_by_id(tx, merchant.id, program_id)
        return program, {reward.id: reward for reward in await queries.rewards_of(tx, merchant.id)}


def _paper_language(request: AnyRequest, merchant: Merchant) -> str:
    """The language that was asked for, if the shop writes it; else the shop's own."""
    asked = request.query_params.get("in", "")
    return asked if asked in dict(languages_offered(merchant)) else merchant.language


def _face_in(
    paper: str, merchant: Merchant, program: Program, rewards: dict[str, Reward], showcase: Showcase
) -> Face:
    """What stands on paper. From here on the context speaks the language of the paper."""
    speak(merchant, paper)
    title = final_title(merchant, program, rewards)
    url = showcase.join_url(program.slug)
    return Face(
        language=paper,
        direction=current().direction,
        shop_name=text_for_reader(merchant, merchant.name),
        headline=text_for_reader(merchant, program.design.headline)
        or promise(goal=program.rules.goal, title=title),
        how=_("Point the camera of your phone here."),
        no_app=_("Your stamp card in ten seconds, without an app."),
        code=join_code_svg(url, label=_("QR code of the join page")),
        picture=showcase.picture(
            merchant, name=program.name, design=program.design, rules=program.rules, reward=title
        ),
        address=address_words(url),
    )


def _download(content: bytes, media_type: str, name: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


routes = [PaperPages]
