"""What an event says, in the words of the people it is for: for timelines, confirmations and lists.

It names neither what it happened to, which stands above it, nor anybody: what is sealed is never part of it.
"""

from collections.abc import Mapping

from events import areas, enterprises, learning, nudges, participation, quality, referrals, renewals, training
from events.base import Event, in_words
from events.catalogue import EntryCorrected
from events.people import PersonErased
from events.places import place_name
from hub.look.words import count, number


def headline(event: Event) -> str:
    """What happened, in a few words that begin with a capital."""
    words = _area(event) or _enterprise(event) or _keeping(event) or _referral(event) or _learning(event)
    words = words or _participation(event) or _nudge(event)
    if words is None:
        raise AssertionError(f"{type(event).__name__} has no words yet")
    return words[:1].upper() + words[1:]


def _area(event: Event) -> str | None:
    match event:
        case areas.AreaJoined():
            return "joined the network"
        case areas.AreaBoundaryChanged():
            return f"its code changed from {event.from_code} to {event.to_code}"
        case areas.AreaLeft():
            return _why("left the network", event.reason)
        case areas.CatalystAppointed():
            return f"Catalyst appointed: {event.post}, {in_words(event.starts)} to {in_words(event.ends)}"
        case areas.CatalystLeft():
            return _why(f"Catalyst left: {event.post}", event.reason)
        case areas.LoadTargetSet():
            return f"load target: {count(event.enterprises, 'enterprise', 'enterprises')} a Catalyst"
        case areas.FigurePublished():
            return f"published figure: {event.indicator.replace('_', ' ')} {event.qualifier} {number(event.value)}"
        case areas.ConditionConfirmed():
            return f"condition met: {event.condition}"
        case areas.ConditionWithdrawn():
            return f"condition no longer met: {event.condition}"
        case areas.SystemRiskRaised():
            return f"risk raised: {event.risk}"
        case areas.SystemRiskMitigated():
            return f"risk reduced: {event.risk}. {event.action}"
        case areas.SystemRiskClosed():
            return f"risk closed: {event.risk}"
        case PersonErased():
            return "a person's data was erased"
        case EntryCorrected():
            return "an entry was corrected" if event.replacement else "an entry was taken back"
        case _:
            return None


def _enterprise(event: Event) -> str | None:
    match event:
        case enterprises.EnquiryReceived():
            return f"enquiry: {event.name}"
        case enterprises.EnterpriseRegistered():
            return f"registered: {event.origin}, {event.legal_form}"
        case enterprises.LegalFormChanged():
            return f"legal form: {event.legal_form}"
        case enterprises.CircumstancesTold():
            return f"what it does: {', '.join(event.circumstances) or 'nothing that needs more checks'}"
        case enterprises.StageReached():
            return f"stage: {event.stage}"
        case enterprises.MilestoneRecorded():
            return f"milestone: {event.kind}"
        case enterprises.SupportGiven():
            return f"support from {event.by}: {event.kind}, {count(event.minutes, 'minute', 'minutes')}"
        case enterprises.ActivityReported():
            return f"report: {_reported(event)}"
        case enterprises.CapacityUpdated():
            return f"could support {count(event.can_take, 'more person', 'more people')}"
        case enterprises.ListingVerified():
            return "listing verified"
        case enterprises.EnterprisePaused():
            return _why("paused", event.reason)
        case enterprises.EnterpriseResumed():
            return "went on"
        case enterprises.EnterpriseClosed():
            return _why("closed", event.reason)
        case enterprises.StoryShared():
            return f"story: {event.title}"
        case enterprises.StoryWithdrawn():
            return "story withdrawn"
        case _:
            return None


def _reported(event: enterprises.ActivityReported) -> str:
    parts = (
        (event.people_supported, "person", "people"),
        (event.hours_per_week, "hour a week", "hours a week"),
        (event.jobs, "job", "jobs"),
        (event.volunteers, "volunteer", "volunteers"),
    )
    said = [count(value, one, many) for value, one, many in parts if value is not None]
    if event.hourly_rate is not None:
        said.append(f"£{event.hourly_rate:,.2f} an hour")
    return ", ".join(said)


def _keeping(event: Event) -> str | None:
    match event:
        case training.SessionScheduled():
            return f"session: {event.course}, {in_words(event.takes_place)}, {count(event.places, 'place', 'places')}"
        case training.PlaceBooked():
            return f"{count(event.places, 'place', 'places')} booked"
        case training.TrainingCompleted():
            return f"training: {event.course}, {event.who}"
        case training.CompetenceObserved():
            return f"seen at work: {event.skill}, {event.who}"
        case quality.StandardsSigned():
            return f"standards signed: {event.version}"
        case quality.QualityCheckCompleted():
            return f"quality check: {event.result}"
        case quality.ConcernRaised():
            return f"concern raised: {event.kind}"
        case quality.ActionAgreed():
            return f"action agreed, due on {in_words(event.due)}"
        case quality.ActionCompleted():
            return "action completed"
        case renewals.RequirementsApplied():
            return f"must now hold: {', '.join(each.requirement for each in event.applies) or 'nothing'}"
        case renewals.RequirementWaived():
            until = f" until {in_words(event.until)}" if event.until else ""
            return f"waived{until}: {event.requirement} ({event.reason})"
        case renewals.EvidenceSubmitted():
            return f"evidence: {event.requirement}, {event.kind}"
        case renewals.EvidenceVerified():
            return "evidence found good"
        case renewals.EvidenceRejected():
            return f"evidence rejected: {event.reason}"
        case renewals.RequirementRenewed():
            until = f" until {in_words(event.valid_to)}" if event.valid_to else ""
            return f"renewed{until}: {event.requirement}"
        case _:
            return None


