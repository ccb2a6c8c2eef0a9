"""What may be said about learning."""

from collections.abc import Mapping

from events.base import Event
from hub.input import Input

INPUTS: Mapping[type[Event], type[Input]] = {}
"""What each type of entry is asked for as, and so what may stand in its place."""
