"""What each enterprise has to hold, and until when it does: the state on any day follows from these days."""

import os
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from uuid import UUID

from events.ledger import Recorded
from events.projections.work.rows import Row
from events.renewal_catalogue import Catalogue, read_catalogue
from events.requirements import standing
from events.settings import read_settings


@cache
def catalogue() -> Catalogue:
    """The one in force here. Whoever changes it runs `hub rebuild work`, so that all rows follow from it."""
    return read_catalogue(read_settings(os.environ).renewals)


class Requirement(Row, frozen=True, kw_only=True):
    enterprise: UUID
    requirement: str
    because: str
    needed_since: date
    valid_from: date | None
    valid_to: date | None
    notice_from: date | None
    waived_from: date | None
    waived_to: date | None
    evidence: UUID | None
    evidence_on: date | None


def rows(history: Sequence[Recorded]) -> Iterator[Row]:
    """How an enterprise stands with all that applies to it now, given all that was recorded of it."""
    for each in standing(history, catalogue()):
        if each.needed_since is None:
            continue
        waiver = each.waivers[-1] if each.waivers else None
        awaiting = each.awaiting[0] if each.awaiting else None
        yield Requirement(
            area=history[0].area,
            stream=history[0].stream,
            enterprise=history[0].stream,
            requirement=each.word,
            because=each.because,
            needed_since=each.needed_since,
            valid_from=each.valid_from,
            valid_to=each.valid_to,
            notice_from=each.notice_from,
            waived_from=waiver and waiver.starts,
            waived_to=waiver and waiver.ends,
            evidence=awaiting and awaiting.evidence,
            evidence_on=awaiting and awaiting.since,
        )
