"""The pages of this package: set-up, sign-in, staff, API keys, one's own account. All work without a script."""

from litestar.types import ControllerRouterHandler

from cardamom.access.pages import account, doors, keys, setup, staff

routes: list[ControllerRouterHandler] = [
    *setup.routes,
    *doors.routes,
    *staff.routes,
    *keys.routes,
    *account.routes,
]
