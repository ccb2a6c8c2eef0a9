"""The renewal catalogue: what an enterprise must hold, when, for how long and why. It is data, and has a version.

The hub brings one along; an operator may give another (`HUB_RENEWALS`). It decides what is asked of enterprises and
never what they hold: that stands in the ledger.
"""

import tomllib
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, cast

import msgspec
from msgspec import Meta, Struct

from events.areas import Nation
from events.base import CannotStart
from events.enterprises import Circumstance, LegalForm
from events.training import Skill

Basis = Literal["law", "insurer", "guidance", "local"]
Change = Literal["the legal form changes", "it begins or ceases to employ people"]

_LINE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*\Z"
Word = Annotated[str, Meta(max_length=120, pattern=_LINE)]
Sentence = Annotated[str, Meta(max_length=300, pattern=_LINE)]
Months = Annotated[int, Meta(ge=1, le=240)]
Rule = Annotated[str, Meta(pattern=r"^(once|[1-9][0-9]? [A-Z][a-z]+ each year)\Z")]
Days = Annotated[int, Meta(ge=0, le=366)]

_A_LEAP_YEAR = 2024


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a requirement applies: all of this has to be so. Nothing said applies always."""

    nations: tuple[Nation, ...] = ()
    """In which of these the area lies."""
    any_form: tuple[LegalForm, ...] = ()
    """Which of these legal forms it has."""
    all: tuple[Circumstance, ...] = ()
    """What has to be so of it."""
    any: tuple[Circumstance, ...] = ()
    """Of which at least one has to be so."""
    none: tuple[Circumstance, ...] = ()
    """Of which nothing may be so."""


class MetBy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What, once recorded of the enterprise, meets a requirement by itself. One of these."""

    course: Word | None = None
    """The owner completed it."""
    skill: Skill | None = None
    """The owner was seen to do it well."""
    entry: Literal["standards signed", "listing verified"] | None = None


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the catalogue."""

    word: Word
    """What the ledgers call it: never another thing under the same word."""
    title: Word
    because: Sentence
    """Why it applies, said of an enterprise that it applies to."""
    validity: Months | Rule
    """Months; "once" for what never ends; or a day such as "31 January each year"."""
    notice_days: Days
    """How long before its end it is time to renew it."""
    basis: Basis
    source: Sentence
    checked: bool
    """Whether what it asks for was seen in public material, or is from memory and waits for somebody to check it."""
    applies_when: When = When()
    its_own_day: Sentence | None = None
    """In words, where the end is another day for each enterprise and so has to be told. `validity` stands in for it."""
    runs_on_days: Days = 0
    """Renewed no earlier than this before its end, it runs on from that end; earlier, from the day it was renewed."""
    met_by: MetBy | None = None
    asked_again_when: tuple[Change, ...] = ()
    """What ends it before its day."""

    @property
    def months(self) -> int | None:
        return self.validity if isinstance(self.validity, int) else None

    def ends(self, starts: date, *, held_until: date | None = None) -> date | None:
        """The last day for which it holds from `starts` on, given until when it was held before; None for ever."""
        if self.validity == "once":
            return None
        if isinstance(self.validity, str):
            upcoming = _next(self.validity, starts)
            met = upcoming - starts <= timedelta(self.runs_on_days)
            return _next(self.validity, upcoming + timedelta(1)) if met else upcoming
        if held_until and timedelta(0) <= held_until - starts <= timedelta(self.runs_on_days):
            starts = held_until + timedelta(1)
        return _after(starts, self.validity)


class Catalogue(Struct, frozen=True, kw_only=True, dict=True):
    version: str
    requirements: tuple[Rules, ...]

    @cached_property
    def by_word(self) -> Mapping[str, Rules]:
        return {each.word: each for each in self.requirements}


def _after(starts: date, months: int) -> date:
    """The last of so many months: 12 from 1 June 2026 end on 31 May 2027, from 29 February 2024 on 28 February 2025."""
    year, month = divmod(starts.year * 12 + starts.month - 1 + months, 12)
    length = monthrange(year, month + 1)[1]
    if starts.day > length:
        return date(year, month + 1, length)
    return date(year, month + 1, starts.day) - timedelta(1)


def _next(rule: str, from_day: date) -> date:
    """The first day on or after `from_day` that the rule names. 29 February counts as the 28th in most years."""
    wanted = _day_of(rule)
    for year in (from_day.year, from_day.year + 1):
        found = date(year, wanted.month, min(wanted.day, monthrange(year, wanted.month)[1]))
        if found >= from_day:
            return found
    raise AssertionError("a year has every day")


def _day_of(rule: str) -> date:
    """The day of a rule, in some leap year. Raises `ValueError` if no month has it."""
    text = f"{rule.removesuffix(' each year')} {_A_LEAP_YEAR}"
    return datetime.strptime(text, "%d %B %Y").date()  # noqa: DTZ007 - a civil day has no time zone


# ---- reading it


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}\Z")]
    requirements: list[object]


def read_catalogue(path: Path | None) -> Catalogue:
    """The catalogue in an operator's file, or the hub's own.

    Raises `CannotStart` in a sentence that names the file, the requirement and the field that do not fit.
    """
    if path is None:
        text = files("events").joinpath("reference", "renewals.toml").read_text(encoding="utf-8")
        return parse_catalogue(text, name="The hub's own renewal catalogue")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CannotStart(f"HUB_RENEWALS names {path}, which cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CannotStart(f"HUB_RENEWALS names {path}, which does not hold plain text.") from error
    return parse_catalogue(text, name=f"The renewal catalogue {path} (HUB_RENEWALS)")


def parse_catalogue(text: str, *, name: str) -> Catalogue:
    try:
        whole = msgspec.convert(tomllib.loads(text), _File)
    except tomllib.TOMLDecodeError as error:
        raise CannotStart(f"{name} is not TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise CannotStart(f"{name} does not fit: {_misfit(error)}") from error
    found: dict[str, Rules] = {}
    for number, row in enumerate(whole.requirements, start=1):
        here = f"{name} does not fit in requirement {number}{_named(row)}"
        try:
            rules = msgspec.convert(row, Rules)
        except msgspec.ValidationError as error:
            raise CannotStart(f"{here}: {_misfit(error)}") from error
        if rules.word in found:
            raise CannotStart(f"{here}: field word: another requirement has it too.")
        if wrong := _wrong(rules):
            raise CannotStart(f"{here}: {wrong}")
        found[rules.word] = rules
    return Catalogue(version=whole.version, requirements=tuple(found.values()))


def _named(row: object) -> str:
    word = cast("dict[str, object]", row).get("word") if isinstance(row, dict) else None
    return f" (“{word}”)" if isinstance(word, str) else ""


def _misfit(error: msgspec.ValidationError) -> str:
    sentence, _, path = str(error).partition(" - at `")
    field = path.strip("`").removeprefix("$").lstrip(".")
    return f"field {field}: {sentence}." if field else f"{sentence}."


def _wrong(rules: Rules) -> str | None:
    """What is wrong between the fields of a row, or None."""
    when = rules.applies_when
    if isinstance(rules.validity, str) and rules.validity != "once":
        try:
            _day_of(rules.validity)
        except ValueError:
            return "field validity: there is no such day. Write it like 31 January each year."
    if rules.validity == "once" and (rules.notice_days or rules.runs_on_days):
        return "field notice_days: what never ends has no notice, so this and runs_on_days are 0."
    if rules.its_own_day and rules.months is None:
        return "field its_own_day: give validity in months beside it, for where the day was not told."
    if (rules.months or 12) < 12 and max(rules.notice_days, rules.runs_on_days) > (rules.months or 12) * 28:
        return "field notice_days: it is longer than the requirement holds."
    if set(when.none) & {*when.all, *when.any}:
        return "field applies_when: what it lists under none it asks for as well."
    if rules.met_by and sum(each is not None for each in msgspec.structs.astuple(rules.met_by)) != 1:
        return "field met_by: give one of course, skill and entry."
    return None
