"""An enterprise as it stands: the directory, who handled it, its training and quality; and training sessions."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from events.enterprises import (
    ActivityReported,
    CapacityUpdated,
    CircumstancesTold,
    EnquiryReceived,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    LegalFormChanged,
    ListingVerified,
    MilestoneRecorded,
    StageReached,
    StoryShared,
    StoryWithdrawn,
    SupportGiven,
)
from events.ledger import Recorded
from events.projections.work.rows import E, Row, of
from events.quality import ActionAgreed, ActionCompleted, ConcernRaised, QualityCheckCompleted, StandardsSigned
from events.renewals import RequirementsApplied
from events.training import CompetenceObserved, PlaceBooked, SessionScheduled, TrainingCompleted


class Enterprise(Row, frozen=True, kw_only=True):
    enterprise: UUID
    name: str
    standing: str
    standing_since: date
    registered_on: date | None
    origin: str | None
    legal_form: str | None
    services: list[str]
    modes: list[str]
    circumstances: list[str]
    stage: str | None
    stage_since: date | None
    told_on: date
    milestone: str | None
    milestone_on: date | None
    milestones: int
    reported_on: date | None
    people_supported: int | None
    jobs: int | None
    volunteers: int | None
    hours_per_week: float | None
    hourly_rate: float | None
    can_take: int | None
    capacity_on: date | None
    listing_on: date | None
    standards_on: date | None
    checked_on: date | None
    check_result: str | None
    courses: int
    support_minutes: int
    concerns: int


class Handled(Row, frozen=True, kw_only=True):
    enterprise: UUID
    actor: str
    entries: int
    last_on: date


class Training(Row, frozen=True, kw_only=True):
    enterprise: UUID
    position: int
    course: str
    learner: str
    on_day: date
    observed: bool
    session: UUID | None


class QualityCheck(Row, frozen=True, kw_only=True):
    enterprise: UUID
    position: int
    on_day: date
    result: str
    checklist: str


class Concern(Row, frozen=True, kw_only=True):
    enterprise: UUID
    concern: UUID
    kind: str
    raised_on: date


class Action(Row, frozen=True, kw_only=True):
    enterprise: UUID
    action: UUID
    agreed_on: date
    due: date
    done_on: date | None


class Story(Row, frozen=True, kw_only=True):
    enterprise: UUID
    story: UUID
    title: str
    text: str
    shared_on: date


class TrainingSession(Row, frozen=True, kw_only=True):
    session: UUID
    course: str
    takes_place: date
    places: int
    booked: int
    venue: str


TABLES: tuple[type[Row], ...] = (Enterprise, Handled, Training, QualityCheck, Concern, Action, Story)


def rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    """What an enterprise's entries, in the order in which they happened, come to."""
    enterprise = _enterprise(entries)
    if enterprise is None:
        return
    yield enterprise
    area, stream = enterprise.area, enterprise.stream
    told = [entry for entry in entries if not isinstance(entry.event, RequirementsApplied)]
    for actor, count in Counter(entry.actor for entry in told).items():
        last_on = max(entry.occurred_on for entry in told if entry.actor == actor)
        yield Handled(area=area, stream=stream, enterprise=stream, actor=actor, entries=count, last_on=last_on)
    withdrawn = {event.story for _, event in of(entries, StoryWithdrawn)}
    done = {event.action: entry.occurred_on for entry, event in reversed([*of(entries, ActionCompleted)])}
    for entry in entries:
        on = entry.occurred_on
        match entry.event:
            case TrainingCompleted(course=course, who=who, session=session):
                yield _training(entry, course, who, observed=False, session=session)
            case CompetenceObserved(skill=skill, who=who):
                yield _training(entry, skill, who, observed=True)
            case QualityCheckCompleted(result=result, checklist=checklist):
                yield QualityCheck(
                    area=area,
                    stream=stream,
                    enterprise=stream,
                    position=entry.position,
                    on_day=on,
                    result=result,
                    checklist=checklist,
                )
            case ConcernRaised(concern=concern, kind=kind):
                yield Concern(area=area, stream=stream, enterprise=stream, concern=concern, kind=kind, raised_on=on)
            case ActionAgreed(action=action, due=due):
                done_on = done.get(action)
                yield Action(
                    area=area, stream=stream, enterprise=stream, action=action, agreed_on=on, due=due, done_on=done_on
                )
            case StoryShared(story=story, title=title, text=text) if story not in withdrawn:
                yield Story(
                    area=area, stream=stream, enterprise=stream, story=story, title=title, text=text, shared_on=on
                )
            case _:
                pass


