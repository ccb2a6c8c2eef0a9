"""What people record about an area, as forms."""

from hub.areas import inputs, routes
from hub.forms.form import Field, Form

EVIDENCE = Field(name="evidence", label="What shows it?", hint="In a line, without naming anybody.")

FORMS: tuple[Form, ...] = (
    Form(
        name="condition",
        about="area",
        heading="Confirm a condition",
        lead="The area has what the approach needs.",
        input=inputs.ConditionInput,
        handler=routes.confirm_condition,
        fields=(Field(name="condition", label="Which condition is met?"), EVIDENCE),
    ),
    Form(
        name="condition-withdrawn",
        about="area",
        heading="Withdraw a condition",
        lead="It is no longer met.",
        input=inputs.ConditionWithdrawnInput,
        handler=routes.withdraw_condition,
        fields=(
            Field(name="condition", label="Which condition is no longer met?", choices="conditions met"),
            EVIDENCE,
        ),
    ),
    Form(
        name="risk",
        about="area",
        heading="Raise a risk",
        input=inputs.RiskInput,
        handler=routes.raise_risk,
        fields=(
            Field(name="risk", label="What could end the approach here?"),
            Field(name="owner", label="Who looks after it?", hint="The post, never a name."),
        ),
    ),
    Form(
        name="risk-mitigated",
        about="area",
        heading="Say what was done about a risk",
        input=inputs.RiskMitigatedInput,
        handler=routes.mitigate_risk,
        fields=(
            Field(name="risk", label="Which risk?", choices="open risks"),
            Field(name="action", label="What was done?", hint="In a line, without naming anybody."),
        ),
    ),
    Form(
        name="risk-closed",
        about="area",
        heading="Close a risk",
        input=inputs.RiskClosedInput,
        handler=routes.close_risk,
        fields=(Field(name="risk", label="Which risk is over?", choices="open risks"),),
    ),
    Form(
        name="catalyst",
        about="area",
        heading="Record a Catalyst’s appointment",
        lead="Their name is not part of it.",
        input=inputs.CatalystInput,
        handler=routes.appoint_catalyst,
        fields=(
            Field(name="post", label="What is the post called?", hint="To tell it from others, for example coast."),
            Field(name="employer", label="Who employs them?"),
            Field(name="starts", label="First day"),
            Field(name="ends", label="Last day"),
            Field(name="cost", label="Cost of the whole post, in pounds"),
            Field(name="locally_rooted", label="They are from here"),
        ),
    ),
    Form(
        name="catalyst-left",
        about="area",
        heading="Record that a Catalyst left",
        input=inputs.CatalystLeftInput,
        handler=routes.catalyst_left,
        fields=(Field(name="post", label="Which post?", choices="posts"), Field(name="reason", label="Why?")),
    ),
    Form(
        name="load-target",
        about="area",
        heading="Set a load target",
        input=inputs.LoadTargetInput,
        handler=routes.set_load_target,
        fields=(
            Field(name="enterprises", label="How many active enterprises can one Catalyst look after?"),
            Field(name="source", label="Who says so?"),
        ),
    ),
    Form(
        name="figure",
        about="area",
        heading="Record a published figure",
        input=inputs.FigureInput,
        handler=routes.publish_figure,
        fields=(
            Field(name="indicator", label="Which figure?", choices="indicators"),
            Field(name="value", label="Value"),
            Field(name="qualifier", label="How exact is it?"),
            Field(name="source", label="Who published it, and where?"),
        ),
    ),
    Form(
        name="boundary",
        about="area",
        heading="Record a change of the area’s code",
        input=inputs.BoundaryInput,
        handler=routes.change_boundary,
        fields=(
            Field(name="from_code", label="The code until then"),
            Field(name="to_code", label="The code from then on"),
        ),
    ),
    Form(
        name="join",
        about="area",
        heading="Record that the area joins",
        input=inputs.JoinInput,
        handler=routes.join,
        fields=(Field(name="focus", label="What does it set out to do?"),),
    ),
    Form(
        name="leave",
        about="area",
        heading="Record that the area leaves",
        input=inputs.LeaveInput,
        handler=routes.leave,
        fields=(Field(name="reason", label="Why?"),),
    ),
)
