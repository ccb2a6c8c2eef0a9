"""What a rule is: when somebody is reminded of what. It says itself in a sentence, reads, decides and sends nothing."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from hashlib import sha256
from typing import Generic, Literal, LiteralString, TypeVar
from uuid import UUID

from msgspec import Struct

from events import civil
from events.areas import Nation
from events.nudges import AboutKind, RecipientKind

R = TypeVar("R")

KEPT_DAYS = 7
"""So many days after its day a reminder is still worth sending. One missed for longer is left out where one may do
without it; any other goes out late, see `Day.late`."""

LATE_DAYS = 90
"""So many days after its day it goes out late. What nobody saw to for longer stands among what waits on the home page:
a network that brings its history in is not told of ten years in one letter."""

MOST_HELD_OUT = 0.10


class Day(Struct, frozen=True):
    """A civil day somewhere. Which days are worked there decides when reminders go."""

    today: date
    nation: Nation | None
    late: bool = False
    """Whether what was missed is looked for."""

    def until(self, day: date) -> date:
        """The day itself or the last working day before it: for what has to be known in time."""
        return civil.working_day_until(day, self.nation)

    def from_(self, day: date) -> date:
        """The day itself or the first working day after it: for what is over."""
        return civil.working_day_from(day, self.nation)

    def after_working_days(self, day: date, count: int) -> date:
        return civil.after_working_days(day, count, self.nation)

    def latest(self, ladder: Iterable[tuple[int, date]]) -> tuple[int, date] | None:
        """Of steps and the days they go on, the last that has come, unless that was too long ago for now.

        Those missed before it are left out for good. It itself is told late, once its reason still stands.
        """
        come = [rung for rung in ladder if rung[1] <= self.today]
        last = max(come, key=lambda rung: (rung[1], rung[0]), default=None)
        return last if last and self.today - last[1] <= timedelta(LATE_DAYS if self.late else KEPT_DAYS) else None


class Wanted(Struct, frozen=True, kw_only=True):
    """A reminder that a rule asks for. Planned before, it is not planned again."""

    about: UUID
    """The stream of what it is about."""
    about_kind: AboutKind
    what: str = ""
    """Which thing of it, where there are several. It stands open in the ledger and names nobody."""
    due: date
    step: int
    on: date
    """The civil day on which it is to go out, today or before; the planner moves it to when people are written to."""
    to: RecipientKind
    recipient: UUID | None = None
    """The enterprise; of staff, one account, or everybody who holds the role in the area where none is given."""


class Standing(Struct, frozen=True, kw_only=True):
    """A reason that still stands, and the words of it: what `Rule.still` gives for each that does."""

    nth: int
    """Which of those asked about, counted from 1."""
    name: str
    """What people call the enterprise or whatever it is about."""
    detail: str
    """What else its sentence needs; may be empty."""


class Reminder(Struct, frozen=True, kw_only=True):
    """What a sentence is made of."""

    to: RecipientKind
    area: str
    name: str
    detail: str
    what: str
    due: date
    step: int
    today: date


class Trial(Struct, frozen=True, kw_only=True):
    """Some are left out by chance, so that it shows whether reminding the others helps. Declared before it begins."""

    name: str
    declared_on: date
    """The day it begins: what was reminded of before does not count."""
    ends_on: date
    """Its last day: from then on nobody is left out, and what comes after does not count."""
    share: float
    """Of what it is about, at most 0.10."""
    words: str
    """What is to be found out, in a sentence."""

    def __post_init__(self) -> None:
        if not 0 < self.share <= MOST_HELD_OUT:
            raise ValueError("a trial leaves out at most one in ten")
        if self.ends_on <= self.declared_on:
            raise ValueError("a trial ends after it began")

    def holds_out(self, about: UUID, *, on: date) -> bool:
        """Whether what is about this is left out: the same answer while it lasts, so a trial never changes its mind."""
        drawn = int.from_bytes(sha256(f"{self.name} {about}".encode()).digest()[:8]) / 2**64
        return self.declared_on <= on <= self.ends_on and drawn < self.share


Unit = Literal["days", "working days", "percent", "areas"]


class Outcome(Struct, frozen=True, kw_only=True):
    """What counts as having been done in time, by which it is told whether a rule works.

    The expressions are over `n`, one thing that was to be reminded of: its area, about, what, due, step and `send_on`.
    """

    words: str
    """As it follows on "done in time means:"."""
    done: LiteralString
    """Whether it was, by `n.by_then`."""
    by_then: LiteralString
    """The last day for it; until that is over, nothing is counted."""
    counts: LiteralString = "true"
    """Whether it counts at all."""

    @property
    def query(self) -> LiteralString:
        """How many by step, and of how many, as columns of `Counted`.

        Of what was planned from %(since)s to %(until)s in %(areas)s by %(rule)s, with %(today)s. What several people
        were told of counts once. All that was planned counts, also what was not sent as its reason was gone: held out
        or not, the same is compared. In a trial whoever was drawn counts once at each step, by the first time it came
        to that: an interval holds for so many who were drawn, and not for the habits of a few.
        """
        return f"""
