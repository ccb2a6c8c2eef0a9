"""What the page on growth says. Templates only lay it out."""

from collections.abc import Sequence
from datetime import date
from math import exp
from urllib.parse import urlencode

from msgspec import Struct

from events.projections.picture import Point
from hub.look.drawing import curve_drawing
from hub.look.graphics import Expected
from hub.look.words import about, count, in_words, month, number
from hub.national.growth.model import SUBJECTS, BackTest, Growth, Parameters, Range, Score, Study, Subject
from hub.national.page import state


class Part(Struct, frozen=True, kw_only=True):
    """One thing the fitted curve says, as a term and what is said of it."""

    term: str
    words: str


class TestRow(Struct, frozen=True, kw_only=True):
    """One back-test in words."""

    made_on: date
    about: date
    forecast: str
    off: str
    held: str
    actual: float
    naive: str


class GrowthPage(Struct, frozen=True, kw_only=True):
    subject: Subject
    choices: list[Subject]
    on: date
    known: date
    today: date
    query: str
    """`of=…&on=…&known=…` of this page."""
    days: str
    """`on=…&known=…` of it."""
    state: str
    title: str
    """The finding."""
    lead: str
    why_not: str
    """Why there is no forecast; empty where there is one."""
    chart: str
    """What the chart shows, in a heading."""
    points: Sequence[Point]
    fitted: Sequence[Point]
    expected: Sequence[Expected]
    parts: list[Part]
    method: Sequence[str]
    verdict: str
    tests: list[TestRow]

    @property
    def half_years(self) -> list[Expected]:
        """What is expected, half a year apart."""
        return list(self.expected[5::6])

    @property
    def year_ends(self) -> list[tuple[Point, float | None]]:
        """The last point of each year of the past and the fitted curve there, latest first."""
        fitted = {point.day: round(point.value) for point in self.fitted}
        ends = {point.day.year: point for point in self.points}
        return [(point, fitted.get(point.day)) for _, point in sorted(ends.items(), reverse=True)]


def growth_page(study: Study, *, on: date, known: date, today: date) -> GrowthPage:
    """`on` and `known` are the days asked for; the study goes up to the earlier of them."""
    subject = SUBJECTS[study.of]
    days = urlencode({"on": on.isoformat(), "known": known.isoformat()})
    growth = study.growth if isinstance(study.growth, Growth) else None
    return GrowthPage(
        subject=subject,
        choices=list(SUBJECTS.values()),
        on=on,
        known=known,
        today=today,
        query=f"of={subject.name}&{days}",
        days=days,
        state=state(on=on, known=known, today=today),
        title=_title(study, subject),
        lead=_lead(study, growth, subject) if growth else "",
        why_not="" if isinstance(study.growth, Growth) else study.growth.why,
        chart=_chart(study, growth, subject),
        points=study.points,
        fitted=growth.fitted if growth else (),
        expected=growth.expected if growth else (),
        parts=_parts(growth, study, subject) if growth else [],
        method=_method(growth.curve) if growth else (),
        verdict=verdict(study.score),
        tests=[_row(test) for test in study.tests],
    )


def within(found: Range) -> str:
    return f"{about(found.low)} to {about(found.high)}"


def verdict(score: Score) -> str:
    """Whether such forecasts are worth anything, from how they did."""
    if not score.tests:
        return "No forecast of a year could be scored yet: in every earlier year it would have been refused."
    often = f"in {score.tests} back-tests, on average" if score.tests > 1 else "in one back-test"
    return (
        f"A year ahead it was off by {_share(score.off)}% {often}; “as many more as in the year before” was off by "
        f"{_share(score.naive_off)}%{'' if score.beats_naive else ', so do not rely on it'}. What happened lay within "
        f"the band in {score.held} of {score.tests}."
    )


def _share(off: float) -> str:
    return number(round(off, 1))


def _title(study: Study, subject: Subject) -> str:
    if not isinstance(study.growth, Growth):
        return f"No forecast of {subject.many}: {study.growth.title}"
    expected, now = study.growth.expected[11], study.points[-1].value
    more = round(expected.value - now)
    if not study.score.tests:
        return (
            f"About {about(expected.value)} {subject.many} expected by {month(expected.day)}: a forecast not tested yet"
        )
    if not study.relied_on:
        return f"A forecast of {subject.many} that did no better than a simple guess"
    if more < 1:
        return f"The number of {subject.many} has levelled off at {number(now)}"
    return f"About {about(expected.value)} {subject.many} expected by {month(expected.day)}"


def _lead(study: Study, growth: Growth, subject: Subject) -> str:
    now, expected = study.points[-1], growth.expected[11]
    chance = Range(value=expected.value, low=expected.low, high=expected.high)
    said = (
        f"There were {count(now.value, subject.one, subject.many)} on {in_words(now.day)}. A growth curve through the "
        f"past leads to about {about(expected.value)} by {in_words(expected.day)}"
    )
    if study.score.tests and not study.relied_on:
        return f"{said}. Do not rely on it: in earlier years “as many more as in the year before” came nearer."
    return f"{said}, with 8 chances in 10 of {within(chance)}." if chance.low < chance.high else f"{said}."


