"""HTML of the counter: the till, the journal, and the overview of the dashboard. Pages work as whole pages; only the
till needs its script.
"""

from cardamom.counter.pages.journal import JournalPages
from cardamom.counter.pages.overview import OverviewPages
from cardamom.counter.pages.till import TillPages

routes = [TillPages, JournalPages, OverviewPages]
