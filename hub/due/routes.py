"""The addresses behind a link in a reminder. GET shows; each form carries a value that only this link's forms have."""

from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, RawBody
from litestar.response import Redirect

from events import ledger
from events.base import NotFound, Refused, named_id, today
from events.ledger import Appended
from events.nudges import NudgeAnswered, NudgePreferenceSet
from events.renewals import EvidenceSubmitted
from hub.access.guard import PUBLIC
from hub.calendar.addresses import make_address
from hub.db import Decision, Hub
from hub.due import decide, page
from hub.due.answering import ANSWERING
from hub.due.decide import EVERY, KINDS, LANGUAGES, MOST_NOTE, WAYS
from hub.due.links import HEADERS, Link, check_form, find_link
from hub.due.recording import Form, Shown, act_on, back, form_key, record, texts
from hub.due.upload import MOST_BODY, kind_of, read_form
from hub.edges.limits import Limit
from hub.renewals.decide import dated, may_submit
from hub.renewals.inputs import EvidenceInput

LINKS = Limit(name="links", times=120, seconds=300)
"""By address, of whoever opens links without an account."""


@get("/", sync_to_thread=True)
def due_page(hub: NamedDependency[Hub], token: FromPath[str], done: FromQuery[str] = "") -> Response[bytes]:
    """What is due for the enterprise that the link was sent to."""
    link = find_link(hub, token)
    return page.ended(hub, link) or page.overview(hub, link, page.standing(hub, link), done=done)


# ---- renewed


@get("/renewed", sync_to_thread=True)
def renewed_form(hub: NamedDependency[Hub], token: FromPath[str], what: FromQuery[str] = "") -> Shown:
    link = find_link(hub, token)
    return page.ended(hub, link) or _renewed(hub, link, what, values={})


@post("/renewed", sync_to_thread=True, request_max_body_size=MOST_BODY, status_code=303)
def renewed(hub: NamedDependency[Hub], request: Request[Any, Any, State], token: FromPath[str], body: RawBody) -> Shown:
    """Take down that something is renewed, for a Catalyst to look at."""
    link = find_link(hub, token)
    if over := page.ended(hub, link):
        return over
    sent = read_form(request.headers.get("content-type", ""), body)
    check_form(hub, link, "renewed", sent.fields.get("form"))
    what = sent.fields.get("what", "")
    said, errors = decide.understood(sent.fields, requirement=what, file=sent.file)
    if said is None:
        return _renewed(hub, link, what, values=sent.fields, errors=errors)
    evidence = named_id("evidence by link", link.area, str(link.message), form_key(sent.fields))
    given = EvidenceInput(
        evidence=evidence,
        requirement=said.requirement,
        kind=said.kind,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        reference=said.reference,
    )
    file = sent.file if said.kind == "a certificate" else b""
    try:
        kind = kind_of(file) if file else ""
        appended = _submit(hub, link, given, file=file, kind=kind, key=form_key(sent.fields))
    except (Refused, NotFound) as refused:
        return _renewed(hub, link, what, values=sent.fields, errors={refused.field or "valid_from": str(refused)})
    act_on(hub, link, "renewed", of=(link.enterprise, what))
    return back(hub, link, "renewed", appended)


def _renewed(
    hub: Hub, link: Link, what: str, *, values: dict[str, str] | Any, errors: dict[str, str] | None = None
) -> Shown:
    found = page.standing(hub, link)
    item = found.item(what)
    if item is None:
        return Redirect(link.address, status_code=303, headers=HEADERS)
    rules = hub.renewals.by_word.get(what)
    own_day = rules.its_own_day if rules else None
    return page.step(hub, link, found, "renewed", values=values, errors=errors, item=item, kinds=KINDS, own_day=own_day)


_KEEP = """
insert into evidence_file (area, evidence, enterprise, kind, size, subject, box) values (%s, %s, %s, %s, %s, %s, %s)
on conflict (area, evidence) do nothing
"""


WITH_FILE = "sent as a file by the link in a reminder"


def _submit(hub: Hub, link: Link, said: EvidenceInput, *, file: bytes, kind: str, key: str) -> Appended:
    """Keep the file, sealed, and record that there is evidence. Raises what may not be told."""
    on = today()
    said.check(today=on)

    def decided(history: Any) -> Decision:
        may_submit(said, history, on)
        # with a file something is sealed in any case, so that whoever asks what is held, or erases it, finds both
        words = said.reference or (WITH_FILE if file else "")
        reference = hub.seal(link.enterprise, words) if words else None
        event = EvidenceSubmitted(
            evidence=said.evidence,
            requirement=said.requirement,
            kind=said.kind,
            valid_from=said.valid_from,
            valid_to=said.valid_to,
            reference=reference,
        )
        return dated(event, history, hub.renewals), on

    with hub.acting(link.who, "record", link.area) as connection:
        history = ledger.read_stream(connection, link.area, link.enterprise)
    again = any(isinstance(each.event, EvidenceSubmitted) and each.event.evidence == said.evidence for each in history)
    if not again:
        decided(history)  # so that nothing is kept of what is refused
        if file:
            sealed = hub.seal(link.enterprise, file)
            with hub.acting(link.who, "record", link.area) as connection:
                kept = [link.area, said.evidence, link.enterprise, kind, len(file), sealed.subject, sealed.box]
                connection.execute(_KEEP, kept)
    return hub.record(
        area=link.area,
        key=f"{link.message} {key}",
        request=b"renewed\n" + msgspec.json.encode(said),
        stream=link.enterprise,
        who=link.who,
        decide=decided,
    )


