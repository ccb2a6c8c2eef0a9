"""What an event says, in the words of the people it is for: for timelines, confirmations and lists."""

from events.base import Event
from events.catalogue import tag_of
from events.enterprises import MilestoneRecorded


def headline(event: Event) -> str:
    """What happened, in a few words and without naming what it happened to."""
    match event:
        case MilestoneRecorded():
            return f"Milestone: {event.kind}"
        case _:
            return tag_of(event).replace(".", " ").replace("_", " ").capitalize()
