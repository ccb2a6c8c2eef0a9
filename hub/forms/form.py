"""A form: what it asks for, and how what somebody typed becomes the input that the API takes."""

import re
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from events.base import Event, in_words, named_id
from hub.desk import Desk, Receipt
from hub.input import Input, day, misfit

About = Literal["area", "enterprise", "session", "need", "referral", "lesson", "barrier", "feedback", "agenda item"]
"""What something can be recorded of."""

Shape = Literal["line", "text", "day", "number", "one", "some", "yes", "hidden"]

Choice = tuple[str, str]
"""What is sent, and what people read."""

Typed = Mapping[str, str | list[str]]
"""What came in from a browser, by the name of the field."""

FEW = 7
"""So many choices are shown one below the other; more of them in a list to open."""

NOT_A_DAY = "This is not a date. Write it like 3 May 2026 or 3/5/2026."


class Field(Struct, frozen=True, kw_only=True):
    name: str
    """Of the input's field; `owner.name` for one inside another."""
    label: str
    hint: str = ""
    suggestions: tuple[str, ...] = ()
    """Words to choose from where any may be typed."""
    buttons: bool = False
    """Whether each choice sends the form by itself: one tap."""
    choices: str = ""
    """The word in `hub.forms.choices` of a query for what there is to choose from, which the input cannot know."""
    hidden: bool = False
    """Filled in by the link that leads here."""
    fresh: bool = False
    """A new id, which is the same however often the form is sent."""
    opened_by: str = ""
    """The words that open it, together with its neighbours of the same words, where few forms have them filled in."""


ON = Field(name="on", label="When did it happen?", hint="Today, unless you change it. For example 3 May 2026.")


class Form(Struct, frozen=True, kw_only=True):
    name: str
    """Its word in addresses."""
    about: About
    heading: str
    """"Record a milestone"; also the words of links to it."""
    input: type[Input]
    handler: HTTPRouteHandler
    """The address of the API that records the same: what it does is done here."""
    fields: tuple[Field, ...]
    lead: str = ""
    """A sentence below the heading."""
    begins: bool = False
    """Whether it makes something new, under an id of its own: a need, a lesson, an enterprise."""
    on: Field | None = ON
    button: str = "Record"
    goes_on_from: tuple[type[Event], ...] = ()
    """The form is filled in with what the last of these says: it is told anew as a whole."""
    to_its_page: bool = False
    """Whether the page of what it is about comes next, as it has something to say at once; it is told `recorded`."""

    @property
    def asked(self) -> tuple[Field, ...]:
        return (*self.fields, self.on) if self.on else self.fields

    def record(self, desk: Desk, area: str, id: UUID | None, said: Input) -> Receipt:
        """Do what the API does. `id` is that of what it is about, or of what it begins; an area's own has none."""
        function = cast("Callable[..., Receipt]", self.handler.fn)
        return function(desk, area, said) if id is None else function(desk, area, id, said)


class Asked(Struct, frozen=True, kw_only=True):
    """What there is to know about a field to show it and to read it."""

    field: Field
    type: Any
    shape: Shape
    options: tuple[Choice, ...]
    needed: bool
    most: int | None
    """Letters at most."""
    empty: str = ""
    """What to say where there is nothing to choose from."""


def asked(form: Form) -> list[Asked]:
    return [_asked(form.input, field) for field in form.asked]


def _asked(input: type[Struct], field: Field) -> Asked:
    hint, needed = _type_of(input, field.name.split("."))
    parts = [part for part in _union(hint) if part not in (types.NoneType, msgspec.UnsetType)]
    shape, options, most = _shape(parts[0])
    if field.hidden or field.fresh:
        shape = "hidden"
    if field.choices and shape == "line":
        shape = "one"
    words = tuple((each, sentence(each)) for each in options or field.suggestions)
    return Asked(field=field, type=hint, shape=shape, options=words, needed=needed, most=most)


def sentence(words: str) -> str:
    """With a capital at the beginning."""
    return words[:1].upper() + words[1:]


def _type_of(input: type[Struct], path: Sequence[str]) -> tuple[Any, bool]:
    """The type of a field of a struct, or of one inside it, and whether it has to be given."""
    first, *rest = path
    field = next(each for each in msgspec.structs.fields(input) if each.encode_name == first)
    hint = get_type_hints(input, include_extras=True)[field.name]
    if not rest:
        return hint, field.required
    inner = next(part for part in _union(hint) if isinstance(part, type) and issubclass(part, Struct))
    return _type_of(inner, rest)[0], False


