"""One page for every form: shown empty, shown with what is wrong, and what is said once it is recorded."""

import re
from collections.abc import Collection, Mapping
from itertools import groupby
from typing import Annotated, Any, Final, cast, get_args
from urllib.parse import urlencode
from uuid import UUID, uuid4

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery, PathParameter
from litestar.response import Redirect

from events import ledger
from events.access import Principal
from events.base import NotFound, Refused, in_words, named_id, today
from events.catalogue import CorrectionReason
from events.corrections import corrected
from events.ledger import CommandReused
from events.projections import engine
from events.vault import Erased
from hub.access.guard import Needs
from hub.access.web import WITH_SCRIPT
from hub.corrections.decide import sealed_fields
from hub.corrections.inputs import CorrectionInput
from hub.corrections.routes import INPUTS, put_right
from hub.db import Hub, notice
from hub.desk import AreaCode, Desk
from hub.errors import BadField
from hub.forms.catalogue import FORMS
from hub.forms.choices import with_choice_of_before, with_choices
from hub.forms.drafts import answered, is_key, under_a_key
from hub.forms.entries import Looked, event_of, form_of, look_at
from hub.forms.form import Form, Typed, asked, beside, left_empty, read, values
from hub.found import Found, find, the_area
from hub.look.page import render
from hub.telling import headline

WITH_DRAFTS: Final = {"Cache-Control": "no-store", "Content-Security-Policy": WITH_SCRIPT}
"""The page may keep what was typed until the hub has answered. It does all its work without that."""

SEEN_WITHIN: Final = 2.0
"""Seconds to wait until pages show what was just recorded."""

UNDONE: Final = "undone at once"

REASONS: Final = tuple(reason for reason in get_args(CorrectionReason) if reason != UNDONE)

TAKES_BACK: Final[Collection[CorrectionReason]] = ("entered twice", "did not happen")
"""The reasons for which there is nothing that the entry should have said."""

FormBody = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
Position = Annotated[int, PathParameter(ge=1, le=2**53)]


@get("/record/{form:str}", access=Needs("record"), sync_to_thread=True)
def show_form(
    request: Request[Any, Any, State],
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: AreaCode,
    form: FromPath[str],
    about: FromQuery[UUID | None] = None,
    key: FromQuery[str | None] = None,
) -> Response[bytes] | Redirect:
    """A form, filled in with what the link that leads here says."""
    found = _form(form)
    # what people type stays out of addresses, as it may be about somebody: links choose, and fill in days and numbers
    chosen = [each.field.name for each in asked(found) if each.shape not in ("line", "text")]
    names = {name for name in chosen if "." not in name}
    linked = {name: said for name, said in request.query_params.items() if name in names}
    target = _about(hub, who, found, area, about)
    if not is_key(key):
        return under_a_key(request)
    said = _said_before(hub, who, found, area, about) | linked
    return _page(hub, who, found, target, action=_again(found, area, about), values=said, key=key)


@post("/record/{form:str}", access=Needs("record"), any_text=True, sync_to_thread=True, status_code=200)
def record_form(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: AreaCode,
    form: FromPath[str],
    data: FormBody,
    about: FromQuery[UUID | None] = None,
) -> Response[bytes] | Redirect:
    """Record what was typed, once however often it is sent."""
    found = _form(form)
    sent, action = _key(data), _again(found, area, about)
    key = sent
    target = _about(hub, who, found, area, about)
    said, errors = read(found, data, key=key)
    if said is not None:
        desk = Desk(hub, action, who, key)
        try:
            receipt = found.record(desk, area, named_id(found.name, area, key) if found.begins else target.id, said)
        except (Refused, NotFound, BadField, Erased) as refused:
            errors = _beside(found, data, refused)
        except CommandReused:
            errors, key = beside(found, None, ALREADY_SENT), str(uuid4())
        else:
            _wait(hub, area, receipt.position)
            address = _after(hub, who, found, area, receipt.position, again=action)
            return answered(Redirect(address, status_code=303), sent)
    return answered(_page(hub, who, found, target, action=action, values=data, errors=errors, key=key), sent)


def _after(hub: Hub, who: Principal, form: Form, area: str, position: int, *, again: str) -> str:
    """Where somebody goes once it is recorded."""
    if form.to_its_page:
        about = look_at(hub, who, area, position).about
        if about.kind != "area":  # which it is while the projection has not seen it
            return f"{about.href}?recorded={position}"
    return f"/areas/{area}/recorded/{position}?{urlencode({'again': again})}"


