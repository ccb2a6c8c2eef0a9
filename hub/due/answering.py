"""The forms by which an enterprise answers what a reminder asked: a referral, whether it can help, what it does."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from events.base import Refused, today
from events.ledger import Recorded
from events.referrals import NeedResponded, ReferralAccepted, ReferralDeclined
from hub.db import Decision, Hub
from hub.due import asked, page
from hub.due.asked import Asked, Kind
from hub.due.links import HEADERS, Link, check_form, find_link
from hub.due.recording import Form, Shown, act_on, back, record, texts
from hub.enterprise_state import at_work
from hub.enterprises.decide import may_report
from hub.enterprises.inputs import ActivityInput
from hub.referrals.decide import may_accept, may_decline, may_respond
from hub.referrals.inputs import AcceptInput, DeclineInput, ResponseInput

Said = AcceptInput | DeclineInput | ResponseInput | ActivityInput


@get("/referral", sync_to_thread=True)
def referral_form(hub: NamedDependency[Hub], token: FromPath[str], about: FromQuery[str] = "") -> Shown:
    return _form(hub, token, "referral", about)


@get("/need", sync_to_thread=True)
def need_form(hub: NamedDependency[Hub], token: FromPath[str], about: FromQuery[str] = "") -> Shown:
    return _form(hub, token, "need", about)


@get("/report", sync_to_thread=True)
def report_form(hub: NamedDependency[Hub], token: FromPath[str], about: FromQuery[str] = "") -> Shown:
    return _form(hub, token, "report", about)


@post("/referral", sync_to_thread=True, status_code=303)
def answer_referral(hub: NamedDependency[Hub], token: FromPath[str], data: Form) -> Shown:
    """Take on who was referred to the enterprise, or not, and why."""
    return _answer(hub, token, "referral", data)


@post("/need", sync_to_thread=True, status_code=303)
def answer_need(hub: NamedDependency[Hub], token: FromPath[str], data: Form) -> Shown:
    """Tell whether the enterprise can help somebody who looks for support."""
    return _answer(hub, token, "need", data)


@post("/report", sync_to_thread=True, status_code=303)
def answer_report(hub: NamedDependency[Hub], token: FromPath[str], data: Form) -> Shown:
    """Tell what the enterprise does now."""
    return _answer(hub, token, "report", data)


def _form(hub: Hub, token: str, kind: Kind, about: str) -> Shown:
    link = find_link(hub, token)
    if over := page.ended(hub, link):
        return over
    found = page.standing(hub, link)
    item = _open(found, kind, about)
    return _shown(hub, link, found, item, {}, {}) if item else _to_page(link)


def _answer(hub: Hub, token: str, kind: Kind, data: dict[str, Any]) -> Shown:
    link = find_link(hub, token)
    if over := page.ended(hub, link):
        return over
    fields = texts(data)
    check_form(hub, link, kind, fields.get("form"))
    found = page.standing(hub, link)
    item = _open(found, kind, fields.get("about", ""))
    if item is None:  # answered before, or nothing to answer any more: the page says so
        return _to_page(link)
    said, errors = _understood(link, item, fields)
    if said is None:
        return _shown(hub, link, found, item, fields, errors)
    try:
        appended = record(
            hub, link, item.about, kind, fields, msgspec.json.encode(said), _decided(hub, link, item, said, found)
        )
    except Refused:  # somebody else answered meanwhile: the page says so
        return _to_page(link)
    act_on(hub, link, "answered", of=(item.about, ""))
    return back(hub, link, kind, appended)


def _open(found: page.Standing, kind: Kind, about: str) -> Asked | None:
    """What the message asked about this, if an answer is still wanted. Of anything else, nothing is shown or told."""
    if found.closed:
        return None
    return next((e for e in found.asked if (e.kind, str(e.about)) == (kind, about) and not e.settled), None)


def _to_page(link: Link) -> Redirect:
    return Redirect(link.address, status_code=303, headers=HEADERS)


def _understood(link: Link, item: Asked, fields: Mapping[str, str]) -> tuple[Said | None, dict[str, str]]:
    match item.kind:
        case "referral":
            return asked.referral_answer(fields)
        case "need":
            return asked.need_answer(fields, enterprise=link.enterprise)
        case "report":
            return asked.report(fields, since=item.since, today=today())


def _decided(hub: Hub, link: Link, item: Asked, said: Said, found: page.Standing) -> Any:
    on = today()

    def decided(history: Sequence[Recorded]) -> Decision:
        match said:
            case AcceptInput():
                may_accept(said, history, on, named=lambda _: "somebody else")
                at_work(found.history, on)
                return ReferralAccepted(), on
            case DeclineInput():
                may_decline(said, history, on, named=lambda _: "somebody else")
                return ReferralDeclined(reason=said.reason), on
            case ResponseInput():
                may_respond(said, history, on)
                at_work(found.history, on)
                # sealed only now: nothing of what is refused is kept
                note = hub.seal(item.about, said.note) if said.note else None
                return NeedResponded(enterprise=link.enterprise, answer=said.answer, note=note), on
            case ActivityInput():
                may_report(said, history, on)
                return said.event(cast("Any", None)), on  # nothing of a report is sealed

    return decided


def _shown(
    hub: Hub, link: Link, found: page.Standing, item: Asked, fields: Mapping[str, str], errors: Mapping[str, str]
) -> Shown:
    return page.step(
        hub,
        link,
        found,
        item.kind,
        values=fields,
        errors=errors,
        item=item,
        reasons=asked.REASONS,
        answers=asked.HELP,
        numbers=asked.NUMBERS,
        most=asked.MOST_NOTE,
    )


ANSWERING = [referral_form, need_form, report_form, answer_referral, answer_need, answer_report]
