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
"""So many days after its day a reminder is still worth sending; one missed for longer is left out."""

MOST_HELD_OUT = 0.10


class Day(Struct, frozen=True):
    """A civil day somewhere. Which days are worked there decides when reminders go."""

    today: date
    nation: Nation | None

    def until(self, day: date) -> date:
        """The day itself or the last working day before it: for what has to be known in time."""
        return civil.working_day_until(day, self.nation)

    def from_(self, day: date) -> date:
        """The day itself or the first working day after it: for what is over."""
        return civil.working_day_from(day, self.nation)

    def after_working_days(self, day: date, count: int) -> date:
        return civil.after_working_days(day, count, self.nation)

    def latest(self, ladder: Iterable[tuple[int, date]]) -> tuple[int, date] | None:
        """Of steps and the days they go on, the last that has come, unless that was too long ago.

        Those missed before it are left out for good.
        """
        come = [rung for rung in ladder if rung[1] <= self.today]
        last = max(come, key=lambda rung: (rung[1], rung[0]), default=None)
        return last if last and self.today - last[1] <= timedelta(KEPT_DAYS) else None


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
    share: float
    """Of what it is about, at most 0.10."""
    words: str
    """What is to be found out, in a sentence."""
    outcome: str
    """What counts as having worked, in a few words."""

    def __post_init__(self) -> None:
        if not 0 < self.share <= MOST_HELD_OUT:
            raise ValueError("a trial leaves out at most one in ten")

    def holds_out(self, about: UUID, *, on: date) -> bool:
        """Whether what is about this is left out: the same answer for ever, so a trial never changes its mind."""
        drawn = int.from_bytes(sha256(f"{self.name} {about}".encode()).digest()[:8]) / 2**64
        return on >= self.declared_on and drawn < self.share


Unit = Literal["days", "working days", "percent", "areas"]


class Outcome(Struct, frozen=True, kw_only=True):
    """What counts as having been done in time, by which it is told whether a rule works."""

    words: str
    """As it follows on "done in time means:"."""
    query: LiteralString
    """How many by step, and of how many, as columns of `Counted`; those whose time is not over yet are left out.

    Of the rule's nudges in %(areas)s that were planned from %(since)s on, with %(today)s. What several people were told
    of counts once. All that was planned counts, also what was not sent as its reason was gone: held out or not, the
    same is compared.
    """


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
    row: type[R]
    """A struct whose fields are the columns of `query`; it has an `area`."""
    query: LiteralString
    """Reads from the work projection what may be due in %(areas)s, found by an index.

    %(today)s is the day; %(through)s the last day that is served today, later than it before days off; %(kept)s is
    `KEPT_DAYS`. It leaves out by the table `nudge` what was planned before, so that nothing due costs next to nothing.
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
