"""The daily rebuild of each projection, to show that the live one is what the ledgers add up to."""

import logging

from events.database import connect
from events.projections import ALL
from events.projections.proof import prove
from events.settings import read_settings

log = logging.getLogger(__name__)


def prove_projection(name: str) -> None:
    """Build a projection anew beside the live one, compare the two, and remember what came of it."""
    projection = next(each for each in ALL if each.name == name)
    with connect(read_settings().database_url) as connection:
        found = prove(connection, projection)
    if found and found.differing:
        log.error(
            "%s differs from what its ledgers add up to in %s areas. Run `hub rebuild %s`.",
            name,
            len(found.differing),
            name,
        )
