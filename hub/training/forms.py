"""What people record about training, as forms."""

from hub.forms.form import Field, Form
from hub.training import inputs, routes

COURSE = Field(name="course", label="Which course?", choices="courses")

LEARNER = (
    Field(name="who", label="Who?"),
    Field(name="person", label="Name, if it is not the owner", hint="Kept under lock, under a key of their own."),
)

FORMS: tuple[Form, ...] = (
    Form(
        name="training",
        about="enterprise",
        heading="Record training",
        lead="A course that somebody completed. Where it meets a requirement, that is renewed by itself.",
        input=inputs.TrainingInput,
        handler=routes.complete_training,
        fields=(Field(name="session", label="", hidden=True), COURSE, *LEARNER),
    ),
    Form(
        name="competence",
        about="enterprise",
        heading="Record a skill seen at work",
        input=inputs.CompetenceInput,
        handler=routes.observe_competence,
        fields=(Field(name="skill", label="What was seen to be done well?"), *LEARNER),
    ),
    Form(
        name="session",
        about="area",
        heading="Schedule a training session",
        input=inputs.SessionInput,
        handler=routes.schedule_session,
        begins=True,
        fields=(
            COURSE,
            Field(name="takes_place", label="On which day?", hint="For example 3 May 2027."),
            Field(name="places", label="How many places?"),
            Field(name="venue", label="Where?"),
        ),
        on=None,
    ),
    Form(
        name="place",
        about="session",
        heading="Book places",
        input=inputs.PlaceInput,
        handler=routes.book_place,
        fields=(
            Field(name="enterprise", label="For which enterprise?", choices="enterprises"),
            Field(name="places", label="How many places?"),
        ),
        on=None,
    ),
)
