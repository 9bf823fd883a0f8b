"""What people see of wallets: the buttons behind a card's link, and the owner's settings."""

from litestar.types import ControllerRouterHandler

from cardamom.wallet.pages import google, passes, settings

routes: list[ControllerRouterHandler] = [
    *passes.routes,
    *google.routes,
    *settings.routes,
]