def _training(entry: Recorded, course: str, learner: str, *, observed: bool, session: UUID | None = None) -> Training:
    return Training(
        area=entry.area,
        stream=entry.stream,
        enterprise=entry.stream,
        position=entry.position,
        course=course,
        learner=learner,
        on_day=entry.occurred_on,
        observed=observed,
        session=session,
    )


def _enterprise(entries: Sequence[Recorded]) -> Enterprise | None:
    registered = next(iter(of(entries, EnterpriseRegistered)), None)
    asked = next(iter(of(entries, EnquiryReceived)), None)
    begun = registered or asked
    if begun is None:
        return None
    begins, beginning = begun
    standing, since = ("active" if registered else "enquiry"), begins.occurred_on
    legal_form = registered[1].legal_form if registered else None
    circumstances: tuple[str, ...] = ()
    # the latest of each kind, and what some of them add up to
    latest: dict[type, Recorded] = {}
    milestones = courses = minutes = concerns = 0
    for entry in entries:
        latest[type(entry.event)] = entry
        match entry.event:
            case EnterprisePaused():
                standing, since = "paused", entry.occurred_on
            case EnterpriseResumed():
                standing, since = "active", entry.occurred_on
            case EnterpriseClosed():
                standing, since = "closed", entry.occurred_on
            case LegalFormChanged():
                legal_form = entry.event.legal_form
            case CircumstancesTold():
                circumstances = entry.event.circumstances
            case MilestoneRecorded():
                milestones += 1
            case TrainingCompleted():
                courses += 1
            case SupportGiven():
                minutes += entry.event.minutes
            case ConcernRaised():
                concerns += 1
            case _:
                pass
    stage, stage_on = _latest(latest, StageReached)
    if not registered and stage and stage.stage == "signposted" and stage_on:
        standing, since = "signposted", stage_on
    milestone, milestone_on = _latest(latest, MilestoneRecorded)
    report, reported_on = _latest(latest, ActivityReported)
    capacity, capacity_on = _latest(latest, CapacityUpdated)
    check, checked_on = _latest(latest, QualityCheckCompleted)
    return Enterprise(
        area=begins.area,
        stream=begins.stream,
        enterprise=begins.stream,
        name=beginning.name,
        standing=standing,
        standing_since=since,
        registered_on=registered[0].occurred_on if registered else None,
        origin=registered[1].origin if registered else None,
        legal_form=legal_form,
        services=list(beginning.services),
        modes=list(registered[1].modes) if registered else [],
        circumstances=list(circumstances),
        stage=stage and stage.stage,
        stage_since=stage_on,
        told_on=max(each.occurred_on for kind, each in latest.items() if kind is not RequirementsApplied),
        milestone=milestone and milestone.kind,
        milestone_on=milestone_on,
        milestones=milestones,
        reported_on=reported_on,
        people_supported=report and report.people_supported,
        jobs=report and report.jobs,
        volunteers=report and report.volunteers,
        hours_per_week=report and report.hours_per_week,
        hourly_rate=report and report.hourly_rate,
        can_take=capacity and capacity.can_take,
        capacity_on=capacity_on,
        listing_on=_latest(latest, ListingVerified)[1],
        standards_on=_latest(latest, StandardsSigned)[1],
        checked_on=checked_on,
        check_result=check and check.result,
        courses=courses,
        support_minutes=minutes,
        concerns=concerns,
    )


def _latest(latest: dict[type, Recorded], kind: type[E]) -> tuple[E, date] | tuple[None, None]:
    entry = latest.get(kind)
    if entry is None:
        return None, None
    assert isinstance(entry.event, kind)
    return entry.event, entry.occurred_on


def session_rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    scheduled = next(iter(of(entries, SessionScheduled)), None)
    if scheduled is None:
        return
    entry, session = scheduled
    yield TrainingSession(
        area=entry.area,
        stream=entry.stream,
        session=session.session,
        course=session.course,
        takes_place=session.takes_place,
        places=session.places,
        booked=sum(event.places for _, event in of(entries, PlaceBooked)),
        venue=session.venue,
    )
