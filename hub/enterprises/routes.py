"""What can be recorded about an enterprise."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from events.ledger import Recorded
from hub.access.guard import Needs
from hub.desk import AreaCode, Desk, Receipt, desk
from hub.enterprises import decide
from hub.enterprises.inputs import (
    ActivityInput,
    CapacityInput,
    CircumstancesInput,
    CloseInput,
    EnquiryInput,
    LegalFormInput,
    ListingInput,
    MilestoneInput,
    PauseInput,
    RegisterInput,
    ResumeInput,
    StageInput,
    StoryInput,
    StoryWithdrawnInput,
    SupportInput,
)


@post("/enquiry", sync_to_thread=True)
def receive_enquiry(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[EnquiryInput]
) -> Receipt:
    """Somebody has an idea. You choose its id, a UUID; if an enterprise comes of it, register it under the same one."""

    def may(said: EnquiryInput, history: Sequence[Recorded], _: date) -> None:
        desk.check_taking_part(area)
        decide.may_enquire(said, history)

    return desk.tell(area, enterprise, data, may)


@post("/", sync_to_thread=True)
def register(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[RegisterInput]
) -> Receipt:
    """An enterprise becomes part of the network. You choose its id, a UUID; all that happens to it later names it."""

    def may(said: RegisterInput, history: Sequence[Recorded], on: date) -> None:
        desk.check_taking_part(area)
        decide.may_register(said, history, on)

    return desk.tell(area, enterprise, data, may)


@post("/legal-form", sync_to_thread=True)
def change_legal_form(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[LegalFormInput]
) -> Receipt:
    """It is of another legal form from this day on."""
    return desk.tell(area, enterprise, data, decide.may_change_form)


@post("/circumstances", sync_to_thread=True)
def tell_circumstances(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[CircumstancesInput]
) -> Receipt:
    """What is so of it, such as that it employs people. It decides what the enterprise must hold."""
    return desk.tell(area, enterprise, data, decide.may_tell_circumstances)


@post("/stages", sync_to_thread=True)
def reach_stage(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[StageInput]
) -> Receipt:
    """It moves on to another stage of its life."""
    return desk.tell(area, enterprise, data, decide.may_reach)


@post("/milestones", sync_to_thread=True)
def record_milestone(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[MilestoneInput]
) -> Receipt:
    """Something worth telling was reached, such as the first customer. The note is kept under the enterprise's key."""
    return desk.tell(area, enterprise, data, decide.may_note)


@post("/support", sync_to_thread=True)
def give_support(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[SupportInput]
) -> Receipt:
    """Somebody helped it along, or somebody with an idea: how, and for how long."""
    return desk.tell(area, enterprise, data, decide.may_support)


@post("/activity", sync_to_thread=True)
def report_activity(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[ActivityInput]
) -> Receipt:
    """What it does now, what it asks and who pays. Leave out what is not known; that is not the same as 0."""
    return desk.tell(area, enterprise, data, decide.may_report)


@post("/capacity", sync_to_thread=True)
def tell_capacity(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[CapacityInput]
) -> Receipt:
    """How many more people it could support now."""
    return desk.tell(area, enterprise, data, decide.may_tell_capacity)


@post("/listing", sync_to_thread=True)
def verify_listing(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[ListingInput]
) -> Receipt:
    """What is said of it in public was checked with it, and is right."""
    return desk.tell(area, enterprise, data, decide.may_verify_listing)


@post("/pause", sync_to_thread=True)
def pause(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[PauseInput]
) -> Receipt:
    """It stops for a while. The note is kept under the enterprise's key."""
    return desk.tell(area, enterprise, data, decide.may_pause)


@post("/resume", sync_to_thread=True)
def resume(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[ResumeInput]
) -> Receipt:
    """It goes on after a pause."""
    return desk.tell(area, enterprise, data, decide.may_resume)


@post("/close", sync_to_thread=True)
def close(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[CloseInput]
) -> Receipt:
    """It ends, or an enquiry comes to nothing. The note is kept under the enterprise's key."""
    return desk.tell(area, enterprise, data, decide.may_close)


@post("/stories", sync_to_thread=True)
def share_story(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[StoryInput]
) -> Receipt:
    """A story is told in public, with consent. It stands open in the ledger for good."""
    return desk.tell(area, enterprise, data, decide.may_tell_story)


@post("/stories/withdrawn", sync_to_thread=True)
def withdraw_story(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[StoryWithdrawnInput]
) -> Receipt:
    """A story is shown no more."""
    return desk.tell(area, enterprise, data, decide.may_withdraw_story)


ENTERPRISES = Router(
    "/api/areas/{area:str}/enterprises/{enterprise:uuid}",
    route_handlers=[
        receive_enquiry,
        register,
        change_legal_form,
        tell_circumstances,
        reach_stage,
        record_milestone,
        give_support,
        report_activity,
        tell_capacity,
        verify_listing,
        pause,
        resume,
        close,
        share_story,
        withdraw_story,
    ],
    dependencies={"desk": Provide(desk, sync_to_thread=False)},
    opt={"access": Needs("record")},
    tags=["Enterprises"],
)
