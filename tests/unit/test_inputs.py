"""What may come in, and the sentence for what does not fit."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hub.areas.inputs import CatalystLeftInput, FigureInput, JoinInput, LeaveInput
from hub.corrections.inputs import CorrectionInput
from hub.enterprises.inputs import ActivityInput, CloseInput, MilestoneInput, PauseInput, RegisterInput
from hub.importing.kind import Entry, Unsealed
from hub.input import ConsentInput, Input, day, misfit

FITS: dict[str, Any] = {"name": "Bakery", "origin": "new", "legal_form": "CIC"}
CONSENT: dict[str, Any] = {"given_on": "2026-05-03", "how": "online"}


@pytest.mark.parametrize(
    ("kind", "said", "field", "sentence"),
    [
        (RegisterInput, FITS | {"sort": 1}, "sort", "There is no such field here. Take it out, or check its spelling."),
        (RegisterInput, {"origin": "new", "legal_form": "CIC"}, "name", "This is missing."),
        (RegisterInput, FITS | {"name": ""}, "name", "This is empty."),
        (RegisterInput, FITS | {"name": "x" * 121}, "name", "This is too long: at most 120 characters."),
        (RegisterInput, FITS | {"origin": "old"}, "origin", "This is not one of the choices."),
        (RegisterInput, FITS | {"owner": {"name": 1}}, "owner.name", "This must be text."),
        (RegisterInput, FITS | {"owner": {"name": "x", "age": 1}}, "owner.age", "There is no such field here."),
        (RegisterInput, FITS | {"services": "x"}, "services", "This must be a list."),
        (RegisterInput, FITS | {"services": ["x", 1]}, "services[1]", "This must be text."),
        (RegisterInput, FITS | {"on": 1}, "on", "This is not a date. Write it like 2026-05-03."),
        (RegisterInput, FITS | {"on": "3 May"}, "on", "This is not a date. Write it like 2026-05-03."),
        (ActivityInput, {"period_starts": "2026-01-01", "jobs": 1.5}, "jobs", "This must be a whole number."),
        (ActivityInput, {"period_starts": "2026-01-01", "jobs": "1"}, "jobs", "This must be a whole number."),
        (ActivityInput, {"period_starts": "2026-01-01", "jobs": -1}, "jobs", "a whole number of at least 0"),
        (ActivityInput, {"period_starts": "2026-01-01", "hours_per_week": 1e9}, "hours_per_week", "at most 100000"),
        (MilestoneInput, {"kind": "a\0b"}, "kind", "or holds a character that cannot be printed."),
        (MilestoneInput, {"kind": " \u2003 "}, "kind", "This is empty"),
        (FigureInput, {"indicator": "x", "value": "1", "qualifier": "exact", "source": "x"}, "value", "a number"),
        (JoinInput, {"focus": "a\nb"}, "focus", "cannot be printed"),
        (PauseInput, {"reason": "her mother is ill"}, "reason", "This is not one of the choices."),
        (CloseInput, {"reason": "her mother is ill"}, "reason", "This is not one of the choices."),
        (LeaveInput, {"reason": "x"}, "reason", "This is not one of the choices."),
        (CatalystLeftInput, {"post": "x", "reason": "ill"}, "reason", "This is not one of the choices."),
        (CorrectionInput, {"position": 1}, "reason", "This is missing."),
        (CorrectionInput, {"position": 1, "reason": "x"}, "reason", "This is not one of the choices."),
        (ConsentInput, CONSENT | {"wording": "Ann agreed"}, "wording", "Write it like A 2026-05."),
        (ConsentInput, CONSENT | {"wording": "A 2026-13"}, "wording", "Write it like A 2026-05."),
        (JoinInput, [], "", "This must be a group of named fields."),
    ],
)
def test_what_does_not_fit_is_said_by_field_in_plain_words(
    kind: type[Input], said: object, field: str, sentence: str
) -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(said, kind)
    found, words = misfit(error.value)
    assert found == field
    assert sentence in words
    assert words.endswith(".")
    assert "`" not in words


@pytest.mark.parametrize("name", ["", "A 2026-05", "ABC 2026-12"])
def test_a_form_of_words_is_named_and_not_told(name: str) -> None:
    assert msgspec.convert(CONSENT | {"wording": name}, ConsentInput).wording == name


@pytest.mark.parametrize("text", ["Siân’s ŵyn & 🧶", "3", "a b", "«", "Ó"])
def test_names_people_write_fit(text: str) -> None:
    assert msgspec.convert(FITS | {"name": text}, RegisterInput).name == text


def test_what_was_left_out_is_not_reported() -> None:
    said = msgspec.convert({"period_starts": "2026-01-01", "jobs": 0}, ActivityInput)
    assert (said.jobs, said.people_supported) == (0, None)


def test_an_event_carries_what_was_said_and_nothing_plain_about_a_person() -> None:
    said = msgspec.convert(FITS | {"owner": {"name": "Zebedee"}}, RegisterInput)
    entry = Entry(row=1, area="", key=(), command=UUID(int=1), request=b"", stream=UUID(int=1), said=said, on=date.min)
    assert "Zebedee" not in repr(said.event(Unsealed(entry)))


@pytest.mark.parametrize("text", ["2026-05-03", "3 May 2026", "3/5/2026", "03/05/2026", "3 may 2026"])
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    assert day(text) == date(2026, 5, 3)


@pytest.mark.parametrize("text", ["", "x", "2026-02-30", "31/31/2026", "2026-05-03T00:00", "٣ May 2026 x"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert day(text) is None


def test_a_registration_from_before_consent_was_asked_is_still_the_same_request() -> None:
    """Its digest is of these very bytes: with another, the same file imported again would be refused."""
    said = {"name": "Bakery", "origin": "new", "legal_form": "CIC", "owner": {"name": "Ann"}}
    assert msgspec.json.encode(msgspec.convert(said, RegisterInput)) == (
        b'{"on":null,"name":"Bakery","origin":"new","legal_form":"CIC","services":[],'
        b'"owner":{"name":"Ann","email":"","phone":""}}'
    )
