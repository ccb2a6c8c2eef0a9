"""What people record about an enterprise, as forms."""

from hub.enterprises import inputs, routes
from hub.forms.form import Field, Form

NOTE = Field(
    name="note",
    label="Note",
    hint="Kept under lock: it can name people, and it can be destroyed. Others see only that there is a note.",
)

MILESTONES = (
    "first customer",
    "fifth customer",
    "tenth customer",
    "insurance in place",
    "checks complete",
    "first volunteer",
    "first employee",
    "one year of trading",
)

FORMS: tuple[Form, ...] = (
    Form(
        name="milestone",
        about="enterprise",
        heading="Record a milestone",
        input=inputs.MilestoneInput,
        handler=routes.record_milestone,
        fields=(
            Field(
                name="kind",
                label="What was reached?",
                hint="One tap records it for today. For a note or another day, fill those in first.",
                suggestions=MILESTONES,
                buttons=True,
            ),
            NOTE,
        ),
    ),
    Form(
        name="stage",
        about="enterprise",
        heading="Move to another stage",
        input=inputs.StageInput,
        handler=routes.reach_stage,
        fields=(Field(name="stage", label="Which stage has it reached?"),),
    ),
)
