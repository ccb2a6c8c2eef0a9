"""What each enterprise has to hold, and on which days it does: the state on any day follows from these days."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from events.base import civil_day
from events.ledger import Recorded
from events.projections.in_force import catalogue
from events.projections.work.rows import Row
from events.requirements import Span, standing


class Requirement(Row, frozen=True, kw_only=True):
    enterprise: UUID
    requirement: str
    because: str
    local: bool
    needed_since: date
    valid_from: date | None
    valid_to: date | None
    notice_from: date | None
    waived_from: date | None
    waived_to: date | None
    evidence: UUID | None
    evidence_on: date | None
    valid: str
    held: str
    waived: str
    awaiting: str


_DAY = timedelta(1)


def _is_local(word: str) -> bool:
    """Whether only the network itself asks for it: reminders of it one may do without."""
    rules = catalogue().by_word.get(word)
    return rules is not None and rules.basis == "local"


def _days(spans: Iterable[Span]) -> str:
    """All days of these, as PostgreSQL writes a multirange."""
    ranges = [
        f"[{span.starts},{span.ends + _DAY if span.ends and span.ends < date.max else ''})"
        for span in spans
        if span.ends is None or span.starts <= span.ends
    ]
    return f"{{{','.join(ranges)}}}"


def _one_by_one(waivers: Sequence[Span]) -> Iterator[Span]:
    """Waivers, each until the next takes its place."""
    for waiver, following in pairwise(waivers):
        until = following.starts - _DAY
        yield Span(waiver.starts, min(waiver.ends or until, until))
    yield from waivers[-1:]


def rows(history: Sequence[Recorded]) -> Iterator[Row]:
    """How an enterprise stands with all that applies to it now, given all that was recorded of it."""
    known = civil_day(max(entry.recorded_at for entry in history))
    for each in standing(history, catalogue()):
        if each.needed_since is None:
            continue
        span = each.last_held(known)
        notice = timedelta(each.notice_days)
        waiver = each.waivers[-1] if each.waivers else None
        awaiting = each.awaiting[0] if each.awaiting else None
        yield Requirement(
            area=history[0].area,
            stream=history[0].stream,
            enterprise=history[0].stream,
            requirement=each.word,
            because=each.because,
            local=_is_local(each.word),
            needed_since=each.needed_since,
            valid_from=span and span.starts,
            valid_to=span and span.ends,
            notice_from=span.ends - notice if span and span.ends else None,
            waived_from=waiver and waiver.starts,
            waived_to=waiver and waiver.ends,
            evidence=awaiting and awaiting.evidence,
            evidence_on=awaiting and awaiting.since,
            valid=_days(Span(one.starts, one.ends and one.ends - notice - _DAY) for one in each.held),
            held=_days(each.held),
            waived=_days(_one_by_one(each.waivers)),
            awaiting=_days(Span(max(one.since, one.span.starts), one.span.ends) for one in each.awaiting),
        )
