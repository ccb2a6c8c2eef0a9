"""What people record about what an enterprise must hold, as forms."""

from hub.forms.form import Field, Form
from hub.forms.people import NOTE
from hub.renewals import inputs, routes

REQUIREMENT = Field(name="requirement", label="Which requirement?", choices="requirements")

VALID = (
    Field(name="valid_from", label="Valid from", hint="For example 3 May 2026."),
    Field(name="valid_to", label="Valid to", hint="The last day. Leave it empty for what the catalogue says."),
)

FORMS: tuple[Form, ...] = (
    Form(
        name="evidence",
        about="enterprise",
        heading="Record evidence",
        lead="Something that shows that a requirement is met. It counts once somebody has looked at it.",
        input=inputs.EvidenceInput,
        handler=routes.submit,
        fields=(
            Field(name="evidence", label="", fresh=True),
            REQUIREMENT,
            Field(name="kind", label="What is it?"),
            *VALID,
            Field(name="reference", label="Its number, or where it is", hint="Kept under lock."),
        ),
    ),
    Form(
        name="verified",
        about="enterprise",
        heading="Say that evidence is good",
        lead="You looked at it: the requirement is met for the days it gives.",
        input=inputs.VerifiedInput,
        handler=routes.verify,
        fields=(Field(name="evidence", label="Which evidence?", choices="evidence"),),
    ),
    Form(
        name="rejected",
        about="enterprise",
        heading="Reject evidence",
        input=inputs.RejectedInput,
        handler=routes.reject,
        fields=(
            Field(name="evidence", label="Which evidence?", choices="evidence"),
            Field(name="reason", label="What is wrong with it?"),
        ),
    ),
    Form(
        name="renewed",
        about="enterprise",
        heading="Record a renewal",
        lead="You have seen that it holds this again.",
        input=inputs.RenewedInput,
        handler=routes.renew,
        fields=(REQUIREMENT, *VALID),
    ),
    Form(
        name="waived",
        about="enterprise",
        heading="Waive a requirement",
        lead="A person decides this, never the hub. Your name stands with it.",
        input=inputs.WaiverInput,
        handler=routes.waive,
        fields=(
            REQUIREMENT,
            Field(name="reason", label="Why need it not hold this?"),
            Field(name="until", label="Until when?", hint="The last day. Leave it empty while the reason lasts."),
            NOTE,
        ),
    ),
)
