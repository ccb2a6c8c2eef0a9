"""How far what readers see has come, for whoever keeps something made from it or waits for it to move."""

from msgspec import Struct

from events.database import Connection
from events.projections.engine import NotBuilt


class Standing(Struct, frozen=True):
    """What the live build of a projection has taken in."""

    build: int
    positions: dict[str, int]
    """Of each area."""
    parked: int
    """Streams left out: with the same positions a build holds more once they were tried again."""

    @property
    def mark(self) -> str:
        """Another one whenever readers may see something else. Positions only grow, so their sum tells two apart."""
        return f"{self.build}.{sum(self.positions.values())}.{self.parked}"


_POSITIONS = """
select b.build, c.area, c.position,
       (select count(*) from parked p where p.projection = b.projection and p.build = b.build)
from build b left join checkpoint c using (projection, build)
where b.projection = %s and b.live
"""

_MARK = """
select b.build, coalesce(sum(c.position), 0),
       (select count(*) from parked p where p.projection = b.projection and p.build = b.build)
from build b left join checkpoint c using (projection, build)
where b.projection = %s and b.live
group by b.projection, b.build
"""


def standing(connection: Connection, projection: str) -> Standing:
    """Raises `NotBuilt`."""
    rows = connection.execute(_POSITIONS, [projection]).fetchall()
    if not rows:
        raise NotBuilt("The figures have not been built yet.")
    positions = {str(area): int(str(position)) for _, area, position, _ in rows if area is not None}
    return Standing(int(str(rows[0][0])), positions, int(str(rows[0][3])))


def mark(connection: Connection, projection: str) -> str:
    """As `Standing.mark`; inside `engine.reading`, of exactly what is read there. Empty without a live build."""
    row = connection.execute(_MARK, [projection]).fetchone()
    return ".".join(map(str, row)) if row else ""
