"""What people record about feedback and agenda items, as forms."""

from hub.forms.form import Field, Form
from hub.participation import inputs, routes

OWNER = Field(name="owner", label="Who has to answer?", hint="They are reminded after 10 days.")

FORMS: tuple[Form, ...] = (
    Form(
        name="feedback",
        about="area",
        heading="Record feedback",
        lead="Their words are kept under lock. Others see only that there is feedback, and whether it was answered.",
        input=inputs.FeedbackInput,
        handler=routes.give_feedback,
        begins=True,
        fields=(
            Field(name="verbatim", label="What did they say?", hint="As near to their own words as you can."),
            Field(
                name="enterprise",
                label="Which enterprise is it about?",
                hint="Choose none if it is about support in the area.",
                choices="enterprises",
            ),
            OWNER,
        ),
    ),
    Form(
        name="feedback-acknowledged",
        about="feedback",
        heading="Record what they were answered",
        lead="Tell them first: this records that you did.",
        input=inputs.AcknowledgeInput,
        handler=routes.acknowledge_feedback,
        fields=(Field(name="answer", label="What did you answer?", hint="Kept under lock, as what they said."),),
    ),
    Form(
        name="agenda-item",
        about="area",
        heading="Raise an agenda item",
        lead="It stands open to everybody who may read this area, for good. Name nobody.",
        input=inputs.AgendaItemInput,
        handler=routes.raise_item,
        begins=True,
        button="Raise",
        fields=(
            Field(name="title", label="What is to be talked about?", hint="In one line."),
            Field(name="by", label="Who raised it?"),
            OWNER,
        ),
    ),
    Form(
        name="agenda-item-answered",
        about="agenda item",
        heading="Record what was answered",
        lead="It stands open to everybody who may read this area, for good. Name nobody.",
        input=inputs.AnswerInput,
        handler=routes.answer_item,
        fields=(Field(name="answer", label="What was answered?", hint="Also what will be done, and by when."),),
    ),
)