ALREADY_SENT: Final = (
    "You sent this form before, saying something else, and that was recorded. Send it again to record this as well, "
    "or cancel and correct what was recorded."
)


@get("/recorded/{position:int}", access=Needs("read area"), sync_to_thread=True)
def recorded(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: AreaCode,
    position: Position,
    again: FromQuery[str | None] = None,
) -> Response[bytes]:
    """What was recorded, with a way to undo it and to go on."""
    return _recorded_page(hub, who, area, position, again=again or "")


@post(
    "/recorded/{position:int}/undo",
    access=Needs("record"),
    sync_to_thread=True,
    status_code=200,
)
def undo(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: AreaCode,
    position: Position,
    data: FormBody,
) -> Response[bytes] | Redirect:
    """Take an entry back, unless somebody corrected it since it was shown. Asked twice it is taken back once."""
    found = look_at(hub, who, area, position)
    again, seen = str(data.get("again", "")), str(data.get("seen", ""))
    if found.standing is not None:
        # an entry that was put back may be taken back again
        key = str(named_id("undo", area, str(position), seen))
        desk = Desk(hub, f"/areas/{area}/corrections", who, key)
        said = CorrectionInput(position=position, reason=UNDONE)
        try:
            receipt = put_right(desk, area, said, seen=int(seen) if re.fullmatch("[0-9]{1,16}", seen) else -1)
        except Refused as refused:
            return _recorded_page(hub, who, area, position, again=again, refused=str(refused))
        _wait(hub, area, receipt.position)
    return Redirect(f"/areas/{area}/recorded/{position}?{urlencode({'again': again})}", status_code=303)


def _recorded_page(
    hub: Hub, who: Principal, area: str, position: int, *, again: str, refused: str = ""
) -> Response[bytes]:
    found = look_at(hub, who, area, position)
    with hub.pool.connection() as connection:
        said = notice(connection)
    body = render(
        "forms/pages/recorded.html",
        who=who,
        notice=said,
        words=headline(found.shown.event),
        entry=found.shown,
        about=found.about,
        area_name=the_area(area).title,
        again=again if again.startswith(f"/areas/{area}/record/") else "",
        undone=found.standing is None,
        may_undo=found.standing is not None and type(found.entry.event) in INPUTS and who.may("record", area),
        seen=found.seen,
        refused=refused,
    )
    return Response(body, media_type=MediaType.HTML, status_code=422 if refused else 200, headers=WITH_DRAFTS)


@get("/recorded/{position:int}/correct", access=Needs("record"), sync_to_thread=True)
def show_correction(
    request: Request[Any, Any, State],
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: AreaCode,
    position: Position,
    key: FromQuery[str | None] = None,
) -> Response[bytes] | Redirect:
    """The form of an entry, filled in with what it says, to say what it should have said."""
    found = look_at(hub, who, area, position)
    form = form_of(found.entry)
    if not is_key(key):
        return under_a_key(request)
    said = values(form, found.shown.event) | {"on": in_words(found.shown.occurred_on)}
    return _page(hub, who, form, found.about, action=_here(area, position), values=said, key=key, corrects=found)


@post(
    "/recorded/{position:int}/correct",
    access=Needs("record"),
    any_text=True,
    sync_to_thread=True,
    status_code=200,
)
def record_correction(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: AreaCode,
    position: Position,
    data: FormBody,
) -> Response[bytes] | Redirect:
    """Record what an entry should have said, or that it is taken back: for some reasons there is nothing to say."""
    found = look_at(hub, who, area, position)
    form = form_of(found.entry)
    sent, before = _key(data), values(form, found.shown.event)
    key, reason = sent, cast("CorrectionReason", data.get("wrong"))
    withdrawn = reason in TAKES_BACK
    kept = left_empty(form, data, sealed_fields(type(found.entry.event)))
    said, errors = (None, {}) if withdrawn else read(form, data, key=key, before=before, kept=kept)
    if reason not in REASONS:
        errors = errors | {"wrong": "Choose what was wrong."}
    if not errors:
        desk = Desk(hub, f"/areas/{area}/corrections", who, key)
        plain = {name: held for name, held in msgspec.to_builtins(said).items() if held is not None} if said else None
        fixed = CorrectionInput(position=position, reason=reason, on=said.on if said else None, replacement=plain)
        try:
            receipt = put_right(desk, area, fixed, kept=kept)
        except (Refused, NotFound, BadField, Erased) as refused:
            errors = {"wrong": str(refused)} if withdrawn else _beside(form, data, refused)
        except CommandReused:
            errors, key = beside(form, None, ALREADY_SENT), str(uuid4())
        else:
            _wait(hub, area, receipt.position)
            return answered(Redirect(f"/areas/{area}/recorded/{position}", status_code=303), sent)
    # the button that takes it back sends nothing else
    typed = before | {"on": in_words(found.shown.occurred_on)} | data if withdrawn else data
    here = _here(area, position)
    return answered(
        _page(hub, who, form, found.about, action=here, values=typed, errors=errors, key=key, corrects=found), sent
    )