# ---- stopped, changed


@get("/stopped", sync_to_thread=True)
def stopped_form(hub: NamedDependency[Hub], token: FromPath[str]) -> Shown:
    return _answer_form(hub, token, "stopped")


@get("/changed", sync_to_thread=True)
def changed_form(hub: NamedDependency[Hub], token: FromPath[str]) -> Shown:
    return _answer_form(hub, token, "changed")


@post("/stopped", sync_to_thread=True, status_code=303)
def stopped(hub: NamedDependency[Hub], token: FromPath[str], data: Form) -> Shown:
    """Tell the Catalyst, who speaks with them before it is recorded that the enterprise closed."""
    return _answer(hub, token, "stopped", data)


@post("/changed", sync_to_thread=True, status_code=303)
def changed(hub: NamedDependency[Hub], token: FromPath[str], data: Form) -> Shown:
    return _answer(hub, token, "changed", data)


def _answer_form(hub: Hub, token: str, says: Any) -> Shown:
    link = find_link(hub, token)
    if over := page.ended(hub, link):
        return over
    found = page.standing(hub, link)
    if found.closed or (says == "stopped" and decide.open_stop(found.history)):
        return Redirect(link.address, status_code=303, headers=HEADERS)
    return page.step(hub, link, found, says, values={}, most=MOST_NOTE)


def _answer(hub: Hub, token: str, says: Any, data: dict[str, Any]) -> Shown:
    link = find_link(hub, token)
    if over := page.ended(hub, link):
        return over
    fields = texts(data)
    check_form(hub, link, says, fields.get("form"))
    note = fields.get("note", "").strip()
    if (wrong := _note_wrong(note, needed=says == "changed")) is not None:
        return page.step(
            hub, link, page.standing(hub, link), says, values=fields, errors={"note": wrong}, most=MOST_NOTE
        )
    on, answer = today(), named_id("answer by link", link.area, str(link.message), form_key(fields))

    def decided(history: Any) -> Decision:
        decide.may_answer(says, history, on)
        # sealed only now: nothing of what is refused is kept
        return NudgeAnswered(answer=answer, says=says, note=hub.seal(link.enterprise, note) if note else None), on

    try:
        appended = record(hub, link, link.enterprise, says, fields, note.encode(), decided)
    except Refused:  # said before, or closed: the page says so
        return Redirect(link.address, status_code=303, headers=HEADERS)
    act_on(hub, link, says, of=None)
    return back(hub, link, says, appended)


def _note_wrong(note: str, *, needed: bool) -> str | None:
    if needed and not note:
        return "Say what has changed."
    if len(note) > MOST_NOTE:
        return f"Say it in at most {MOST_NOTE} letters."
    return None


# ---- how to be reminded


@get("/reminders", sync_to_thread=True)
def reminders_form(hub: NamedDependency[Hub], token: FromPath[str]) -> Shown:
    link = find_link(hub, token)
    return page.ended(hub, link) or _reminders(hub, link)


@post("/reminders", sync_to_thread=True, status_code=303)
def reminders(hub: NamedDependency[Hub], token: FromPath[str], data: Form) -> Shown:
    """Take down how the enterprise wants to be reminded from now on."""
    link = find_link(hub, token)
    if over := page.ended(hub, link):
        return over
    fields = texts(data)
    check_form(hub, link, "reminders", fields.get("form"))
    try:
        chosen = msgspec.convert(
            {name: fields.get(name, "") for name in ("way", "language", "every")}
            | {"type": "nudge.preference_set", "optional": fields.get("optional") == "yes"},
            NudgePreferenceSet,
        )
    except msgspec.ValidationError:
        return _reminders(hub, link, errors={"way": "Choose one of each."})
    if chosen.way not in WAYS:
        return _reminders(hub, link, errors={"way": "Choose one of these."})
    if page.standing(hub, link).closed:
        return Redirect(link.address, status_code=303, headers=HEADERS)
    appended = record(
        hub, link, link.enterprise, "reminders", fields, msgspec.json.encode(chosen), lambda _: (chosen, today())
    )
    return back(hub, link, "reminders", appended)


def _reminders(hub: Hub, link: Link, *, errors: dict[str, str] | None = None) -> Response[bytes]:
    found = page.standing(hub, link)
    now = decide.chosen(found.history)
    return page.step(
        hub,
        link,
        found,
        "reminders",
        values={"way": now.way, "language": now.language, "every": now.every},
        errors=errors,
        optional=now.optional,
        choices=(
            ("way", "How", WAYS),
            ("every", "How often", EVERY),
            ("language", "In which language", LANGUAGES),
        ),
    )


@post("/calendar", sync_to_thread=True, status_code=303)
def calendar(hub: NamedDependency[Hub], token: FromPath[str], data: Form) -> Shown:
    """Make a secret address of the enterprise's calendar, in place of the one before."""
    link = find_link(hub, token)
    if over := page.ended(hub, link):
        return over
    check_form(hub, link, "calendar", data.get("form"))
    with hub.acting(link.who, "record", link.area) as connection:
        make_address(hub, connection, link.area, "enterprise", link.enterprise)
    return Redirect(f"{link.address}#calendar", status_code=303, headers=HEADERS)


DUE = Router(
    "/due/{token:str}",
    route_handlers=[
        due_page,
        renewed_form,
        renewed,
        stopped_form,
        stopped,
        changed_form,
        changed,
        reminders_form,
        reminders,
        calendar,
        *ANSWERING,
    ],
    include_in_schema=False,
    opt={"access": PUBLIC, "limit": LINKS},
)