def _referral(event: Event) -> str | None:
    match event:
        case referrals.NeedRecorded():
            return f"need: {event.service}, {count(event.people, 'person', 'people')}, from {event.source}"
        case referrals.NeedShared():
            asked = count(len(event.enterprises), "enterprise", "enterprises") if event.enterprises else "all that fit"
            return f"shared with {asked}"
        case referrals.NeedResponded():
            return f"an enterprise answered: {event.answer}"
        case referrals.NeedClosed():
            return f"need closed: {event.reason}"
        case referrals.ReferralMade():
            return f"referral: {event.service}, by {event.referrer}"
        case referrals.ReferralAccepted():
            return "accepted"
        case referrals.ReferralDeclined():
            return f"declined: {event.reason}"
        case referrals.ReferralWithdrawn():
            return f"withdrawn: {event.reason}"
        case referrals.ReferralExpired():
            return "closed without an answer"
        case referrals.ContactMade():
            return "first contact made"
        case referrals.SupportStarted():
            hours = event.hours_per_week
            return f"support started, {count(hours, 'hour', 'hours')} a week" if hours else "support started"
        case referrals.SupportEnded():
            return _why(f"support {'completed' if event.outcome == 'completed' else 'ended early'}", event.reason)
        case _:
            return None


def _learning(event: Event) -> str | None:
    match event:
        case learning.LessonShared():
            return f"lesson shared: {event.title}"
        case learning.LessonRevised():
            return f"lesson revised: {event.title}"
        case learning.LessonRetired():
            return f"lesson retired: {event.reason}"
        case learning.BarrierRaised():
            return f"barrier: {event.title}"
        case learning.BarrierResolved():
            return "barrier resolved"
        case learning.PracticeSeen():
            return f"lesson read, from {place_name(event.from_area)}"
        case learning.PracticeTrialled():
            return f"tried out, as in {place_name(event.from_area)}"
        case learning.PracticeAdopted():
            return f"adopted, as in {place_name(event.from_area)}"
        case learning.PracticeAdapted():
            return f"adapted from {place_name(event.from_area)}: {event.change}"
        case learning.PracticeAbandoned():
            return f"given up: {event.why}"
        case _:
            return None


def _participation(event: Event) -> str | None:
    match event:
        case participation.FeedbackGiven():
            return f"feedback, for {event.owner} to answer"
        case participation.FeedbackAcknowledged():
            return "feedback answered"
        case participation.AgendaItemRaised():
            return f"agenda item of {event.by}: {event.title}"
        case participation.AgendaItemAnswered():
            return "agenda item answered"
        case _:
            return None


def _nudge(event: Event) -> str | None:
    match event:
        case nudges.NudgePlanned():
            what = f": {event.what}" if event.what else ""
            return f"reminder to {_TO[event.recipient_kind]} planned for {in_words(event.send_on)}{what}"
        case nudges.NudgeHeldOut():
            what = f": {event.what}" if event.what else ""
            return f"reminder to {_TO[event.recipient_kind]} left out for a trial{what}"
        case nudges.NudgeSent():
            return "reminder sent"
        case nudges.NudgeDelivered():
            return "reminder arrived"
        case nudges.NudgeFailed():
            return f"reminder not sent: {event.why}"
        case nudges.NudgeAddressReopened():
            return "the address of the reminder may be written to again"
        case nudges.NudgeSuppressed():
            return f"reminder not needed: {event.why}"
        case nudges.NudgeActedOn():
            return f"reminder answered: {event.how}"
        case nudges.NudgeEscalated():
            return "somebody else was reminded of the same"
        case nudges.NudgePreferenceSet():
            wanted = "all reminders" if event.optional else "only reminders it has to have"
            return f"wants {wanted} by {_BY[event.way]}, once a {event.every}, in {_IN[event.language]}"
        case nudges.NudgeAnswered():
            return f"told by a link in a reminder: {_SAYS[event.says]}"
        case nudges.NudgeAnswerSeen():
            return "what it told by its link was seen to"
        case _:
            return None


_SAYS: Mapping[str, str] = {"stopped": "it has stopped", "changed": "something has changed"}
_TO: Mapping[nudges.RecipientKind, str] = {
    "enterprise": "the enterprise",
    "catalyst": "the Catalyst",
    "lead": "the area lead",
    "commissioner": "the commissioner",
    "national": "the national team",
}
_BY: Mapping[nudges.Way, str] = {"email": "e-mail", "sms": "text message", "hub": "the hub's own pages alone"}
_IN: Mapping[nudges.Language, str] = {"en": "English", "cy": "Welsh"}


def _why(words: str, reason: str | None) -> str:
    return f"{words}: {reason}" if reason else words
