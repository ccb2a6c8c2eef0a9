"""Columns that several kinds of file have."""

from collections.abc import Iterator
from typing import get_args

from events.people import ConsentGiven, LawfulBasis
from hub.importing.areas import DAY
from hub.importing.table import Column, to_day

LINE = "a line of at most 120 characters"
NOTE = "text of at most 2000 characters, which is kept sealed"

OWN = Column(name="reference", expected="the area's own name or number for it, never used for another")

ENTERPRISE = Column(
    name="enterprise_reference",
    names="enterprise",
    expected="the id of the enterprise, as lists have it, or the reference under which it was imported",
)


def about_person(who: str, **more: str) -> Iterator[Column]:
    """Who it is about, `more` of them by the field that it goes into, and why that may be held: all of it sealed."""
    beside = f"beside {'an' if who[0] in 'aeiou' else 'a'} {who}_name"
    yield Column(name=f"{who}_name", field=f"{who}.name", needed=False, expected=LINE)
    for name, field in more.items():
        expected = f"text of at most 2000 characters, {beside}" if name == "wants" else f"{LINE}, {beside}"
        yield Column(name=f"{who}_{name}", field=field, needed=False, expected=expected)
    yield Column(
        name="lawful_basis",
        field=f"{who}.lawful_basis",
        needed=False,
        expected=f"why the {who}'s details may be held: {', '.join(get_args(LawfulBasis))}",
    )
    yield from consent(f"{who}.consent", when=", where the lawful_basis is consent")


def consent(field: str, *, when: str = "") -> Iterator[Column]:
    """That somebody agreed."""
    yield Column(name="consent_given_on", field=f"{field}.given_on", needed=False, read=to_day, expected=f"{DAY}{when}")
    yield Column(
        name="consent_given_how",
        field=f"{field}.how",
        needed=False,
        expected=f"{', '.join(get_args(ConsentGiven))}, beside a consent_given_on",
    )
    yield Column(
        name="consent_form_of_words",
        field=f"{field}.wording",
        needed=False,
        expected="the name of what they agreed to, such as A 2026-05, beside a consent_given_on",
    )