def _beside(form: Form, typed: Typed, refused: Refused | NotFound | BadField | Erased) -> dict[str, str]:
    """What was refused, beside its field. Of somebody erased that is what would have been sealed for them."""
    if not isinstance(refused, Erased):
        return beside(form, (refused.field or "").removeprefix("replacement."), str(refused))
    sealed = sealed_fields(event_of(form))
    return beside(form, min(sealed - left_empty(form, typed, sealed), default=None), str(refused))


def _form(name: str) -> Form:
    found = FORMS.get(name)
    if found is None:
        raise NotFound("There is no such form.")
    return found


def _key(data: Mapping[str, Any]) -> str:
    key = str(data.get("key", ""))
    if not is_key(key):
        raise BadField("key", "Open the form again and send it from there.")
    return key


def _said_before(hub: Hub, who: Principal, form: Form, area: str, about: UUID | None) -> dict[str, str | list[str]]:
    if not form.goes_on_from or about is None:
        return {}
    with hub.reading("work", who) as connection:
        told = corrected(ledger.read_stream(connection, area, about))
    last = next((each.event for each in reversed(told) if isinstance(each.event, form.goes_on_from)), None)
    return values(form, last) if last else {}


def _about(hub: Hub, who: Principal, form: Form, area: str, about: UUID | None) -> Found:
    if form.about == "area":
        return the_area(area)
    if about is None:
        raise NotFound("Open this form from the page of what it is about.")
    with hub.reading("work", who) as connection:
        return find(connection, form.about, about, area=area)


def _page(
    hub: Hub,
    who: Principal,
    form: Form,
    about: Found,
    *,
    action: str,
    values: Typed,
    errors: Mapping[str, str] | None = None,
    key: str,
    corrects: Looked | None = None,
) -> Response[bytes]:
    before = _before(form, corrects)
    sealed = sealed_fields(type(corrects.entry.event)) if corrects else ()
    with hub.reading("work", who.only("record")) as connection:
        fields = [with_choices(connection, each, about) for each in asked(form)]
        fields = [with_choice_of_before(each, before.get(each.field.name)) for each in fields]
        words = notice(connection)
    # what stays as it is need not be said again
    fields = [
        msgspec.structs.replace(each, needed=each.needed and each.field.name.partition(".")[0] not in sealed)
        for each in fields
    ]
    body = render(
        "forms/pages/form.html",
        who=who,
        notice=words,
        form=form,
        parts=[(words, list(part)) for words, part in groupby(fields, key=lambda each: each.field.opened_by)],
        filled={name for name, held in values.items() if held} | (errors or {}).keys(),
        values={"on": in_words(today())} | dict(values),
        errors=errors or {},
        about=about,
        action=action,
        key=key,
        draft_key=hub.draft_key(who),
        reasons=REASONS if corrects else (),
        may_take_back=corrects is not None and corrects.standing is not None,
    )
    return Response(body, media_type=MediaType.HTML, status_code=422 if errors else 200, headers=WITH_DRAFTS)


def _before(form: Form, corrects: Looked | None) -> Typed:
    return values(form, corrects.shown.event) if corrects else {}


def _again(form: Form, area: str, about: UUID | None) -> str:
    return f"/areas/{area}/record/{form.name}" + (f"?about={about}" if about else "")


def _here(area: str, position: int) -> str:
    return f"/areas/{area}/recorded/{position}/correct"


def _wait(hub: Hub, area: str, position: int) -> None:
    with hub.pool.connection() as connection:
        engine.wait(connection, "work", area, position, timeout=SEEN_WITHIN)


RECORDING = Router(
    "/areas/{area:str}",
    route_handlers=[show_form, record_form, recorded, undo, show_correction, record_correction],
    include_in_schema=False,
)
