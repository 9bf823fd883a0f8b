"""The address without a path, which people type: it leads to the dashboard, and that to the sign-in or the set-up."""

from __future__ import annotations

from litestar import get
from litestar.response import Redirect

from cardamom.access.permissions import PUBLIC


@get("/", opt={"permission": PUBLIC}, include_in_schema=False, sync_to_thread=False)
def front_door() -> Redirect:
    """Not permanent: what stands at the front may change."""
    return Redirect("/app", status_code=303)


routes = [front_door]
