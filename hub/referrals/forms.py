"""What people record about needs and referrals, as forms."""

import msgspec

from hub.forms.form import Field, Form
from hub.forms.people import why_held
from hub.referrals import inputs, routes

SINCE = "Their own first day of waiting, not the day you heard of it. For example 3 May 2026."

SERVICE = Field(
    name="service", label="What kind of support?", hint="A few words that name nobody, such as company or shopping."
)

PERSON = tuple(
    msgspec.structs.replace(each, opened_by="Say who it is, and how to reach them")
    for each in (
        Field(
            name="person.name",
            label="Name of the person",
            hint="If it is one person. Name, contact and wishes are kept under lock: each look is recorded, and they "
            "can be destroyed.",
        ),
        Field(name="person.contact", label="How to reach them, or whoever speaks for them"),
        Field(name="person.wants", label="What they would like, in their own words"),
        *why_held("person"),
    )
)

ENTERPRISE = Field(name="enterprise", label="Which enterprise?", choices="enterprises")

REFERRER = Field(name="referrer", label="Who refers them?")

FORMS: tuple[Form, ...] = (
    Form(
        name="need",
        about="area",
        heading="Record a need",
        lead="Something that people here lack. It begins a wait that everybody can follow to the day support starts.",
        input=inputs.NeedInput,
        handler=routes.record_need,
        begins=True,
        fields=(
            SERVICE,
            Field(name="waiting_since", label="Since when do they wait?", hint=SINCE),
            Field(name="source", label="How do you know?"),
            Field(name="people", label="How many people need it?", hint="One, unless you change it."),
            *PERSON,
        ),
    ),
    Form(
        name="need-shared",
        about="need",
        heading="Share a need with enterprises",
        lead="Record whom you asked whether they can help. The hub does not write to them.",
        input=inputs.ShareInput,
        handler=routes.share_need,
        fields=(
            Field(
                name="enterprises",
                label="Whom did you ask?",
                hint="Those that offer such a service come first. Tick none if you asked all of those.",
                choices="enterprises to ask",
            ),
            Field(name="message", label="What were they told?", hint="Kept under lock, with who waits."),
        ),
    ),
    Form(
        name="need-response",
        about="need",
        heading="Record an answer",
        lead="An enterprise may answer again. Its last answer counts.",
        input=inputs.ResponseInput,
        handler=routes.respond_to_need,
        fields=(
            Field(name="enterprise", label="Who answered?", choices="enterprises for need"),
            Field(name="answer", label="What did they say?"),
            Field(name="note", label="Note", hint="Kept under lock, with who waits."),
        ),
    ),
    Form(
        name="need-closed",
        about="need",
        heading="Close the need",
        lead="Nobody waits any more, though no support started. Withdraw an open referral first.",
        input=inputs.CloseNeedInput,
        handler=routes.close_need,
        button="Close the need",
        fields=(Field(name="reason", label="Why?"),),
    ),
    Form(
        name="referral",
        about="area",
        heading="Refer somebody to an enterprise",
        lead="One person to one enterprise. If you recorded their need, refer them from its page.",
        input=inputs.ReferralInput,
        handler=routes.make_referral,
        begins=True,
        button="Refer",
        fields=(
            Field(name="need", label="", hidden=True),
            Field(name="instead_of", label="", hidden=True),
            ENTERPRISE,
            SERVICE,
            Field(name="waiting_since", label="Since when do they wait?", hint=SINCE),
            REFERRER,
            *PERSON,
        ),
    ),
    Form(
        name="referral-for-need",
        about="need",
        heading="Refer to an enterprise",
        lead="What they need, since when they wait and who they are is as in the need.",
        input=inputs.ReferralInput,
        handler=routes.make_referral,
        begins=True,
        button="Refer",
        fields=(
            Field(name="need", label="", hidden=True),
            Field(name="enterprise", label="Which enterprise?", choices="enterprises for need"),
            REFERRER,
        ),
    ),
    Form(
        name="referral-again",
        about="referral",
        heading="Refer to another enterprise",
        lead="What they need, since when they wait and who they are is as in the referral that came to nothing.",
        input=inputs.ReferralInput,
        handler=routes.make_referral,
        begins=True,
        button="Refer",
        fields=(Field(name="instead_of", label="", hidden=True), ENTERPRISE, REFERRER),
    ),
    Form(
        name="accept",
        about="referral",
        heading="Record that it was accepted",
        lead="The enterprise will help.",
        input=inputs.AcceptInput,
        handler=routes.accept_referral,
        fields=(),
    ),
    Form(
        name="decline",
        about="referral",
        heading="Record that it was declined",
        lead="The enterprise cannot help.",
        input=inputs.DeclineInput,
        handler=routes.decline_referral,
        fields=(Field(name="reason", label="Why?"),),
    ),
    Form(
        name="withdraw",
        about="referral",
        heading="Withdraw the referral",
        lead="It is taken back before support starts.",
        input=inputs.WithdrawInput,
        handler=routes.withdraw_referral,
        fields=(Field(name="reason", label="Why?"),),
    ),
    Form(
        name="expire",
        about="referral",
        heading="Close it as unanswered",
        lead="Nobody answered in time. The person still waits, so refer them to somebody else.",
        input=inputs.ExpireInput,
        handler=routes.expire_referral,
        fields=(),
    ),
    Form(
        name="contact",
        about="referral",
        heading="Record the first contact",
        lead="The enterprise and the person spoke for the first time.",
        input=inputs.ContactInput,
        handler=routes.make_contact,
        fields=(),
    ),
    Form(
        name="support-started",
        about="referral",
        heading="Record that support started",
        lead="The wait ends on this day.",
        input=inputs.StartInput,
        handler=routes.start_support,
        fields=(Field(name="hours_per_week", label="Hours a week"),),
    ),
    Form(
        name="support-ended",
        about="referral",
        heading="Record that support ended",
        input=inputs.EndInput,
        handler=routes.end_support,
        fields=(
            Field(name="outcome", label="How did it end?"),
            Field(name="reason", label="Why?", hint="If it ended early."),
        ),
    ),
)