def _chart(study: Study, growth: Growth | None, subject: Subject) -> str:
    if not study.points:
        return ""
    now = study.points[-1]
    said = f"{count(now.value, subject.one, subject.many)} by {in_words(now.day)}"
    if growth and study.score.tests and not study.relied_on:
        return f"{said}, and where an unreliable curve leads"
    return f"{said}, about {about(growth.expected[-1].value)} by {month(growth.expected[-1].day)}" if growth else said


def _parts(growth: Growth, study: Study, subject: Subject) -> list[Part]:
    curve, heading, now = growth.curve, growth.curve.heading_for, study.points[-1].value
    half = f"Half of that was reached in {month(curve.half_on)}. " if curve.half_on else ""
    when = "at the beginning" if curve.fastest_on == curve.origin else f"in {month(curve.fastest_on)}"
    share = min(100 * now / heading.value, 100)
    parts = [
        Part(
            term=f"Heading for about {about(heading.value)} {subject.many}",
            words=f"If it goes on along the curve, with 8 chances in 10 of {within(heading)}. {half}"
            f"By now it is {'all but all' if share > 99.5 else f'{share:.0f}%'} of it. {subject.ceiling}",
        ),
        Part(
            term=f"Growth was fastest {when}",
            words="Since then each month has added less than the one before, apart from chance.",
        ),
    ]
    if curve.innovation is not None and curve.imitation is not None:
        words = (
            f"In a year {100 * curve.innovation:.2g} in 100 of those still to come start by themselves (Bass's p), and "
            f"those already there draw in others at {100 * curve.imitation:.0f} in 100 (Bass's q)."
        )
        if curve.imitation > 5 * curve.innovation:
            words += " On this curve nearly all growth is by example."
    else:
        words = (
            f"At first there were {number(exp(min(curve.rate, 9)))} times as many after a year, and growth slowed the "
            "nearer it came to its end. This curve takes all growth to be by example."
        )
    parts.append(Part(term="How it spreads", words=words))
    if curve.scatter >= 1.5:
        parts.append(
            Part(
                term="How unsteady it is",
                words=f"Months scatter {number(curve.scatter)} times as much as chance alone would have it, "
                "and the band is wider for it.",
            )
        )
    return parts


def _method(curve: Parameters) -> list[str]:
    better = (
        f" Here that is the {curve.shape} curve ("
        + ", ".join(f"{shape} {value:.1f}" for shape, value in curve.aicc.items())
        + "; smaller is better)."
    )
    return [
        "Two curves of growth are fitted to what each month added, by weighted least squares: Bass’s, in which some "
        "start by themselves and others follow (1969), and the logistic, in which all follow those there already "
        "(Verhulst, 1838). The one with the smaller Akaike criterion for small samples (AICc) is used." + better,
        "The band: 1,000 curves are drawn that might as well be the right one, from the covariance of what was "
        "fitted, and each goes on with as much scatter as the past has, by month, quarter, half-year or year, "
        "whichever is most. Eight in ten of them lie within the band. It knows of chance, not of decisions: new money, "
        "a new law or a new way of working is in no curve.",
        "There is no forecast when months or numbers are too few, when numbers fell, when growth has not clearly "
        "begun to slow, when no such curve comes near what was counted or the last year left it, when it leads beyond "
        "what there can be, or when the band is wider than half of what there is.",
        "What is recorded late is missing from the last weeks before the forecast, and so it was in the back-tests: "
        "each uses only what was known on its day.",
    ]


def _row(test: BackTest) -> TestRow:
    found = test.forecast
    return TestRow(
        made_on=test.made_on,
        about=test.about,
        forecast=f"{about(found.value)} ({within(found)})" if found else f"None: {test.refusal}",
        off=_percent(test.off),
        held=("Yes" if test.held else "No") if found else "",
        actual=test.actual,
        naive=f"{about(test.naive)} ({_percent(test.naive_off)})",
    )


def _percent(off: float | None) -> str:
    if off is None:
        return ""
    text = number(round(off, 1))
    return f"{text if off < 0.05 or text.startswith('−') else f'+{text}'}%"


def growth_drawing(page: GrowthPage, *, notice: str) -> str:
    """The chart to take along; of at least one point."""
    caption = f"{page.subject.label} at the end of each month."
    if page.expected:
        caption += " Solid: counted. Dotted: the fitted curve and where it leads. Pale: 8 chances in 10."
    return curve_drawing(
        page.points,
        title=page.chart,
        caption=caption,
        on=page.on,
        known=page.known,
        notice=notice,
        steps=page.subject.name == "areas",
        height=420,
        expected=page.expected,
        fitted=page.fitted,
    )
