"""Every page of this package: the join page, the customer's page, and cards in the dashboard."""

from litestar.types import ControllerRouterHandler

from cardamom.cards import brand_pages, card_pages, code_pages, console_pages, join_pages, voucher_pages

routes: list[ControllerRouterHandler] = [
    *join_pages.routes,
    *card_pages.routes,
    *code_pages.routes,
    *voucher_pages.routes,
    *brand_pages.routes,
    *console_pages.routes,
]