with thing as (
    select area, about, what, due, step, held_out, min(send_on) as send_on from nudge
    where area = any (%(areas)s) and rule = %(rule)s and planned_on between %(since)s and %(until)s
      and (not held_out or trial = %(trial)s)
    group by area, about, what, due, step, held_out
),
nth as (
    select thing.*, row_number() over (partition by area, about, step order by send_on, due, what) as nth from thing
),
n as (select n.*, {self.by_then} as by_then from nth n where %(trial)s::text is null or nth = 1)
select n.step::integer as step, n.held_out, count(*)::integer as number,
       count(*) filter (where {self.done})::integer as in_time
from n
where n.by_then < %(today)s::date and {self.counts}
group by n.step, n.held_out
"""  # noqa: S608 - what is put together is of this code


class Counted(Struct, frozen=True, kw_only=True):
    step: int
    held_out: bool
    number: int
    in_time: int


class Rule(Struct, Generic[R], frozen=True, kw_only=True):
    """One rule. It is a file in this folder, and a line in `ALL`."""

    name: str
    version: int
    """Raised when it reminds of something else or in other words; recorded with each nudge."""
    sentence: str
    """What it does, for a person."""
    optional: bool
    """Whether one may choose to have none of these. Never so for safety, what the law asks, and referrals."""
    trial: Trial | None = None
    steps: tuple[int, ...]
    """Of its ladder, the earliest first."""
    early: tuple[int, ...] = ()
    """Those of its steps that only what takes long is told of."""
    row: type[R]
    """A struct whose fields are the columns of `query`; it has an `area`."""
    query: LiteralString
    """Reads from the work projection what may be due in %(areas)s, found by an index.

    %(today)s is the day; %(through)s the last day that is served today, later than it before days off. %(recent)s is
    the earliest day whose reminder is still worth sending; %(oldest)s is earlier by as many days as may pass until the
    next that is worked, for what goes out then. Both are long ago where what was missed is looked for. %(steps)s are
    the rule's. It leaves out by the table `nudge` what was planned before, so that nothing due costs next to nothing.
    """
    nudges: Callable[[R, Day], Iterable[Wanted]]
    """What is wanted of a row. Pure."""
    still: LiteralString
    """Which reasons still stand, read from the work projection, as columns of `Standing`.

    Of %(abouts)s, %(whats)s, %(dues)s and %(recipients)s, arrays with an element for each that is asked about, in
    %(area)s on %(today)s. A recipient may be null, where it is not known who it will be.
    """
    wide: bool = False
    """Whether a reason follows from more of its area than the stream it is about: then it waits until all is known."""
    says: Callable[[Reminder], str]
    """One short sentence for whoever is reminded, with its full stop."""
    outcome: Outcome | None = None
    unit: Unit = "days"
    """Of what its steps are numbers."""

    def __post_init__(self) -> None:
        if self.trial and not self.optional:
            raise ValueError("what everybody has to be told is never held out")
