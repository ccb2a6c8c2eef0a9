"""What moved lately, so that whoever comes back is told of all they missed, and of little else. Pure."""

from collections import deque
from datetime import date

from events.projections.standing import Standing

KEPT = 1000
"""Steps that are remembered; who has been away for longer is told of every area."""


def seen_by(mark: str, day: date) -> str:
    """The id of what readers see on a day: figures move with what is taken in, and at midnight."""
    return f"{day:%Y%m%d}.{mark}"


class Moves:
    def __init__(self) -> None:
        self.id = ""
        """Of what readers see now; empty while that is not known."""
        self._standing: Standing | None = None
        self._lately: deque[tuple[str, frozenset[str]]] = deque(maxlen=KEPT)

    def take(self, standing: Standing, day: date) -> bool:
        """What readers see now; whether that is something else than before."""
        id = seen_by(standing.mark, day)
        if id == self.id:
            return False
        before = self._standing
        known = before.positions if before and before.build == standing.build else {}
        moved = frozenset(area for area, position in standing.positions.items() if known.get(area) != position)
        self.id, self._standing = id, standing
        self._lately.append((id, moved))
        return True

    def since(self, seen: str) -> dict[str, int] | None:
        """The areas that moved since, with their positions now; None if nothing has. All of them for an unknown id.

        No area is named where only the day changed, or what was left out before was taken in.
        """
        if seen == self.id or self._standing is None:
            return None
        areas: set[str] = set()
        for id, moved in reversed(self._lately):
            if id == seen:
                return {area: self._standing.positions[area] for area in sorted(areas)}
            areas |= moved
        return self._standing.positions
