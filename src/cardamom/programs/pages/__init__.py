"""Every page of this package: programs with their form, rewards, and what is printed."""

from litestar.types import ControllerRouterHandler

from cardamom.programs.pages import design, gallery, paper, rewards

routes: list[ControllerRouterHandler] = [
    *gallery.routes,
    *design.routes,
    *paper.routes,
    *rewards.routes,
]