def _union(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _shape(hint: Any) -> tuple[Shape, tuple[str, ...], int | None]:
    most = None
    while get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        most = next((note.max_length for note in notes if isinstance(note, Meta) and note.max_length), most)
    if get_origin(hint) is Literal:
        return "one", get_args(hint), None
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return "some", _shape(inner)[1], None
    if hint is date:
        return "day", (), None
    if hint in (int, float):
        return "number", (), None
    if hint is bool:
        return "yes", (), None
    return ("text" if most and most > 300 else "line"), (), most


KEPT = "kept"
"""Stands in the input for what must be said and stays as it was, sealed."""


def read(
    form: Form, typed: Typed, *, key: str, before: Typed | None = None, kept: Collection[str] = ()
) -> tuple[Input | None, dict[str, str]]:
    """The input that was typed, or what is wrong with each field of it. `key` tells this filling in from others.

    `before` is what was said before in an entry that this corrects: it keeps its ids. `kept` names fields of the input
    that are not asked, as they stay as they are.
    """
    said: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for each in asked(form):
        name = each.field.name
        if name.partition(".")[0] in kept:
            if each.needed:
                said[name] = KEPT
            continue
        try:
            if each.field.fresh:
                found = (before or {}).get(name) or str(named_id(form.name, name, key))
            else:
                found = _read(each, typed.get(name, ""))
            if found is None:
                if each.needed:
                    errors[name] = _missing(each)
                continue
            msgspec.convert(found, each.type, strict=False)
        except ValueError as error:
            errors[name] = misfit(error)[1] if isinstance(error, msgspec.ValidationError) else str(error)
            continue
        within = said
        *groups, last = name.split(".")
        for group in groups:
            within = within.setdefault(group, {})
        within[last] = found
    if errors:
        return None, errors
    try:
        return msgspec.convert(said, form.input, strict=False), {}
    except msgspec.ValidationError as error:
        field, sentence = misfit(error)
        return None, {_shown(form, field): sentence}


def _shown(form: Form, field: str) -> str:
    """The field of the form that an error is told beside."""
    names = [each.name for each in form.asked]
    return next((name for name in names if name == field or name.startswith(f"{field}.")), names[0])


def beside(form: Form, field: str | None, sentence: str) -> dict[str, str]:
    """A refusal, told beside the field it is about or else at the first one."""
    return {_shown(form, field or ""): sentence}


def left_empty(form: Form, typed: Typed, names: Collection[str]) -> frozenset[str]:
    """Those of these fields of the input of which nothing was typed."""
    given = {each.field.name.partition(".")[0] for each in asked(form) if _texts(each, typed.get(each.field.name, ""))}
    return frozenset(names) - given


def _missing(each: Asked) -> str:
    if each.shape in ("one", "some"):
        return f"Choose one: {each.field.label}"
    return f"This is missing: {each.field.label}"


def _read(each: Asked, typed: str | list[str]) -> object:
    """What was typed in the form that the input wants it in; None for nothing."""
    given = _texts(each, typed)
    if each.shape == "some":
        # what is chosen in boxes comes one by one, what is typed in one line is separated by commas
        chosen = given if each.options else [part.strip() for text in given for part in text.split(",")]
        found = [part for part in chosen if part]
        return found if found or each.needed else None
    if each.shape == "yes":
        return bool(given)
    if not given:
        return None
    text = given[-1]
    if _is_day(each):
        found = day(text)
        if found is None:
            raise ValueError(NOT_A_DAY)
        return found.isoformat()
    return _number(text) if each.shape == "number" else text


def _texts(each: Asked, typed: str | list[str]) -> list[str]:
    """What was typed or chosen, without what word processors leave in it: other ends of lines, tabs where none can be.

    NUL stays, as there is no telling what it stood for: it is refused.
    """
    end = "\n" if each.shape == "text" else " "
    given = [text.replace("\r\n", "\n") for text in (typed if isinstance(typed, list) else [typed])]
    given = [(_OTHER_ENDS if each.shape == "text" else _CONTROLS).sub(end, text).strip() for text in given]
    return [text for text in given if text]


_OTHER_ENDS = re.compile(r"[\x01-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROLS = re.compile(r"[\x01-\x1f\x7f-\x9f]")


def _number(text: str) -> str:
    """A number as the input wants it. Raises `ValueError` where a comma may stand for a point."""
    text = text.removeprefix("£").strip()
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        return text.replace(",", "")
    if re.fullmatch(r"\d+,\d+", text):
        raise ValueError(f"Write {text.replace(',', '.')} with a point.")
    return text


def _is_day(each: Asked) -> bool:
    return date in _union(each.type)


def values(form: Form, said: Struct) -> dict[str, str | list[str]]:
    """What the fields hold when the form shows what was said before."""
    plain = msgspec.to_builtins(said)
    found: dict[str, str | list[str]] = {}
    for each in asked(form):
        within: Any = plain
        for part in each.field.name.split("."):
            within = within.get(part) if isinstance(within, dict) else None
        if isinstance(within, list | tuple):
            found[each.field.name] = [str(item) for item in within]
        elif within is not None and not isinstance(within, dict):  # which is a sealed text: it stays closed
            found[each.field.name] = _as_typed(each, within)
    return found


def _as_typed(each: Asked, said: object) -> str:
    """What was said as somebody would type it."""
    if _is_day(each):
        return in_words(date.fromisoformat(str(said)))
    return str(int(said)) if isinstance(said, float) and said.is_integer() else str(said)
