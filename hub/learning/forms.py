"""What people record about lessons, barriers and practices, as forms."""

from events.learning import LessonRevised, LessonShared
from hub.forms.form import Field, Form
from hub.learning import inputs, routes

MARKDOWN = "You may use Markdown: an empty line between paragraphs, * before each point of a list."

SAYS = (
    Field(name="title", label="What is the lesson?", hint="One line that makes others want to read on."),
    Field(name="tried", label="What did you try?", hint=MARKDOWN),
    Field(name="context", label="In what circumstances?", hint="The place, the people, what was there before."),
    Field(name="result", label="What came of it?", hint="Also what did not work."),
    Field(name="topics", label="What is it about?"),
    Field(name="resolves", label="Which barriers does it help with?"),
    Field(
        name="consent.given_on",
        label="When did the people it tells of agree?",
        hint="Leave this and the next two empty if it tells of nobody in particular. For example 3 May 2026.",
    ),
    Field(name="consent.how", label="How did they agree?"),
    Field(name="consent.wording", label="Which form of words was it?", hint="Its name, for example A 2026-05."),
)

OPEN = "It stands open to the whole network, for good. Name nobody who did not agree to it."

ELSEWHERE = (
    Field(name="lesson", label="", hidden=True),
    Field(
        name="from_area",
        label="Where did you learn of it?",
        hint="The area that shared it, or one that tried it since.",
        choices="areas that know the lesson",
    ),
)

FORMS: tuple[Form, ...] = (
    Form(
        name="lesson",
        about="area",
        heading="Share a lesson",
        lead=OPEN,
        input=inputs.LessonInput,
        handler=routes.share_lesson,
        begins=True,
        button="Share",
        fields=SAYS,
        on=None,
    ),
    Form(
        name="lesson-revised",
        about="lesson",
        heading="Revise the lesson",
        lead="Change what it says from now on. The way it stood before stays in the ledger.",
        input=inputs.ReviseInput,
        handler=routes.revise_lesson,
        button="Revise",
        goes_on_from=(LessonShared, LessonRevised),
        fields=SAYS,
        on=None,
    ),
    Form(
        name="lesson-retired",
        about="lesson",
        heading="Retire the lesson",
        lead="Nobody is to take it up any more. It can still be read.",
        input=inputs.RetireInput,
        handler=routes.retire_lesson,
        button="Retire",
        fields=(Field(name="reason", label="Why?"),),
    ),
    Form(
        name="barrier",
        about="area",
        heading="Raise a barrier",
        lead=f"You will see at once what helped elsewhere. {OPEN}",
        input=inputs.BarrierInput,
        handler=routes.raise_barrier,
        begins=True,
        button="Raise",
        to_its_page=True,
        fields=(
            Field(name="title", label="What stands in the way?", hint="In one line."),
            Field(name="topic", label="What is it about?"),
            Field(name="detail", label="More about it", hint="What did you try already?"),
            Field(
                name="enterprise",
                label="Which enterprise does it block?",
                hint="Choose none if it blocks the whole area.",
                choices="enterprises",
            ),
        ),
    ),
    Form(
        name="barrier-resolved",
        about="barrier",
        heading="Record that it is resolved",
        lead=f"Others with the same barrier will see how. {OPEN}",
        input=inputs.ResolveInput,
        handler=routes.resolve_barrier,
        fields=(
            Field(name="how", label="How did you get past it?"),
            Field(
                name="lesson",
                label="Which lesson helped?",
                hint="Those for barriers like this come first.",
                choices="lessons for barrier",
            ),
        ),
    ),
    Form(
        name="practice-seen",
        about="lesson",
        heading="Record that your area read it",
        input=inputs.SeenInput,
        handler=routes.see_practice,
        fields=ELSEWHERE,
    ),
    Form(
        name="practice-trialled",
        about="lesson",
        heading="Record that your area tries it",
        input=inputs.TrialInput,
        handler=routes.try_practice,
        fields=ELSEWHERE,
    ),
    Form(
        name="practice-adopted",
        about="lesson",
        heading="Record that your area adopted it",
        lead="You do it from now on, as the lesson says.",
        input=inputs.AdoptInput,
        handler=routes.adopt_practice,
        fields=ELSEWHERE,
    ),
    Form(
        name="practice-adapted",
        about="lesson",
        heading="Record that your area adapted it",
        lead="You do it from now on, with a change. What you changed is for the whole network to read.",
        input=inputs.AdaptInput,
        handler=routes.adapt_practice,
        fields=(*ELSEWHERE, Field(name="change", label="What did you change?", hint="Name nobody.")),
    ),
    Form(
        name="practice-abandoned",
        about="lesson",
        heading="Record that your area gave it up",
        input=inputs.AbandonInput,
        handler=routes.abandon_practice,
        fields=(*ELSEWHERE, Field(name="why", label="Why?")),
    ),
)
