"""Every page of this package: vouchers, one voucher, a new one by hand, and pools of codes."""

from litestar.types import ControllerRouterHandler

from cardamom.vouchers.pages import issue, pools, vouchers

routes: list[ControllerRouterHandler] = [
    *vouchers.routes,
    *issue.routes,
    *pools.routes,
]
