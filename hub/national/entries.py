"""What the entries behind a figure say, as far as a reader may know."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from events import ledger
from events.access import Principal
from events.base import Event, civil_day
from events.catalogue import EntryCorrected
from events.corrections import corrected
from events.database import Connection
from events.enterprises import ActivityReported, EnterpriseRegistered, EnterpriseResumed, MilestoneRecorded
from events.ledger import Recorded
from events.places import place_name
from events.projections.picture import Behind
from events.renewals import RequirementsApplied
from hub.look.words import count
from hub.national.figure import FigureEvent
from hub.telling import headline


def entries_in_words(
    connection: Connection, rows: Sequence[Behind], who: Principal, *, of_people: bool
) -> list[FigureEvent]:
    shown: list[FigureEvent] = []
    for area in dict.fromkeys(row.area for row in rows):
        mine = [row for row in rows if row.area == area]
        said = {each.position: each for each in ledger.read_positions(connection, area, [row.said_at for row in mine])}
        names = _names(connection, area, {each.stream for each in said.values()})
        for row in mine:
            # of an area that is not theirs to read, people see that there is an entry and what it adds, not its words
            recorded = said.get(row.said_at)
            shown.append(
                FigureEvent(
                    area_name=place_name(area),
                    position=row.position,
                    words=_words(recorded, row.key, names) if recorded else "",
                    people_href=_people(recorded, who) if recorded and recorded.stream in names else "",
                    occurred_on=row.occurred_on,
                    recorded_on=civil_day(recorded.recorded_at) if recorded else None,
                    contribution=row.amount if not of_people or who.may("read area", area) else None,
                )
            )
    return shown


def _words(recorded: Recorded, key: str, names: Mapping[UUID, str]) -> str:
    """What happened, and which of several things that one entry tells of is counted here."""
    name = names.get(recorded.stream, "")
    if isinstance(recorded.event, RequirementsApplied):
        return f"{name}: must hold {key}"
    words = describe(recorded.event, name)
    return words if not key or key in words else f"{words} ({key})"


def _people(recorded: Recorded, who: Principal) -> str:
    if not who.may("read people", recorded.area):
        return ""
    return f"/areas/{recorded.area}/enterprises/{recorded.stream}/people"


def _names(connection: Connection, area: str, streams: set[UUID]) -> Mapping[UUID, str]:
    """What each enterprise is called, corrections counted in."""
    names: dict[UUID, str] = {}
    for (_, stream), history in ledger.read_streams(connection, {(area, stream) for stream in streams}).items():
        for entry in corrected(history):
            if isinstance(entry.event, EnterpriseRegistered):
                names[stream] = entry.event.name
    return names


def describe(event: Event, name: str) -> str:
    """What happened, for a person."""
    match event:
        case EntryCorrected(replacement=None):
            return f"{name}: taken back ({event.reason})".lstrip(": ")
        case EntryCorrected(replacement=Event() as replacement):
            return f"{describe(replacement, name)} (corrected: {event.reason})"
        case EnterpriseRegistered():
            return f"{event.name} registered, {event.origin}, {event.legal_form}"
        case ActivityReported():
            parts = (
                (event.people_supported, "person", "people"),
                (event.jobs, "job", "jobs"),
                (event.volunteers, "volunteer", "volunteers"),
                (event.hours_per_week, "hour a week", "hours a week"),
            )
            return f"{name} reported " + ", ".join(count(n, one, many) for n, one, many in parts if n is not None)
        case MilestoneRecorded():
            return f"{name}: {event.kind}"
        case EnterpriseResumed():
            return f"{name} resumed"
        case _:
            words = headline(event)
            return f"{name}: {words[:1].lower()}{words[1:]}" if name else words
