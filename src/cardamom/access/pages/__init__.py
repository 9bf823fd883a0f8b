"""The pages of this package: set-up, sign-in, staff, API keys, one's own account. All work without a script."""

from cardamom.access.pages import account, doors, keys, setup, staff

routes = [*setup.routes, *doors.routes, *staff.routes, *keys.routes, *account.routes]
