"""What the ledgers add up to. A projection is one module: its tables, a pure fold, its queries."""

from events.projections.engine import Projection
from events.projections.national import NATIONAL
from events.projections.work import WORK

ALL: tuple[Projection, ...] = (NATIONAL, WORK)
