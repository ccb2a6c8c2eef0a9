"""One page for every form: shown empty, shown with what is wrong, and what is said once it is recorded."""

from collections.abc import Mapping
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
from msgspec import Struct

from events import ledger
from events.access import Principal
from events.base import NotFound, Refused, in_words, named_id, today
from events.catalogue import CorrectionReason, EntryCorrected
from events.corrections import corrected
from events.ledger import CommandReused, Recorded
from events.projections import engine
from hub.access.guard import Needs
from hub.access.web import WITH_SCRIPT
from hub.corrections.inputs import CorrectionInput
from hub.corrections.routes import INPUTS, correct
from hub.db import Hub, notice
from hub.desk import AreaCode, Desk, Receipt
from hub.errors import BadField
from hub.forms.catalogue import FORMS
from hub.forms.choices import with_choice_of_before, with_choices
from hub.forms.drafts import answered, is_key, under_a_key
from hub.forms.form import Form, Typed, asked, beside, read, values
from hub.found import Found, find, found_by_stream, the_area
from hub.look.page import render
from hub.telling import headline

WITH_DRAFTS: Final = {"Cache-Control": "no-store", "Content-Security-Policy": WITH_SCRIPT}
"""The page may keep what was typed until the hub has answered. It does all its work without that."""

SEEN_WITHIN: Final = 2.0
"""Seconds to wait until pages show what was just recorded."""

REASONS: Final = get_args(CorrectionReason)

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


@post("/record/{form:str}", access=Needs("record"), sync_to_thread=True, status_code=200)
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
        except (Refused, NotFound, BadField) as refused:
            errors = beside(found, refused.field, str(refused))
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
        about = _entry(hub, who, area, position).about
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
    found = _entry(hub, who, area, position)
    shown = found.standing or found.entry
    with hub.pool.connection() as connection:
        said = notice(connection)
    body = render(
        "forms/pages/recorded.html",
        who=who,
        notice=said,
        words=headline(shown.event),
        entry=shown,
        about=found.about,
        area_name=the_area(area).title,
        again=again if again and again.startswith(f"/areas/{area}/record/") else "",
        undone=found.standing is None,
        may_undo=found.standing is not None and type(shown.event) in INPUTS and who.may("record", area),
    )
    return Response(body, media_type=MediaType.HTML, headers=WITH_DRAFTS)


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
) -> Redirect:
    """Take an entry back. Asked twice it is taken back once."""
    found = _entry(hub, who, area, position)
    if found.standing is not None:
        # an entry that was put back may be taken back again
        key = str(named_id("undo", area, str(position), str(found.told)))
        desk = Desk(hub, f"/areas/{area}/corrections", who, key)
        said = CorrectionInput(position=position, reason="undone at once")
        receipt = cast("Receipt", correct.fn(desk, area, said))
        _wait(hub, area, receipt.position)
    again = str(data.get("again", ""))
    return Redirect(f"/areas/{area}/recorded/{position}?{urlencode({'again': again})}", status_code=303)


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
    found = _entry(hub, who, area, position)
    form, shown = _form_of(found.entry), found.standing or found.entry
    if not is_key(key):
        return under_a_key(request)
    said = values(form, shown.event) | {"on": in_words(shown.occurred_on)}
    here = _here(area, position)
    return _page(hub, who, form, found.about, action=here, values=said, before=said, key=key, reasons=REASONS)


@post(
    "/recorded/{position:int}/correct",
    access=Needs("record"),
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
    found = _entry(hub, who, area, position)
    form = _form_of(found.entry)
    sent, before = _key(data), values(form, (found.standing or found.entry).event)
    key = sent
    said, errors = read(form, data, key=key, before=before)
    reason = cast("CorrectionReason", data.get("wrong"))
    if reason not in REASONS:
        errors = errors | {"wrong": "Choose what was wrong."}
    if said is not None and not errors:
        desk = Desk(hub, f"/areas/{area}/corrections", who, key)
        plain = {name: held for name, held in msgspec.to_builtins(said).items() if held is not None}
        fixed = CorrectionInput(position=position, reason=reason, on=said.on, replacement=plain)
        try:
            receipt = cast("Receipt", correct.fn(desk, area, fixed))
        except (Refused, NotFound, BadField) as refused:
            errors = beside(form, (refused.field or "").removeprefix("replacement."), str(refused))
        except CommandReused:
            errors, key = beside(form, None, ALREADY_SENT), str(uuid4())
        else:
            _wait(hub, area, receipt.position)
            return answered(Redirect(f"/areas/{area}/recorded/{position}", status_code=303), sent)
    page = _page(
        hub,
        who,
        form,
        found.about,
        action=_here(area, position),
        values=data,
        before=before,
        errors=errors,
        key=key,
        reasons=REASONS,
    )
    return answered(page, sent)


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


def _form_of(entry: Recorded) -> Form:
    """The form in which somebody said what an entry says."""
    input = INPUTS.get(type(entry.event))
    found = next((form for form in FORMS.values() if form.input is input), None)
    if found is None:
        raise Refused("This entry was made by the hub itself and follows from others. Correct those.")
    return found


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
    before: Typed | None = None,
    errors: Mapping[str, str] | None = None,
    key: str,
    reasons: tuple[str, ...] = (),
) -> Response[bytes]:
    with hub.reading("work", who.only("record")) as connection:
        fields = [with_choices(connection, each, about) for each in asked(form)]
        fields = [with_choice_of_before(each, (before or {}).get(each.field.name)) for each in fields]
        words = notice(connection)
    body = render(
        "forms/pages/form.html",
        who=who,
        notice=words,
        form=form,
        asked=fields,
        values={"on": in_words(today())} | dict(values),
        errors=errors or {},
        about=about,
        action=action,
        key=key,
        draft_key=hub.draft_key(who),
        reasons=reasons,
    )
    return Response(body, media_type=MediaType.HTML, status_code=422 if errors else 200, headers=WITH_DRAFTS)


class _Entry(Struct, frozen=True, kw_only=True):
    entry: Recorded
    standing: Recorded | None
    """As corrected; none if it was taken back."""
    about: Found
    told: int
    """How many events there are about the same."""


def _entry(hub: Hub, who: Principal, area: str, position: int) -> _Entry:
    with hub.reading("work", who) as connection:
        entry = next(iter(ledger.read_positions(connection, area, [position])), None)
        if entry is None or isinstance(entry.event, EntryCorrected):
            raise NotFound("There is no such entry here.")
        history = ledger.read_stream(connection, area, entry.stream)
        about = found_by_stream(connection, area, entry.stream)
    standing = next((each for each in corrected(history) if each.position == position), None)
    return _Entry(entry=entry, standing=standing, about=about, told=len(history))


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
