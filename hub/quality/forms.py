"""What people record about quality, as forms."""

from hub.forms.form import Field, Form
from hub.forms.people import NOTE
from hub.quality import inputs, routes

FORMS: tuple[Form, ...] = (
    Form(
        name="quality-check",
        about="enterprise",
        heading="Record a quality check",
        input=inputs.QualityCheckInput,
        handler=routes.complete_check,
        fields=(
            Field(name="check", label="", fresh=True),
            Field(name="result", label="What came of it?"),
            Field(name="checklist", label="Which version of the list?", hint="For example 2026."),
            NOTE,
        ),
    ),
    Form(
        name="standards",
        about="enterprise",
        heading="Record that it signed the standards",
        input=inputs.StandardsInput,
        handler=routes.sign_standards,
        fields=(Field(name="version", label="Which standards?", hint="Their year, for example 2026."),),
    ),
    Form(
        name="concern",
        about="enterprise",
        heading="Raise a concern",
        lead="Only what kind it is. What happened does not belong here: tell the council of anything that may put "
        "somebody at risk, today.",
        input=inputs.ConcernInput,
        handler=routes.raise_concern,
        fields=(Field(name="concern", label="", fresh=True), Field(name="kind", label="What is it about?")),
    ),
    Form(
        name="action",
        about="enterprise",
        heading="Record an action agreed",
        input=inputs.ActionInput,
        handler=routes.agree_action,
        fields=(
            Field(name="action", label="", fresh=True),
            Field(name="what", label="What will it do?", hint="Kept under lock."),
            Field(name="due", label="By when?", hint="For example 3 May 2027."),
        ),
    ),
    Form(
        name="action-completed",
        about="enterprise",
        heading="Record that an action is done",
        input=inputs.ActionCompletedInput,
        handler=routes.complete_action,
        fields=(Field(name="action", label="Which action?", choices="open actions"),),
    ),
)
