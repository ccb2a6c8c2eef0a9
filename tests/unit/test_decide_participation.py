"""What may be recorded about feedback and agenda items: a sentence for everything that may not."""

from functools import partial
from uuid import UUID

from deciding import DAY, LATER, fix, history, refused

from events.participation import AgendaItemAnswered, AgendaItemRaised, FeedbackAcknowledged, FeedbackGiven
from hub.participation import decide
from hub.participation.inputs import AcknowledgeInput, AgendaItemInput, AnswerInput, FeedbackInput

GIVEN = FeedbackGiven(feedback=UUID(int=4), owner="the Catalyst")
RAISED = AgendaItemRaised(item=UUID(int=4), title="Buses", by="the council", owner="the area lead")
GIVE, ACKNOWLEDGE = FeedbackInput(verbatim="They listen.", owner="the Catalyst"), AcknowledgeInput()
RAISE, ANSWER = AgendaItemInput(title="Buses", by="the council", owner="the area lead"), AnswerInput(answer="Soon.")


def test_feedback_is_given_once_and_answered_once() -> None:
    decide.may_give(GIVE, history(), DAY)
    refused("already recorded", lambda: decide.may_give(GIVE, history(GIVEN), DAY))
    refused("Use a new one", lambda: decide.may_give(GIVE, history(GIVEN, fix(1)), DAY))
    refused("Use a new one", lambda: decide.may_give(GIVE, history(RAISED), DAY))

    answered = FeedbackAcknowledged()
    decide.may_acknowledge(ACKNOWLEDGE, history(GIVEN), DAY)
    decide.may_acknowledge(ACKNOWLEDGE, history(GIVEN, answered, fix(2)), DAY)
    for none in (history(), history(GIVEN, fix(1)), history(RAISED)):
        refused("no such feedback", partial(decide.may_acknowledge, ACKNOWLEDGE, none, DAY), field="feedback")
    refused("answered on 3 May 2026", lambda: decide.may_acknowledge(ACKNOWLEDGE, history(GIVEN, answered), LATER))
    before = history((GIVEN, LATER))
    refused("given on 4 May 2026", lambda: decide.may_acknowledge(ACKNOWLEDGE, before, DAY), field="on")


def test_an_agenda_item_is_raised_once_and_answered_once() -> None:
    decide.may_raise(RAISE, history(), DAY)
    refused("already raised", lambda: decide.may_raise(RAISE, history(RAISED), DAY))
    refused("Use a new one", lambda: decide.may_raise(RAISE, history(RAISED, fix(1)), DAY))
    refused("Use a new one", lambda: decide.may_raise(RAISE, history(GIVEN), DAY))

    answered = AgendaItemAnswered(answer="Soon.")
    decide.may_answer(ANSWER, history(RAISED), DAY)
    decide.may_answer(ANSWER, history(RAISED, answered, fix(2)), DAY)
    for none in (history(), history(RAISED, fix(1)), history(GIVEN)):
        refused("no such agenda item", partial(decide.may_answer, ANSWER, none, DAY), field="item")
    refused("answered on 3 May 2026", lambda: decide.may_answer(ANSWER, history(RAISED, answered), LATER))
    refused("raised on 4 May 2026", lambda: decide.may_answer(ANSWER, history((RAISED, LATER)), DAY), field="on")
