"""What the ledgers add up to. A projection is one module: its tables, a pure fold, its queries."""

from events.projections.engine import Projection
from events.projections.national import NATIONAL

ALL: tuple[Projection, ...] = (NATIONAL,)
