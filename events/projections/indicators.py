"""What the network is judged by."""

from typing import Final

from msgspec import Struct


class Indicator(Struct, frozen=True, kw_only=True):
    """One figure the network is judged by."""

    name: str
    label: str
    unit: str
    """What is counted, in the plural: "enterprises"."""
    meaning: str
    """One sentence: what it counts and what it leaves out."""
    reported: bool = False
    """True when it is the sum of enterprises' latest reports; an area without a current one has not reported."""


INDICATORS: Final[dict[str, Indicator]] = {
    each.name: each
    for each in (
        Indicator(
            name="areas",
            label="Areas taking part",
            unit="areas",
            meaning="Areas that have joined the network and not left it.",
        ),
        Indicator(
            name="enterprises",
            label="Enterprises supported",
            unit="enterprises",
            meaning="Enterprises registered so far, new and established, whether or not they still trade.",
        ),
        Indicator(
            name="enterprises_new",
            label="New enterprises",
            unit="enterprises",
            meaning="Enterprises that did not exist before an area helped them start.",
        ),
        Indicator(
            name="enterprises_established",
            label="Established enterprises",
            unit="enterprises",
            meaning="Enterprises that were already running when an area began to help them.",
        ),
        Indicator(
            name="active",
            label="Active now",
            unit="enterprises",
            meaning="Enterprises registered and neither paused nor closed.",
        ),
        Indicator(
            name="people_supported",
            label="People supported",
            unit="people",
            meaning="The sum of each enterprise's latest report. Somebody helped by two enterprises counts twice.",
            reported=True,
        ),
        Indicator(
            name="jobs",
            label="Jobs",
            unit="jobs",
            meaning="People earning an income, from each enterprise's latest report.",
            reported=True,
        ),
        Indicator(
            name="volunteers",
            label="Volunteering",
            unit="volunteering places",
            meaning="People who give their time, from each enterprise's latest report.",
            reported=True,
        ),
        Indicator(
            name="hours_per_week",
            label="Hours of support a week",
            unit="hours",
            meaning="Hours of care and support in a week, from each enterprise's latest report.",
            reported=True,
        ),
        Indicator(
            name="milestones",
            label="Milestones",
            unit="milestones",
            meaning="Milestones recorded so far.",
        ),
        Indicator(
            name="catalysts",
            label="Catalysts in post",
            unit="Catalysts",
            meaning="Posts whose time has begun and not ended, and whose Catalyst has not left.",
        ),
        Indicator(
            name="conditions_met",
            label="Conditions met",
            unit="conditions",
            meaning="Of the six conditions an area needs, those confirmed and not withdrawn. People confirm them.",
        ),
        Indicator(
            name="conditions_withdrawn",
            label="Conditions withdrawn",
            unit="conditions",
            meaning="Conditions that were met once and were then said to be met no longer.",
        ),
        Indicator(
            name="risks",
            label="Risks open",
            unit="risks",
            meaning="Risks to an area that somebody raised and nobody closed, also those that something is done about.",
        ),
        Indicator(
            name="risks_mitigated",
            label="Open risks that something is done about",
            unit="risks",
            meaning="Open risks for which an action is recorded.",
        ),
        Indicator(
            name="trainings",
            label="Courses completed",
            unit="courses",
            meaning="Courses that people of enterprises completed so far.",
        ),
        Indicator(
            name="checks",
            label="Quality checks",
            unit="checks",
            meaning="Quality checks completed so far, whatever they found.",
        ),
        Indicator(
            name="requirements",
            label="Requirements that apply",
            unit="requirements",
            meaning="What active enterprises have to hold, each counted for each enterprise.",
        ),
        Indicator(
            name="requirements_valid",
            label="Requirements in date",
            unit="requirements",
            meaning="Of what active enterprises have to hold, what they hold, and what somebody waived.",
        ),
        Indicator(
            name="renewals_due",
            label="Renewals that fell due",
            unit="renewals",
            meaning="Times that something an active enterprise had to hold came to its last day.",
        ),
        Indicator(
            name="renewals_on_time",
            label="Renewed on time",
            unit="renewals",
            meaning="Of the renewals that fell due, those where what came after began no later than the day after.",
        ),
        Indicator(
            name="referrals",
            label="Referrals",
            unit="referrals",
            meaning="Referrals of a person to an enterprise so far.",
        ),
        Indicator(
            name="answers",
            label="Referrals answered",
            unit="referrals",
            meaning="Referrals that an enterprise accepted or declined.",
        ),
        Indicator(
            name="acceptances",
            label="Referrals accepted",
            unit="referrals",
            meaning="Referrals that an enterprise accepted.",
        ),
        Indicator(
            name="starts",
            label="Support started",
            unit="people",
            meaning="Referrals after which support started.",
        ),
        Indicator(
            name="waiting",
            label="People waiting",
            unit="people",
            meaning="People with a need or a referral for whom support has not started, since they began to wait.",
        ),
        Indicator(
            name="waiting_long",
            label="People waiting for more than a year",
            unit="people",
            meaning="Of the people waiting, those who have waited for more than 365 days.",
        ),
        Indicator(
            name="lessons",
            label="Lessons shared",
            unit="lessons",
            meaning="Lessons that areas shared and did not retire.",
        ),
        Indicator(
            name="trials",
            label="Practices on trial",
            unit="practices",
            meaning="Practices from a lesson that an area tries, neither adopted nor given up yet.",
        ),
        Indicator(
            name="adoptions",
            label="Practices adopted",
            unit="practices",
            meaning="Practices from a lesson that an area adopted, as they were or changed, and did not give up.",
        ),
        Indicator(
            name="barriers",
            label="Barriers open",
            unit="barriers",
            meaning="Barriers that an area or one of its enterprises raised and that nothing resolved yet.",
        ),
    )
}
